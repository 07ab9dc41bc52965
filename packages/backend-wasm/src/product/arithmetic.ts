// What the sums of a product are made of, and the tile of them that a micro-kernel keeps in registers.

import { isFloat, type DType } from '@rushlight/core/kernel';
import { f32x4, f64x2, i32x4, v128, type I32, type V128 } from '../assembler/index.ts';
import type { Features } from '../features.ts';

export interface Arithmetic {
  /** The dtype of the sums: integers of any width wrap at 32 bits first. */
  readonly dtype: 'float32' | 'float64' | 'int32';
  readonly bytes: 4 | 8;
  /** Sums in a vector. */
  readonly lanes: 4 | 2;
  /** The tile of a micro-kernel. Fifteen vector registers hold its sums, a row of one factor and an element of the other. */
  readonly rows: number;
  readonly columns: number;
  /** Steps of depth written out. */
  readonly unroll: number;
  splat(address: I32, offset?: number): V128;
  /** x · y + z. */
  madd(x: V128, y: V128, z: V128): V128;
  add(x: V128, y: V128): V128;
}

export function arithmeticOf(factor: DType, { relaxed, wide }: Features): Arithmetic {
  // Where pairs of vectors become one, a tile is twice as wide.
  const [width, unroll] = wide ? [2, 4] : [1, 1];
  if (factor === 'float64') {
    const { add, mul, relaxedMadd } = f64x2;
    return {
      dtype: 'float64', bytes: 8, lanes: 2, rows: relaxed ? 6 : 5, columns: 4 * width, unroll, splat: v128.load64Splat, add,
      madd: relaxed ? relaxedMadd : (x, y, z) => add(mul(x, y), z),
    }; // prettier-ignore
  }
  if (isFloat(factor)) {
    const { add, mul, relaxedMadd } = f32x4;
    return {
      dtype: 'float32', bytes: 4, lanes: 4, rows: relaxed ? 6 : 5, columns: 8 * width, unroll, splat: v128.load32Splat, add,
      madd: relaxed ? relaxedMadd : (x, y, z) => add(mul(x, y), z),
    }; // prettier-ignore
  }
  const { add, mul } = i32x4;
  return {
    dtype: 'int32', bytes: 4, lanes: 4, rows: 5, columns: 8 * width, unroll, splat: v128.load32Splat, add,
    madd: (x, y, z) => add(mul(x, y), z),
  }; // prettier-ignore
}

/** How a factor is read where its elements become numbers to multiply: a bool is 0 or 1. */
export const factorAs = (dtype: DType): DType => (dtype === 'bool' ? 'uint8' : dtype);

/** Whether a factor can be read in place, as sums are made of its very elements. */
export const isNative = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64' || dtype === 'int32';
