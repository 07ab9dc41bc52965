// Functions with a gradient of their own, and asking for gradients by name.

import { AutogradError, ShapeError, show } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import { isFloat } from '../kernel/index.ts';
import { filled } from '../ops/fill.ts';
import type { Tensor } from '../tensor.ts';
import { runBackward } from './engine.ts';
import type { Gradient } from './node.ts';
import { checkInplace, describeOutput, edgeOf, needsGraph, recordNode } from './state.ts';

/** What a custom function keeps from its forward for its backward. */
export class FunctionContext {
  #saved: Tensor[] = [];
  /** Whether each tensor among the arguments wants a gradient, by its place. */
  needsInputGrad: boolean[] = [];
  #nonDifferentiable = new Set<Tensor>();
  #dirty = new Set<Tensor>();
  /** @internal */
  materializesGrads = true;
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

  /** Says whether backward gets zeros for outputs that no gradient reached (the default), or undefined. */
  setMaterializeGrads(value: boolean): void {
    this.materializesGrads = value;
  }

  /** @internal */
  isDifferentiable(x: Tensor): boolean {
    return isFloat(x.dtype) && !this.#nonDifferentiable.has(x);
  }
  /** @internal */
  get dirty(): ReadonlySet<Tensor> {
    return this.#dirty;
  }
}

/**
 * A function that computes its own gradient. `forward` runs without recording; `backward` gets one gradient per output and
 * returns one per argument (nothing for what is no tensor or needs none). torch.autograd.Function
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
    const recording = needsGraph(inputs);
    for (const x of ctx.dirty) {
      if (recording) checkDirty(this.name, x, inputs);
      x.storage.version++;
    }
    if (!recording) return result;
    // An input returned as it is must not become its own result.
    const fresh = outputs.map((x) => (inputs.includes(x) && !ctx.dirty.has(x) ? x.detach() : x));
    const recorded: Tensor[] = [];
    const described = fresh.map((x, k) => {
      const slot = ctx.isDifferentiable(outputs[k] as Tensor) ? recorded.push(x) - 1 : -1;
      return { ...describeOutput(x), slot };
    });
    recordNode(
      this.name,
      inputs,
      recorded,
      (grads, context) => {
        ctx.unpack = (k) => context.saved(k);
        const given = described.map(
          ({ slot, shape, dtype, device }): Gradient =>
            grads[slot] ?? (ctx.materializesGrads ? filled(device, dtype, shape, 0) : undefined),
        );
        const returned = this.backward(ctx, ...(given as Tensor[]));
        return perInput(this.name, Array.isArray(returned) ? returned : [returned], args);
      },
      { saved: ctx.savedTensors, isCustom: true },
    );
    return (Array.isArray(result) ? fresh : fresh[0]) as R;
  }
}

/** Refuses what forward may not change. Views have a history that only the operations of this library know to rewrite. */
function checkDirty(op: string, x: Tensor, inputs: readonly Tensor[]): void {
  checkInplace(op, x, inputs);
  if (x.autograd?.base) {
    throw new AutogradError(
      op,
      `forward changes a view of shape ${show(x.shape)} in place. Pass it a clone(), or the tensor that this is a view of.`,
    );
  }
}

/** What a backward written by the user returned, as one gradient per argument that is a tensor. */
function perInput(op: string, returned: readonly unknown[], args: readonly unknown[]): Gradient[] {
  const wrong = returned.findIndex((g) => g !== undefined && g !== null && !isTensor(g));
  if (wrong >= 0) {
    throw new AutogradError(
      op,
      `backward returned a ${typeof returned[wrong]} as gradient ${wrong}. Return tensors, and null where there is none.`,
    );
  }
  // What forward has a default for may be answered without having been given.
  if (returned.length < args.length || returned.slice(args.length).some(isTensor)) {
    throw new AutogradError(
      op,
      `backward returned ${returned.length} gradients for ${args.length} arguments. Return one per argument.`,
    );
  }
  const gradients = returned.map((g) => (isTensor(g) ? g : undefined));
  return gradients.filter((_, k) => isTensor(args[k]));
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
