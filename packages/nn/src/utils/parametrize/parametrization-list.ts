import { isTensor, noGrad, show, ValueError, type Tensor } from '@rushlight/core';
import { NumberedContainer } from '../../containers/container.ts';
import { ModuleError } from '../../module/module-error.ts';
import type { Module } from '../../module/module.ts';
import { Parameter, setData } from '../../parameter.ts';
import { fieldOf, setField } from '../fields.ts';

/** A module that computes a tensor from one or several others. */
export type Parametrization = Module<Tensor[], Tensor> | Module<[x: Tensor], Tensor>;

/** What a parametrization that can be assigned to has besides: what must be stored so that it gives this value. */
export interface Invertible {
  rightInverse(value: Tensor): Tensor | readonly Tensor[];
}

/** @internal Thrown by a `rightInverse` that there is not. */
export class NoRightInverse extends ModuleError {}

export const invertible = (module: Module): Invertible | undefined =>
  typeof (module as unknown as Partial<Invertible>).rightInverse === 'function'
    ? (module as unknown as Invertible)
    : undefined;

const op = 'registerParametrization';

/** Refuses what is not like the tensor that it stands for. */
export function checkLike(what: string, value: unknown, like: Tensor): asserts value is Tensor {
  if (!isTensor(value)) throw new ValueError(op, `${what} is ${typeof value}. It must be a tensor.`);
  if (value.dtype === like.dtype && show(value.shape) === show(like.shape)) return;
  throw new ValueError(
    op,
    `${what} is ${value.dtype} ${show(value.shape)}, the tensor ${like.dtype} ${show(like.shape)}. Make them alike, or pass { unsafe: true }.`,
  );
}

/**
 * The parametrizations of one tensor, and what they start from: `original`, or `original0`, `original1`, … where the first one
 * takes several. Calling it computes the tensor. Made by registerParametrization.
 * torch.nn.utils.parametrize.ParametrizationList
 */
export class ParametrizationList extends NumberedContainer<Module, [], Tensor> {
  /** @internal */
  readonly count: number;
  /** Whether shape and dtype of the tensor may change. */
  unsafe: boolean;

  constructor(
    modules: Iterable<Module>,
    original: Tensor | ParametrizationList,
    { unsafe = false }: { readonly unsafe?: boolean } = {},
  ) {
    super();
    this.extend(modules);
    this.unsafe = unsafe;
    if (!isTensor(original)) {
      this.count = original.count;
      for (const [name, tensor] of original.#named()) {
        if (tensor instanceof Parameter) this.registerParameter(name, tensor);
        else this.registerBuffer(name, tensor);
      }
      return;
    }
    const start = noGrad(() => this.#inverse(original, true));
    const isOne = isTensor(start);
    if (!isOne && !(Array.isArray(start) && start.every(isTensor))) {
      throw new ValueError(op, `rightInverse gives ${typeof start}. It must be a tensor or an array of them.`);
    }
    this.count = isOne ? 0 : start.length;
    if (isOne && start.dtype !== original.dtype) {
      throw new ValueError(
        op,
        `rightInverse makes ${start.dtype} of ${original.dtype}. One tensor must keep its dtype.`,
      );
    }
    // The original changes only if all is well.
    if (!unsafe) checkLike('what the parametrization gives', this.#compute(isOne ? [start] : start), original);
    if (isOne) this.#keep('original', original, start);
    else for (const [k, part] of start.entries()) this.#keep(`original${k}`, original, part, true);
  }

  /** Whether it starts from one tensor. */
  get isTensor(): boolean {
    return this.count === 0;
  }

  /** What it starts from. */
  originals(): Tensor[] {
    return this.#named().map(([, tensor]) => tensor);
  }

  #named(): [name: string, tensor: Tensor][] {
    const names = this.isTensor ? ['original'] : Array.from({ length: this.count }, (_, k) => `original${k}`);
    return names.map((name) => [name, fieldOf(this, name) as Tensor]);
  }

  /** @internal Another that starts from the same tensors and has the same parametrizations. */
  shared(): ParametrizationList {
    return new ParametrizationList(this, this, { unsafe: this.unsafe });
  }

  /** A parameter stays the same object, so that optimizers know it. */
  #keep(name: string, original: Tensor, value: Tensor, isNew = false): void {
    if (!(original instanceof Parameter)) this.registerBuffer(name, value.detach());
    else {
      // A view of the same memory would be taken for the same tensor.
      if (!isNew && value !== original)
        setData(original, value.storage === original.storage ? value.detach().clone() : value.detach());
      const { requiresGrad } = original;
      this.registerParameter(name, isNew ? new Parameter(value.detach(), { requiresGrad }) : original);
    }
  }

  /** From the last parametrization to the first; while it is made, what has no inverse keeps the value. */
  #inverse(value: Tensor, isMaking: boolean): Tensor | readonly Tensor[] {
    let start: Tensor | readonly Tensor[] = value;
    for (const module of [...this].toReversed()) {
      const inverse = invertible(module);
      if (!inverse && isMaking) continue;
      if (!inverse) {
        const name = module.constructor.name;
        throw new ModuleError(
          'rightInverse',
          `${name} has no rightInverse, so nothing can be assigned. Write one, or load a state.`,
        );
      }
      try {
        start = inverse.rightInverse(start as Tensor);
      } catch (error) {
        if (!isMaking || !(error instanceof NoRightInverse)) throw error;
      }
    }
    return start;
  }

  /** Stores what gives this value. Throws ModuleError if a parametrization has no inverse. */
  rightInverse(value: Tensor): void {
    noGrad(() => {
      const start = this.#inverse(value, false);
      const parts = (isTensor(start) ? [start] : start) as readonly Tensor[];
      const kept = this.originals();
      if (parts.length !== kept.length)
        throw new ValueError(
          'rightInverse',
          `it gives ${parts.length} tensors where ${kept.length} are stored. Give as many.`,
        );
      for (const [k, part] of parts.entries()) {
        const own = kept[k] as Tensor;
        if (!isTensor(part) || part.dtype !== own.dtype)
          throw new ValueError(
            'rightInverse',
            `it gives ${String(part?.dtype)}, ${own.dtype} is stored. Keep the dtype.`,
          );
        if (own instanceof Parameter) setData(own, part.detach().clone());
        else setField(this, this.isTensor ? 'original' : `original${k}`, part.detach().clone());
      }
    });
  }

  forward(): Tensor {
    return this.#compute(this.originals());
  }

  #compute(from: readonly Tensor[]): Tensor {
    const [first, ...rest] = [...this] as unknown as ((...xs: Tensor[]) => Tensor)[];
    let x = (first as (...xs: Tensor[]) => Tensor)(...from);
    for (const module of rest) x = module(x);
    return x;
  }
}
