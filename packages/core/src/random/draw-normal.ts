import { ValueError } from '../errors.ts';
import { hostArray, type TypedArray } from '../kernel/dtype.ts';
import { toFloat16Bits } from '../kernel/float16.ts';
import { unitUniform } from './draw-uniform.ts';
import { fillHost, floatFormats, type FloatDType } from './fill-host.ts';
import type { Generator } from './generator.ts';

const blockSize = 16;

/**
 * `length` normal numbers with the given mean and standard deviation. PyTorch has two ways, which draw differently: below 16
 * numbers float64 pairs one by one, from 16 on blocks in the arithmetic of `dtype`. Throws a ValueError if std is negative.
 * https://pytorch.org/docs/1.13/generated/torch.normal.html
 */
export function drawNormal(generator: Generator, dtype: FloatDType, length: number, mean = 0, std = 1): TypedArray {
  if (!(std >= 0)) throw new ValueError('normal_', `the standard deviation ${std} is not >= 0. Pass one that is.`);
  if (length < blockSize) return fillHost(dtype, length, () => generator.normal() * std + mean);

  const values = dtype === 'float64' ? new Float64Array(length) : new Float32Array(length);
  const unit = unitUniform(generator, dtype);
  for (let i = 0; i < length; i++) values[i] = unit();
  for (let start = 0; start + blockSize <= length; start += blockSize) boxMuller(values, start, dtype, mean, std);
  if (length % blockSize) {
    // What does not fill a block: the last 16 numbers are drawn anew, over those already there.
    const start = length - blockSize;
    for (let i = start; i < length; i++) values[i] = unit();
    boxMuller(values, start, dtype, mean, std);
  }
  return dtype === 'float16' ? hostArray(dtype, length).map((_, i) => toFloat16Bits(values[i] ?? 0)) : values;
}

/** Turns 16 uniforms in place into normals: number i of the first eight and number i of the last eight make a pair. */
function boxMuller(
  values: Float32Array | Float64Array,
  start: number,
  dtype: FloatDType,
  mean: number,
  std: number,
): void {
  const { round } = floatFormats[dtype];
  const fullTurn = dtype === 'float32' ? Math.fround(2 * Math.PI) : 2 * Math.PI;
  const [center, scale] = [round(mean), round(std)];
  for (let i = start; i < start + blockSize / 2; i++) {
    const angle = round(fullTurn * (values[i + blockSize / 2] ?? 0));
    const radius = round(Math.sqrt(-2 * Math.log(1 - (values[i] ?? 0))));
    values[i] = round(radius * Math.cos(angle) * scale + center);
    values[i + blockSize / 2] = round(radius * Math.sin(angle) * scale + center);
  }
}
