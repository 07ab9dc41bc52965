// Changing the dtype or the device of all that a module holds. Parameters stay the same objects.

import { DTypeError, empty, isFloat, untracked, type Device, type DType, type Tensor } from '@rushlight/core';
import { isLazy } from '../is-lazy.ts';
import { setData } from '../parameter.ts';
import { members, walk } from './members.ts';
import type { Module } from './module.ts';

/** Each tensor of a module, and where its replacement goes. */
function places(module: Module): Map<Tensor, ((moved: Tensor) => void)[]> {
  const found = new Map<Tensor, ((moved: Tensor) => void)[]>();
  for (const [, part] of walk(module)) {
    const { parameters, buffers } = part[members]();
    for (const [, parameter] of parameters) {
      found.set(parameter, [(moved) => setData(parameter, moved)]);
      if (parameter.grad) found.set(parameter.grad, [(moved) => (parameter.grad = moved)]);
    }
    for (const [name, buffer] of buffers) {
      const put = (moved: Tensor): void => {
        // What has no shape yet stays what it is, and remembers its dtype and device by its storage.
        if (isLazy(buffer)) Object.assign(buffer, { storage: moved.storage });
        else Object.assign(part, { [name]: moved });
      };
      found.set(buffer, [...(found.get(buffer) ?? []), put]);
    }
  }
  return found;
}

export function convertModule(module: Module, dtype: DType): void {
  if (!isFloat(dtype)) {
    throw new DTypeError('to', `a module computes in floats, not ${dtype}. Use float32, float64 or float16.`);
  }
  untracked(() => {
    for (const [tensor, puts] of places(module)) {
      if (!isFloat(tensor.dtype)) continue;
      const converted = tensor.detach().to(dtype);
      for (const put of puts) put(converted);
    }
  });
}

/** All tensors, of whatever dtype. */
export function retypeModule(module: Module, dtype: DType): void {
  untracked(() => {
    for (const [tensor, puts] of places(module)) {
      const converted = tensor.detach().to(dtype);
      for (const put of puts) put(converted);
    }
  });
}

/** Everything is made anew on a device, its values undefined. */
export function emptyModule(module: Module, device: Device | string): void {
  untracked(() => {
    for (const [tensor, puts] of places(module)) {
      const made = empty(tensor.shape, { dtype: tensor.dtype, device });
      for (const put of puts) put(made);
    }
  });
}

/** Everything is on the other device before anything is replaced. */
export async function moveModule(module: Module, device: Device | string): Promise<void> {
  const moving = [...places(module)].map(async ([tensor, puts]) => ({ puts, moved: await tensor.detach().to(device) }));
  for (const { puts, moved } of await Promise.all(moving)) for (const put of puts) put(moved);
}
