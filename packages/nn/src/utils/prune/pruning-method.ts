// What every way of pruning shares: a tensor moves to `<name>_orig`, its mask is the buffer `<name>_mask`, and before each call of
// the module `<name>` is their product.

import { indexCopy, indexSelect, nonzero, onesLike, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import type { HookHandle } from '../../module/hooks.ts';
import type { Module } from '../../module/module.ts';
import { setData, type Parameter } from '../../parameter.ts';
import { fieldOf, parameterIn, removeField, setField } from '../fields.ts';
import { channelDim } from './amount.ts';

export interface PruneOptions {
  /** The mask so far. Default all of it. */
  readonly defaultMask?: Tensor;
  /** What decides instead of the tensor itself, of its shape. */
  readonly importanceScores?: Tensor | null;
}

export interface ImportanceOptions {
  /** What decides instead of the tensor itself, of its shape. */
  readonly importanceScores?: Tensor | null;
}

interface Hung {
  readonly method: BasePruningMethod;
  readonly handle: HookHandle;
}

/** What prunes which tensor of a module. */
const hung = new WeakMap<Module, Map<string, Hung>>();

/**
 * A way of choosing what to prune. A subclass says by `pruningType` what `computeMask` is shown of a tensor that has been pruned
 * before: its elements that are left ('unstructured'), its channels that are left ('structured', along `dim`), or all of it
 * ('global'). torch.nn.utils.prune.BasePruningMethod
 */
export abstract class BasePruningMethod {
  abstract readonly pruningType: 'unstructured' | 'structured' | 'global';
  /** The tensor that it prunes. */
  tensorName: string | undefined;

  /** A mask of ones and zeros for `t`, with zeros wherever `defaultMask` has them. */
  abstract computeMask(t: Tensor, defaultMask: Tensor): Tensor;

  /** The tensor of a pruned module, times its mask. */
  applyMask(module: Module): Tensor {
    const name = this.#name(module);
    const mask = fieldOf(module, `${name}_mask`) as Tensor;
    const original = fieldOf(module, `${name}_orig`) as Tensor;
    return mask.to(original.dtype).mul(original);
  }

  /** A tensor, pruned; no module changes. Throws ShapeError for scores of another shape. */
  prune(t: Tensor, { defaultMask = onesLike(t), importanceScores }: PruneOptions = {}): Tensor {
    checkScores(t, importanceScores);
    return t.mul(this.computeMask((importanceScores ?? t).detach(), defaultMask));
  }

  /** Prunes a tensor of a module, after what pruned it before. */
  applyTo(module: Module, name: string, { importanceScores }: ImportanceOptions = {}): BasePruningMethod {
    const hooks = hung.get(module) ?? new Map<string, Hung>();
    const before = hooks.get(name);
    const original = prunable(module, name);
    checkScores(original, importanceScores);
    this.tensorName = name;
    const scores = (importanceScores ?? original).detach();
    const soFar = before ? (fieldOf(module, `${name}_mask`) as Tensor) : onesLike(scores);
    const method = before ? PruningContainer.of(before.method, this) : this;
    const mask = method.computeMask(scores, soFar);
    if (!before) {
      removeField(module, name);
      module.registerParameter(`${name}_orig`, original as Parameter);
    }
    module.registerBuffer(`${name}_mask`, mask);
    setField(module, name, method.applyMask(module));
    before?.handle.remove();
    const handle = module.registerForwardPreHook(() => setField(module, name, method.applyMask(module)));
    hooks.set(name, { method, handle });
    hung.set(module, hooks);
    return method;
  }

  /** Makes the pruning permanent: the tensor is a parameter again, with its zeros. */
  remove(module: Module): void {
    const name = this.#name(module);
    const original = fieldOf(module, `${name}_orig`) as Parameter;
    setData(original, this.applyMask(module).detach());
    hung.get(module)?.get(name)?.handle.remove();
    hung.get(module)?.delete(name);
    for (const key of [name, `${name}_orig`, `${name}_mask`]) removeField(module, key);
    module.registerParameter(name, original);
  }

  #name(module: Module): string {
    if (this.tensorName !== undefined) return this.tensorName;
    throw new ValueError('prune', `${String(module)} has not been pruned by this method. Call applyTo first.`);
  }
}

