import { filled } from '../ops/fill.ts';
import type { Tensor } from '../tensor.ts';
import { describeOutput, needsGraph, recordNode } from './state.ts';
import type { Gradient } from './node.ts';

/**
 * @internal Tensors as they are, whose gradients pass through `backward`, which gets all of them at once, zeros where there is none,
 * and returns those that flow on. What hooks of modules are made of: smaller than a Function.
 */
export function tapGradients(
  name: string,
  tensors: readonly Tensor[],
  backward: (grads: Tensor[]) => readonly Gradient[],
): Tensor[] {
  if (!needsGraph(tensors)) return [...tensors];
  const tapped = tensors.map((x) => x.detach());
  const described = tapped.map(describeOutput);
  const passed = (grads: readonly Gradient[]): readonly Gradient[] =>
    backward(described.map(({ device, dtype, shape }, k) => grads[k] ?? filled(device, dtype, shape, 0)));
  recordNode(name, tensors, tapped, passed, { isCustom: true });
  return tapped;
}
