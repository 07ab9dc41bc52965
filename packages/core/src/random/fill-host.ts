import { hostArray, type DType, type TypedArray } from '../kernel/dtype.ts';
import { fromFloat16Bits, toFloat16Bits } from '../kernel/float16.ts';

/** A host array of `length` values that `draw` returns, one after the other, stored as `dtype`. */
export function fillHost(dtype: DType, length: number, draw: (i: number) => number): TypedArray {
  const values = hostArray(dtype, length);
  // PyTorch makes a half of a double by way of a float.
  if (dtype === 'float16') for (let i = 0; i < length; i++) values[i] = toFloat16Bits(Math.fround(draw(i)));
  else for (let i = 0; i < length; i++) values[i] = draw(i);
  return values;
}

export type FloatDType = Extract<DType, `float${string}`>;

interface FloatFormat {
  /** Bits of the significand, the hidden one included. */
  digits: number;
  max: number;
  round(x: number): number;
}

/** What the distributions know of the float dtypes. */
export const floatFormats: Record<FloatDType, FloatFormat> = {
  float16: { digits: 11, max: 65504, round: (x) => fromFloat16Bits(toFloat16Bits(Math.fround(x))) },
  float32: { digits: 24, max: 2 ** 128 - 2 ** 104, round: Math.fround },
  float64: { digits: 53, max: Number.MAX_VALUE, round: (x) => x },
};
