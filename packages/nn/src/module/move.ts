// Changing the dtype or the device of all that a module holds. Parameters stay the same objects.

import { DTypeError, empty, isFloat, untracked, type Device, type DType, type Tensor } from '@rushlight/core';
import { isLazy } from '../is-lazy.ts';
import { setData } from '../parameter.ts';
import { members, walk } from './members.ts';
import type { Module } from './module.ts';

/** What has no shape yet stays what it is, and remembers its dtype and device by its storage. */
function setStorage(lazy: Tensor, { storage }: Tensor): void {
  Object.assign(lazy, { storage });
}

/** The elements of a tensor without its history; none of what has no shape yet. */
function elements(tensor: Tensor): Tensor {
  const { dtype, device } = tensor;
  return isLazy(tensor) ? empty([0], { dtype, device }) : tensor.detach();
}

/** Each tensor of a module, and where its replacement goes. */
function places(module: Module): Map<Tensor, ((moved: Tensor) => void)[]> {
  const found = new Map<Tensor, ((moved: Tensor) => void)[]>();
  for (const [, part] of walk(module)) {
    const { parameters, buffers } = part[members]();
    for (const [, parameter] of parameters) {
      found.set(parameter, [(moved) => (isLazy(parameter) ? setStorage(parameter, moved) : setData(parameter, moved))]);
      if (parameter.grad) found.set(parameter.grad, [(moved) => (parameter.grad = moved)]);
    }
    for (const [name, buffer] of buffers) {
      const put = (moved: Tensor): void => {
        if (isLazy(buffer)) setStorage(buffer, moved);
        else Object.assign(part, { [name]: moved });
      };
      found.set(buffer, [...(found.get(buffer) ?? []), put]);
    }
  }
  return found;
}

/** Puts others in the place of all tensors. */
export function replaceTensors(module: Module, make: (tensor: Tensor) => Tensor): void {
  untracked(() => {
    for (const [tensor, puts] of places(module)) {
      const made = make(elements(tensor));
      for (const put of puts) put(made);
    }
  });
}

export function convertModule(module: Module, dtype: DType): void {
  if (!isFloat(dtype)) {
    throw new DTypeError('to', `a module computes in floats, not ${dtype}. Use float32, float64 or float16.`);
  }
  replaceTensors(module, (tensor) => (isFloat(tensor.dtype) ? tensor.to(dtype) : tensor));
}

/** Everything is on the other device before anything is replaced. */
export async function moveModule(module: Module, device: Device | string): Promise<void> {
  const moving = [...places(module)].map(async ([tensor, puts]) => ({
    puts,
    moved: await elements(tensor).to(device),
  }));
  for (const { puts, moved } of await Promise.all(moving)) for (const put of puts) put(moved);
}
