// Counting whole numbers.

import { effect } from '../dispatch.ts';
import { DeviceError, DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { combine } from './lookup.ts';
import { letGo } from './scratch.ts';

export interface BincountOptions {
  /** What each element counts, as many as there are elements. Default 1. */
  readonly weights?: Tensor;
  /** The least size of the result. Default 0. */
  readonly minlength?: number;
}

function check(x: Tensor, { weights, minlength = 0 }: BincountOptions): void {
  checkOperands('bincount', weights ? [x, weights] : [x]);
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

const sizeFor = (largest: number, { minlength = 0 }: BincountOptions): number => Math.max(minlength, largest + 1);

function count(x: Tensor, size: number, { weights }: BincountOptions): Tensor {
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
  if (x.numel() === 0) return tidy(() => count(x, sizeFor(-1, options), options));
  return tidy(() => {
    const top = x.amax();
    let size = -1;
    // A recording reads it anew.
    effect(() => {
      const now = sizeFor(top.itemSync(), options);
      if (size < 0) size = now;
      if (now !== size)
        throw new ValueError('bincount', `the recording is of ${size} counts, now there are ${now}. Record it anew.`);
    });
    return count(x, size, options);
  });
}

/** `bincount` on every device. */
export async function bincountAsync(x: Tensor, options: BincountOptions = {}): Promise<Tensor> {
  check(x, options);
  if (x.numel() === 0) return tidy(() => count(x, sizeFor(-1, options), options));
  // Of copies: what is given may be changed in place before it is read.
  const own = x.clone();
  const weights = options.weights?.detach().clone();
  const top = own.amax();
  try {
    const size = sizeFor(await top.item(), options);
    return tidy(() => count(own, size, weights ? { weights } : {}));
  } finally {
    for (const made of [own, weights, top]) if (made) letGo([made]);
  }
}
