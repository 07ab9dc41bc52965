// Layers that learn a size from their first input, and are then instances of the class that they stand for.

import type { Tensor } from '@rushlight/core';
import { isLazy } from '../is-lazy.ts';
import { members } from './members.ts';
import type { Module } from './module.ts';

/** What a lazy layer does with its first input. */
export interface FirstInput<M> {
  /** The class that the layer becomes one of. */
  readonly plain: { readonly prototype: M };
  /** The fields that follow from the input. Throws for one that does not fit. */
  sizes(x: Tensor): Readonly<Record<string, number>>;
  /** The shape of a parameter or buffer, by its name. */
  shape(name: string, module: M): readonly number[];
}

type Lazy = Module<[x: Tensor, ...rest: never[]]> & { resetParameters(): void };

/**
 * Before the first call of `module` its sizes are set, it becomes an instance of the plain class, and what of it is uninitialized
 * is given its shape; then all is drawn, unless a state dict has initialized all.
 */
export function becomePlain<M extends Lazy>(module: M, { plain, sizes, shape }: FirstInput<M>): void {
  const handle = module.registerForwardPreHook(((_: M, [x]: [Tensor]) => {
    Object.assign(module, sizes(x));
    handle.remove();
    Object.setPrototypeOf(module, plain.prototype as object);
    const { parameters, buffers } = module[members]();
    let isMissing = false;
    for (const [name, tensor] of [...parameters, ...buffers]) {
      if (!isLazy(tensor)) continue;
      tensor.materialize(shape(name, module));
      isMissing = true;
    }
    if (isMissing) module.resetParameters();
  }) as never);
}
