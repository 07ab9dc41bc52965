// Running a described loop on tensors, with its gradient, which is the loop derived from it. Element-wise operations,
// reductions, softmax, norms, losses and optimizer updates come here.

import type { LiveNumber } from '../dispatch.ts';
import { isFloat } from '../kernel/index.ts';
import { sameShape } from '../shape.ts';
import { checkInplace, needsGraph, rebaseHistory, recordNode } from '../autograd/state.ts';
import type { BackwardContext, Gradient } from '../autograd/node.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastDims, GradientPlans } from './loop-backward.ts';
import { launchLoop, type LoopOptions } from './loop-launch.ts';
import type { LoopOp } from './loop-op.ts';

export type { LoopOptions } from './loop-launch.ts';
export { LoopOp, loopOp, type Variant } from './loop-op.ts';

const none: readonly never[] = [];

/** Runs `op` and records it for gradients: output 0 is the differentiable one. */
export function runLoop(op: LoopOp, inputs: readonly Tensor[], options: LoopOptions = {}): Tensor[] {
  const { inplace = none, columns = none, scalars = none } = options;
  for (const x of inplace) checkInplace(op.name, x, inputs);
  if (!needsGraph(inputs) || !isFloat(op.spec.outputs[0]?.expr.dtype ?? 'bool')) {
    const { outputs } = launchLoop(op, inputs, options);
    for (const x of inplace) x.storage.version++;
    return outputs;
  }
  let wrt = 0;
  for (let slot = 0, bit = 1; slot < inputs.length; slot++, bit *= 2) {
    const x = inputs[slot];
    if (x && x.requiresGrad && isFloat(x.dtype)) wrt += bit;
  }
  const form = op.recorded(wrt);
  const saved: Tensor[] = [];
  for (const slot of form.inputs) {
    // What is about to be overwritten, the gradient reads from a copy.
    const x = inplace[slot]?.clone() ?? inputs[slot];
    if (x) saved.push(x);
  }
  const { outputs, plan } = launchLoop(form.op, inputs, options);
  const { results } = form.op;
  const kept = results < outputs.length ? outputs.splice(results) : none;
  const output = outputs[0];
  if (!output) return outputs;

  let gradients = plan.gradients.get(wrt);
  if (!gradients) {
    const inputShapes = inputs.map((x) => [...x.shape]);
    gradients = new GradientPlans(op, form.sources, { inputShapes, shape: plan.shape, columns });
    plan.gradients.set(wrt, gradients);
  }
  const run = gradients;
  const backward = (grads: readonly Gradient[], context: BackwardContext): Gradient[] =>
    grads[0] ? runGradients(run, grads[0], context, scalars) : [];
  const changed = inplace[0];
  const node = changed
    ? rebaseHistory(op.name, changed, inputs.slice(1), backward, { saved })
    : recordNode(op.name, inputs, [output], backward, { saved });
  for (const tensor of kept) node.save(tensor, true);
  // After the change of an input in place has been counted: the output is what is there now.
  if (changed) changed.storage.version++;
  if (form.readsOutput) node.save(output);
  return outputs;
}

function runGradients(
  plans: GradientPlans,
  grad: Tensor,
  context: BackwardContext,
  scalars: readonly LiveNumber[],
): Gradient[] {
  const { createGraph } = context;
  const { shape } = plans;
  const g = plans.isRow ? plans.asRows(grad, createGraph) : grad;
  return plans.inputShapes.map((inputShape, slot) => {
    if (!context.needs(slot)) return undefined;
    const plan = plans.of(slot, createGraph);
    if (!plan) return grad.zeros(inputShape);
    const read: Tensor[] = [];
    for (const { saved, isRow } of plan.reads) {
      const x = context.saved(saved);
      read.push(isRow ? plans.asRows(x, createGraph) : x);
    }
    read.push(g);
    const [result] = runLoop(plan.op, read, { columns: plan.columns, keepdim: true, shape, scalars });
    return result && sumTo(result, inputShape);
  });
}

/** Sums over what was broadcast, back to `shape`. */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const over = broadcastDims(shape, x.shape);
  const summed = over.some((d) => x.shape[d] !== 1) ? x.sum(over, { keepdim: true }) : x;
  return summed.reshape(shape);
}
