// Counting whole numbers.

import { DeviceError, DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { combine } from './lookup.ts';

export interface BincountOptions {
  /** What each element counts, as many as there are elements. Default 1. */
  readonly weights?: Tensor;
  /** The least size of the result. Default 0. */
  readonly minlength?: number;
}

function check(x: Tensor, { weights, minlength = 0 }: BincountOptions): void {
  if (x.dtype !== 'int32' && x.dtype !== 'uint8')
    throw new DTypeError('bincount', `it counts int32 and uint8, not ${x.dtype}. Convert with \`.to('int32')\`.`);
  if (x.shape.length !== 1) throw new ShapeError('bincount', `it takes a list, not ${show(x.shape)}. Flatten it.`);
  if (weights && (weights.shape.length !== 1 || weights.shape[0] !== x.shape[0]))
    throw new ShapeError(
      'bincount',
      `the weights have shape ${show(weights.shape)}, the elements ${show(x.shape)}. They must be equal.`,
    );
  if (!Number.isInteger(minlength) || minlength < 0)
    throw new ValueError('bincount', `minlength is ${minlength}. Use a whole number from 0 on.`);
}

function count(x: Tensor, largest: number, { weights, minlength = 0 }: BincountOptions): Tensor {
  const size = Math.max(minlength, largest + 1, 0);
  const hasDouble = x.device.backend.limits.dtypes.includes('float64');
  const dtype = weights ? (weights.dtype === 'float32' || !hasDouble ? 'float32' : 'float64') : 'int32';
  const source = weights?.detach().to(dtype);
  const made = (source ?? x.to('int32')).zeros([size]);
  const index = x.to('int32');
  combine('bincount', made, { shape: x.shape, dims: [{ index, at: 0 }], wrap: false }, source ?? 1, 'add');
  return made;
}

/**
 * How often each of 0, 1, … up to the largest occurs in a list, int32; or the sum of the weights of each, float32 for weights of
 * float32, float64 for others where the device has it. No gradient goes through it. Throws ValueError for negative elements,
 * ShapeError and DTypeError for what is no list of whole numbers, and DeviceError on a device that can only be read
 * asynchronously. torch.bincount
 */
export function bincount(x: Tensor, options: BincountOptions = {}): Tensor {
  check(x, options);
  if (!x.device.backend.readSync)
    throw new DeviceError(
      'bincount',
      `the shape of its result depends on data, and the "${x.device.name}" backend cannot be read synchronously. Use \`await bincountAsync(…)\`.`,
    );
  return tidy(() => count(x, x.numel() === 0 ? -1 : x.amax().itemSync(), options));
}

/** `bincount` on every device. */
export async function bincountAsync(x: Tensor, options: BincountOptions = {}): Promise<Tensor> {
  check(x, options);
  const largest = x.numel() === 0 ? -1 : await x.amax().item();
  return tidy(() => count(x, largest, options));
}
