import { ValueError } from '../errors.ts';
import type { TypedArray } from '../kernel/dtype.ts';
import { fillHost, floatFormats, type FloatDType } from './fill-host.ts';
import { fma32, fma64 } from './fma.ts';
import type { Generator } from './generator.ts';

/** Draws uniforms in [0, 1) with as many bits as `dtype` has digits: from 32 random bits, for float64 from 64. */
export function unitUniform(generator: Generator, dtype: FloatDType): () => number {
  if (dtype === 'float64') return () => generator.uniform();
  const span = 2 ** floatFormats[dtype].digits;
  const [mask, scale] = [span - 1, 1 / span];
  return () => (generator.random() & mask) * scale;
}

/**
 * `length` uniform numbers: u·(to − from) + from with u in [0, 1), fused, in the arithmetic of `dtype` (float16: of float32).
 * Throws a ValueError unless from <= to, both finite in `dtype`, and their difference too.
 * https://pytorch.org/docs/1.13/generated/torch.Tensor.uniform_.html
 */
export function drawUniform(generator: Generator, dtype: FloatDType, length: number, from = 0, to = 1): TypedArray {
  const { max, round } = floatFormats[dtype];
  if (!(from <= to)) throw new ValueError('uniform_', `from ${from} is greater than to ${to}. Pass from <= to.`);
  if (!(Math.abs(from) <= max && Math.abs(to) <= max && to - from <= max)) {
    throw new ValueError(
      'uniform_',
      `[${from}, ${to}) is wider than ${dtype} reaches. Keep from, to and to - from within ±${max}.`,
    );
  }
  const low = round(from);
  const width = round(round(to) - low);
  const fma = dtype === 'float64' ? fma64 : fma32;
  const unit = unitUniform(generator, dtype);
  if (low === 0) return fillHost(dtype, length, () => unit() * width);
  return fillHost(dtype, length, () => fma(unit(), width, low));
}
