import { isFloat, type DType, type TypedArray } from '../kernel/dtype.ts';
import { fillHost, floatFormats, type FloatDType } from './fill-host.ts';
import type { Generator } from './generator.ts';

/** What an integer of each dtype can be; for floats, while every integer below it is one too. */
const bounds: Record<DType, readonly [lowest: number, highest: number]> = {
  bool: [0, 1],
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  float16: [-65504, 2 ** 11],
  float32: [-Infinity, 2 ** 24],
  float64: [-Infinity, 2 ** 53],
};

/**
 * `length` integers in [from, to), by remainder; without `to`, up to the greatest that `dtype` counts to (PyTorch's `random_()`).
 * Throws a RangeError unless from < to are integers within `dtype`.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.random_.html
 */
export function drawIntegers(generator: Generator, dtype: DType, length: number, from = 0, to?: number): TypedArray {
  const [lowest, highest] = bounds[dtype];
  const end = to ?? highest + 1;
  for (const bound of to === undefined ? [from] : [from, to]) {
    if (!Number.isSafeInteger(bound)) throw new RangeError(`randint: the bound ${bound} is not an integer that a number holds exactly. Pass one that is.`);
  }
  if (from >= end) throw new RangeError(`randint: low ${from} is not less than high ${end}. Swap or widen them.`);
  const greatest = dtype === 'float16' ? 65504 : isFloat(dtype) ? Infinity : highest;
  if (from < lowest || end - 1 > greatest) {
    throw new RangeError(`randint: [${from}, ${end}) does not fit into ${dtype}, which holds ${lowest} to ${greatest}. Choose a wider dtype.`);
  }
  const [first, last] = dtype === 'float16' || dtype === 'float32' ? inward(dtype, from, end) : [from, end];
  const range = last - first;
  if (range >= 2 ** 32 && isFloat(dtype)) {
    // A range past 2^53 does not fit into a number, nor does a 64-bit draw.
    const [wideFirst, wideRange] = [BigInt(first), BigInt(last) - BigInt(first)];
    return fillHost(dtype, length, () => Number((generator.random64() % wideRange) + wideFirst));
  }
  return fillHost(dtype, length, () => (generator.random() % range) + first);
}

/** The bounds moved inwards to where a float's own spacing cannot round a draw out of them. */
function inward(dtype: FloatDType, from: number, to: number): [number, number] {
  const { digits, round } = floatFormats[dtype];
  const spacing = (x: number) => 2 ** (Math.abs(x).toString(2).length - digits);
  const afterFrom = round(from + 1);
  const beforeTo = round(to - 1);
  const first = afterFrom < from ? afterFrom + spacing(from + 1) : from;
  const last = beforeTo >= to ? beforeTo - spacing(to - 1) : to;
  if (first >= last) throw new RangeError(`randint: no ${dtype} lies in [${from}, ${to}). Choose a wider dtype or range.`);
  return [first, last];
}

/**
 * What `torch.empty((), dtype=torch.int64).random_()` draws, an integer in [0, 2^63): the seed that PyTorch's samplers give
 * their own generator, and the base seed of a DataLoader's workers.
 */
export function drawSeed(generator: Generator): bigint {
  return BigInt.asUintN(63, generator.random64());
}