/** Refuses scores of another shape. */
export function checkScores(t: Tensor, scores: Tensor | null | undefined): void {
  if (!scores || show(scores.shape) === show(t.shape)) return;
  throw new ShapeError(
    'prune',
    `the scores have shape ${show(scores.shape)}, the tensor ${show(t.shape)}. They must be equal.`,
  );
}

/** A tensor as it is pruned so far. Throws ValueError if there is no parameter of that name. */
export const prunable = (module: Module, name: string): Tensor =>
  hung.get(module)?.has(name) ? (fieldOf(module, name) as Tensor) : parameterIn('prune', module, name);

/** Several methods that prune one tensor, one after another. torch.nn.utils.prune.PruningContainer */
export class PruningContainer extends BasePruningMethod {
  readonly pruningType = 'global';
  readonly #methods: BasePruningMethod[] = [];

  constructor(...methods: BasePruningMethod[]) {
    super();
    if (methods.length === 1) this.tensorName = methods[0]?.tensorName;
    for (const method of methods) this.addPruningMethod(method);
  }

  /** @internal */
  static of(before: BasePruningMethod, next: BasePruningMethod): PruningContainer {
    const container = new PruningContainer();
    container.tensorName = next.tensorName;
    for (const method of before instanceof PruningContainer ? before : [before]) container.addPruningMethod(method);
    return container.addPruningMethod(next);
  }

  get length(): number {
    return this.#methods.length;
  }

  [Symbol.iterator](): IterableIterator<BasePruningMethod> {
    return this.#methods.values();
  }

  at(index: number): BasePruningMethod | undefined {
    return this.#methods.at(index);
  }

  /** Adds a method for the same tensor. Throws ValueError for another. */
  addPruningMethod(method: BasePruningMethod): this {
    if (!(method instanceof BasePruningMethod))
      throw new ValueError('addPruningMethod', `it is ${String(method)}. It must be a BasePruningMethod.`);
    if (method.tensorName !== this.tensorName) {
      const [own, other] = [this.tensorName, method.tensorName].map((name) => `"${String(name)}"`);
      throw new ValueError(
        'addPruningMethod',
        `the method prunes ${other}, the container ${own}. Use one for each tensor.`,
      );
    }
    this.#methods.push(method);
    return this;
  }

  /** The mask so far with what the last method takes of what is left. Reads the mask at once. */
  computeMask(t: Tensor, defaultMask: Tensor): Tensor {
    const method = this.#methods.at(-1);
    if (!method) throw new ValueError('PruningContainer', 'it holds no method. Add one.');
    const mask = defaultMask.detach().to(t.dtype);
    if (method.pruningType === 'global') return method.computeMask(t, mask);
    if (method.pruningType === 'unstructured') {
      const flat = mask.reshape([-1]);
      const left = nonzero(flat.eq(1)).reshape([-1]);
      const part = method.computeMask(indexSelect(t.reshape([-1]), 0, left), indexSelect(flat, 0, left));
      return indexCopy(flat, 0, left, part.to(t.dtype)).reshape(t.shape);
    }
    const dim = channelDim('prune', t, (method as { readonly dim?: number }).dim ?? NaN);
    const others = t.shape.map((_, d) => d).filter((d) => d !== dim);
    const left = nonzero(mask.sum(others).ne(0)).reshape([-1]);
    const part = method.computeMask(indexSelect(t, dim, left), indexSelect(mask, dim, left));
    return indexCopy(mask, dim, left, part.to(t.dtype));
  }
}

/** Makes the pruning of a tensor permanent. Throws ValueError if it is not pruned. torch.nn.utils.prune.remove */
export function remove<M extends Module>(module: M, name: string): M {
  const found = hung.get(module)?.get(name);
  if (!found) throw new ValueError('remove', `"${name}" of ${String(module)} is not pruned. Check the name.`);
  found.method.remove(module);
  return module;
}

/** Whether any tensor in a module is pruned. torch.nn.utils.prune.is_pruned */
export function isPruned(module: Module): boolean {
  return module.modules().some((part) => (hung.get(part)?.size ?? 0) > 0);
}
