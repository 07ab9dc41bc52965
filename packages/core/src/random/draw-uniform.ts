import type { TypedArray } from '../kernel/dtype.ts';
import { fillHost, floatFormats, type FloatDType } from './fill-host.ts';
import { fma32, fma64 } from './fma.ts';
import type { Generator } from './generator.ts';

/** A uniform in [0, 1) with as many bits as `dtype` has digits: from 32 random bits, for float64 from 64. */
export function unitUniform(generator: Generator, dtype: FloatDType): number {
  if (dtype === 'float64') return generator.uniform();
  const { digits } = floatFormats[dtype];
  return (generator.random() % 2 ** digits) * 2 ** -digits;
}

/**
 * `length` uniform numbers: u·(to − from) + from with u in [0, 1), fused, in the arithmetic of `dtype` (float16: of float32).
 * Throws a RangeError unless from <= to, both finite in `dtype`, and their difference too.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.uniform_.html
 */
export function drawUniform(generator: Generator, dtype: FloatDType, length: number, from = 0, to = 1): TypedArray {
  const { max, round } = floatFormats[dtype];
  if (!(from <= to)) throw new RangeError(`uniform_: from ${from} is greater than to ${to}. Pass from <= to.`);
  if (!(Math.abs(from) <= max && Math.abs(to) <= max && to - from <= max)) {
    throw new RangeError(`uniform_: [${from}, ${to}) is wider than ${dtype} reaches. Keep from, to and to - from within ±${max}.`);
  }
  const low = round(from);
  const width = round(round(to) - low);
  const fma = dtype === 'float64' ? fma64 : fma32;
  if (low === 0) return fillHost(dtype, length, () => unitUniform(generator, dtype) * width);
  return fillHost(dtype, length, () => fma(unitUniform(generator, dtype), width, low));
}
