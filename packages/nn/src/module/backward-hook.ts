// Backward hooks of a module: identity functions around its forward, whose backward sees the gradients pass.

import { isGradEnabled, isTensor, type Tensor } from '@rushlight/core';
import * as autograd from '@rushlight/core/autograd';

/** The gradients of the arguments (null where there is none) and of the outputs; may return others for the arguments. */
export type GradHook = (gradInput: (Tensor | null)[], gradOutput: Tensor[]) => readonly (Tensor | null)[] | void;

/** `tensors` as they are; `backward` gets their gradients and returns those to pass on. */
function tap(tensors: readonly Tensor[], backward: (grads: Tensor[]) => readonly (Tensor | null)[]): Tensor[] {
  class BackwardHook extends autograd.Function {
    static forward(_ctx: unknown, ...xs: Tensor[]): Tensor[] {
      return xs;
    }
    static backward(_ctx: unknown, ...grads: Tensor[]): readonly (Tensor | null)[] {
      return backward(grads);
    }
  }
  return BackwardHook.apply(...tensors);
}

const differentiable = (value: unknown): value is Tensor => isTensor(value) && value.requiresGrad;

/** Calls `forward` with `args`, so that `hook` is called when the gradient has passed through it. */
export function withBackwardHook(
  args: readonly unknown[],
  forward: (args: readonly unknown[]) => unknown,
  hook: GradHook,
): unknown {
  if (!isGradEnabled()) return forward(args);
  const inputs = args.filter(differentiable);
  let gradOutput: Tensor[] = [];
  const call = (grads: readonly Tensor[]): readonly (Tensor | null)[] => {
    let slot = 0;
    const gradInput = args.map((arg) => (differentiable(arg) ? (grads[slot++] ?? null) : null));
    const returned = hook(gradInput, gradOutput) ?? gradInput;
    return returned.filter((_, k) => differentiable(args[k]));
  };
  const tapped = inputs.length > 0 ? tap(inputs, call) : [];
  let slot = 0;
  const output = forward(args.map((arg) => (differentiable(arg) ? tapped[slot++] : arg)));
  const outputs = (Array.isArray(output) ? output : [output]) as unknown[];
  const passed = tap(outputs.filter(differentiable), (grads) => {
    gradOutput = grads;
    if (inputs.length === 0) call([]);
    return grads;
  });
  let next = 0;
  const result = outputs.map((value) => (differentiable(value) ? passed[next++] : value));
  return Array.isArray(output) ? result : result[0];
}

/** Calls `forward`, so that `hook` is called with the gradients of its outputs before they flow into it. */
export function withBackwardPreHook(
  forward: () => unknown,
  hook: (gradOutput: Tensor[]) => readonly Tensor[] | void,
): unknown {
  const output = forward();
  if (!isGradEnabled()) return output;
  const outputs = (Array.isArray(output) ? output : [output]) as unknown[];
  const passed = tap(outputs.filter(differentiable), (grads) => hook(grads) ?? grads);
  let next = 0;
  const result = outputs.map((value) => (differentiable(value) ? passed[next++] : value));
  return Array.isArray(output) ? result : result[0];
}
