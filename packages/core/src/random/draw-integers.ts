import { ValueError } from '../errors.ts';
import { isFloat, type DType, type TypedArray } from '../kernel/dtype.ts';
import { fillHost, floatFormats } from './fill-host.ts';
import type { Generator } from './generator.ts';

/** The integers that each dtype counts without a gap, from the least it holds; and for floats the greatest it holds at all. */
const counts: Record<DType, { least: number; last: number; greatest: number }> = {
  bool: { least: 0, last: 1, greatest: 1 },
  uint8: { least: 0, last: 255, greatest: 255 },
  int32: { least: -(2 ** 31), last: 2 ** 31 - 1, greatest: 2 ** 31 - 1 },
  float16: { least: -65504, last: 2 ** 11, greatest: 65504 },
  float32: { least: -Infinity, last: 2 ** 24, greatest: Infinity },
  float64: { least: -Infinity, last: 2 ** 53, greatest: Infinity },
};

/**
 * `length` integers in [from, to), by remainder; without `to`, up to the last that `dtype` counts (PyTorch's `random_()`).
 * Throws a ValueError unless from < to are integers within `dtype`.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.random_.html
 */
export function drawIntegers(generator: Generator, dtype: DType, length: number, from = 0, to?: number): TypedArray {
  const { least, last, greatest } = counts[dtype];
  for (const bound of [from, to ?? from]) {
    if (!Number.isSafeInteger(bound)) {
      throw new ValueError(
        'randint',
        `the bound ${bound} is not an integer that a number holds exactly. Pass one that is.`,
      );
    }
  }
  if (to === undefined ? from > last : from >= to) {
    throw new ValueError('randint', `low ${from} is not less than high ${to ?? last + 1}. Swap or widen them.`);
  }
  if (from < least || (to ?? 0) - 1 > greatest) {
    throw new ValueError(
      'randint',
      `[${from}, ${to ?? last}) leaves ${dtype}, which holds ${least} to ${greatest}. Choose a wider dtype.`,
    );
  }
  const first = inward(dtype, from, 1);
  const end = to === undefined ? last : inward(dtype, to, -1) - 1;
  if (first > end)
    throw new ValueError('randint', `${dtype} holds no number in [${from}, ${to}). Choose a wider dtype or range.`);

  const range = end - first + 1;
  if (range >= 2 ** 32 && isFloat(dtype)) {
    // Neither a 64-bit draw nor a range past 2^53 fits into a number.
    const [wideFirst, wideRange] = [BigInt(first), BigInt(end) - BigInt(first) + 1n];
    return fillHost(dtype, length, () => Number((generator.random64() % wideRange) + wideFirst));
  }
  return fillHost(dtype, length, () => (generator.random() % range) + first);
}

/** A bound moved past its neighbour where a float's own spacing rounds that neighbour out of the range. */
function inward(dtype: DType, bound: number, direction: 1 | -1): number {
  if (dtype !== 'float16' && dtype !== 'float32') return bound;
  const { digits, round } = floatFormats[dtype];
  const neighbour = bound + direction;
  const rounded = round(neighbour);
  const outside = direction === 1 ? rounded < bound : rounded >= bound;
  return outside ? rounded + direction * 2 ** (Math.abs(neighbour).toString(2).length - digits) : bound;
}

/**
 * The integers 0 … length − 1 in random order, by Fisher and Yates from the front: length − 1 draws.
 * Throws a ValueError if length is no count, or more than `dtype` counts.
 * https://pytorch.org/docs/1.13/generated/torch.randperm.html
 */
export function drawPermutation(generator: Generator, dtype: DType, length: number): TypedArray {
  if (!Number.isSafeInteger(length) || length < 0)
    throw new ValueError('randperm', `the length ${length} is not a count. Pass an integer >= 0.`);
  if (length - 1 > counts[dtype].last) {
    throw new ValueError(
      'randperm',
      `${dtype} counts to ${counts[dtype].last}, not to ${length - 1}. Choose a wider dtype.`,
    );
  }
  const order = new Uint32Array(length).map((_, i) => i);
  return fillHost(dtype, length, (i) => {
    // The last number is what is left: nothing is drawn for it.
    const chosen = i === length - 1 ? i : i + (generator.random() % (length - i));
    const value = order[chosen] ?? 0;
    order[chosen] = order[i] ?? 0;
    return value;
  });
}

/**
 * What `torch.empty((), dtype=torch.int64).random_()` draws, an integer in [0, 2^63): the seed that PyTorch's samplers give
 * their own generator, and the base seed of a DataLoader's workers.
 */
export function drawSeed(generator: Generator): bigint {
  return BigInt.asUintN(63, generator.random64());
}
