// Layers that learn a size from their first input, and are then instances of the class that they stand for.

import { noGrad, ShapeError, show, type Tensor } from '@rushlight/core';
import { isLazy } from '../is-lazy.ts';
import { members, type Named } from './members.ts';
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
 * is given its shape and drawn; what a state dict has initialized stays. Throws ShapeError where that has another shape than the
 * input asks for: nothing has changed then.
 */
export function becomePlain<M extends Lazy>(module: M, { plain, sizes, shape }: FirstInput<M>): void {
  const tensors = (): Named<Tensor>[] => {
    const { parameters, buffers } = module[members]();
    return [...parameters, ...buffers];
  };
  const unknown = new Set(tensors().flatMap(([name, tensor]) => (isLazy(tensor) ? [name] : [])));
  const handle = module.registerForwardPreHook(((_: M, [x]: [Tensor]) => {
    const learned = sizes(x);
    const shapes = new Map([...unknown].map((name) => [name, shape(name, { ...module, ...learned })]));
    const known = tensors().filter(([, tensor]) => !isLazy(tensor));
    for (const [name, tensor] of known) {
      const wanted = shapes.get(name);
      if (!wanted || show(tensor.shape) === show(wanted)) continue;
      throw new ShapeError(
        module.constructor.name,
        `${name} was given shape ${show(tensor.shape)}, but the input ${show(x.shape)} asks for ${show(wanted)}. Pass an input that fits, or load another state dict.`,
      );
    }
    Object.assign(module, learned);
    handle.remove();
    Object.setPrototypeOf(module, plain.prototype as object);
    const missing = tensors().filter(([, tensor]) => isLazy(tensor));
    if (missing.length === 0) return;
    const kept = known.map(([, tensor]): [Tensor, Tensor] => [tensor, tensor.detach().clone()]);
    for (const [name, tensor] of missing) if (isLazy(tensor)) tensor.materialize(shapes.get(name) ?? []);
    module.resetParameters();
    noGrad(() => {
      for (const [tensor, value] of kept) tensor.copy_(value);
    });
  }) as never);
}
