// Backward hooks of a module: identity functions around its forward, whose backward sees the gradients pass.

import { isTensor, type Tensor } from '@rushlight/core';
import { tapGradients } from '@rushlight/core/autograd';
import { ModuleError } from './module-error.ts';

type Gradients = readonly (Tensor | null)[];
type Forward = (args: readonly unknown[]) => unknown;

/** The gradients of the arguments (null where there is none) and of the outputs; may return others for the arguments. */
export type GradHook = (gradInput: (Tensor | null)[], gradOutput: Tensor[]) => Gradients | void;

const differentiable = (value: unknown): value is Tensor => isTensor(value) && value.requiresGrad;

/** `values` as they are; `backward` gets the gradients of the tensors that need one, and returns those to pass on. */
function tap(values: readonly unknown[], backward: (grads: Tensor[]) => Gradients): unknown[] {
  const tapped = values.filter(differentiable);
  const passed = tapGradients('BackwardHook', tapped, (grads) => {
    const returned = backward(grads);
    if (returned.length !== grads.length || returned.some((g) => g && !isTensor(g)))
      throw new ModuleError(
        'hook',
        `${grads.length} gradients flow here. Return as many tensors, or null where none does.`,
      );
    return returned.map((g) => g ?? undefined);
  });
  return values.map((value) => (differentiable(value) ? passed.shift() : value));
}

/** The same of one value, or of all in an array. */
function tapOutput(output: unknown, backward: (grads: Tensor[]) => Gradients): unknown {
  return Array.isArray(output) ? tap(output, backward) : tap([output], backward)[0];
}

/** `forward`, so that `hook` is called when the gradient has passed through it. */
export function withBackwardHook(forward: Forward, hook: GradHook): Forward {
  return (args) => {
    let gradOutput: Tensor[] = [];
    const call = ([...grads]: readonly Tensor[]): Gradients => {
      const gradInput = args.map((arg) => (differentiable(arg) && grads.shift()) || null);
      const returned = hook(gradInput, gradOutput) ?? gradInput;
      return returned.filter((_, k) => differentiable(args[k]));
    };
    return tapOutput(forward(tap(args, call)), (grads) => {
      gradOutput = grads;
      if (!args.some(differentiable)) call([]);
      return grads;
    });
  };
}

/** `forward`, so that `hook` is called with the gradients of its outputs before they flow into it. */
export function withBackwardPreHook(
  forward: Forward,
  hook: (gradOutput: Tensor[]) => readonly Tensor[] | void,
): Forward {
  return (args) => tapOutput(forward(args), (grads) => hook(grads) ?? grads);
}
