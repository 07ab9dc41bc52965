// Functions with a gradient of their own, and asking for gradients by name.

import { AutogradError, ShapeError, show } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { runBackward } from './engine.ts';
import type { Gradient } from './node.ts';
import { edgeOf, needsGraph, recordNode } from './state.ts';

/** What a custom function keeps from its forward for its backward. */
export class FunctionContext {
  #saved: Tensor[] = [];
  /** Whether each tensor among the arguments wants a gradient, by its place. */
  needsInputGrad: boolean[] = [];
  #nonDifferentiable = new Set<Tensor>();
  #dirty = new Set<Tensor>();
  /** @internal */
  unpack: ((k: number) => Tensor) | undefined;

  /** Keeps tensors for backward. Changing them in place later is noticed. */
  saveForBackward(...tensors: Tensor[]): void {
    this.#saved = tensors;
  }

  get savedTensors(): Tensor[] {
    const { unpack } = this;
    return unpack ? this.#saved.map((_, k) => unpack(k)) : this.#saved;
  }

  /** Says that these outputs have no gradient. */
  markNonDifferentiable(...tensors: Tensor[]): void {
    for (const x of tensors) this.#nonDifferentiable.add(x);
  }

  /** Says that these inputs were changed in place. */
  markDirty(...tensors: Tensor[]): void {
    for (const x of tensors) this.#dirty.add(x);
  }

  /** @internal */
  isDifferentiable(x: Tensor): boolean {
    return !this.#nonDifferentiable.has(x);
  }
  /** @internal */
  get dirty(): ReadonlySet<Tensor> {
    return this.#dirty;
  }
}

/**
 * A function that computes its own gradient. `forward` runs without recording; `backward` gets the gradients of the outputs
 * and returns one per argument (nothing for what is no tensor or needs none). torch.autograd.Function
 *
 * @example
 * class Cube extends autograd.Function {
 *   static forward(ctx: FunctionContext, x: Tensor) { ctx.saveForBackward(x); return x.pow(3); }
 *   static backward(ctx: FunctionContext, g: Tensor) { return [g.mul(ctx.savedTensors[0].square().mul(3))]; }
 * }
 * Cube.apply(x);
 */
export abstract class Function {
  /** Runs the function. Its type is that of `forward` without the context. */
  static apply<A extends readonly unknown[], R extends Tensor | readonly Tensor[]>(
    this: {
      forward(ctx: FunctionContext, ...args: A): R;
      backward(ctx: FunctionContext, ...grads: Tensor[]): unknown;
      readonly name: string;
    },
    ...args: A
  ): R {
    const ctx = new FunctionContext();
    const inputs = args.filter(isTensor);
    ctx.needsInputGrad = args.map((arg) => isTensor(arg) && arg.requiresGrad);
    const result = noGrad(() => this.forward(ctx, ...args));
    const outputs = (Array.isArray(result) ? result : [result]) as Tensor[];
    for (const x of ctx.dirty) x.storage.version++;
    if (!needsGraph(inputs)) return result;
    // An input returned as it is must not become its own result.
    const fresh = outputs.map((x) => (inputs.includes(x) && !ctx.dirty.has(x) ? x.detach() : x));
    const saved = ctx.savedTensors;
    const recorded = fresh.filter((x) => ctx.isDifferentiable(x));
    const zeroFor = recorded.map((x) => x.shape);
    recordNode(
      this.name,
      inputs,
      recorded,
      (grads, context) => {
        ctx.unpack = context.saved;
        const like = grads.find((g) => g !== undefined);
        const given = recorded.map((_, k) => grads[k] ?? like?.zeros(zeroFor[k] ?? []));
        const returned = this.backward(ctx, ...(given as Tensor[]));
        const list = (Array.isArray(returned) ? returned : [returned]) as (Gradient | null)[];
        if (list.length !== args.length && list.length !== inputs.length) {
          throw new AutogradError(
            this.name,
            `backward returned ${list.length} gradients for ${args.length} arguments. Return one per argument.`,
          );
        }
        const perArgument = list.length === args.length ? list.filter((_, k) => isTensor(args[k])) : list;
        return perArgument.map((g) => g ?? undefined);
      },
      { saved, isCustom: true },
    );
    return (Array.isArray(result) ? fresh : fresh[0]) as R;
  }
}

export interface GradOptions {
  /** The gradients of the outputs; 1 where an output has one element. */
  readonly gradOutputs?: readonly (Tensor | undefined)[];
  readonly retainGraph?: boolean;
  readonly createGraph?: boolean;
  /** Return null for inputs that the outputs do not depend on, instead of throwing. */
  readonly allowUnused?: boolean;
}

/** The gradients of the outputs (their sum) with respect to the inputs, without touching any `.grad`. torch.autograd.grad */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions & { readonly allowUnused?: false },
): Tensor[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions,
): (Tensor | null)[];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const roots = (isTensor(outputs) ? [outputs] : outputs) as readonly Tensor[];
  const leaves = (isTensor(inputs) ? [inputs] : inputs) as readonly Tensor[];
  const { gradOutputs = [], createGraph = false, retainGraph = createGraph, allowUnused = false } = options;
  if (gradOutputs.length > 0 && gradOutputs.length !== roots.length) {
    throw new ShapeError(
      'grad',
      `there are ${gradOutputs.length} gradOutputs for ${roots.length} outputs. Give one each.`,
    );
  }
  const wanted = leaves.map((x, k) => {
    const edge = edgeOf(x);
    if (!edge)
      throw new AutogradError(
        'grad',
        `input ${k} of shape ${show(x.shape)} does not require grad. Call requiresGrad_() before using it.`,
      );
    return edge;
  });
  const grads = runBackward(roots, gradOutputs, { createGraph, retainGraph, wanted });
  return grads.map((g, k) => {
    if (!g && !allowUnused)
      throw new AutogradError(
        'grad',
        `the outputs do not depend on input ${k}. Pass { allowUnused: true } to get null for it.`,
      );
    return g ?? null;
  });
}
