// Launching a described loop: shapes broadcast, dims merge, the program is looked up. All of that is a plan, which
// follows from the geometry of the operands and is kept for when they come back.

import { dispatch, freeInternal, type LiveNumber, type StorageOperand } from '../dispatch.ts';
import { defaultDevice, type Device } from '../device.ts';
import { ShapeError, show } from '../errors.ts';
import {
  contiguousStrides, guardClasses, mergeDims, sizeOf, strideClasses,
  type DType, type Guard, type KernelCheckError, type LoopProgram, type OperandType, type View,
} from '../kernel/index.ts'; // prettier-ignore
import { broadcastShapes, broadcastStrides, sameShape } from '../shape.ts';
import { checkOperands, wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import type { GradientPlans } from './loop-backward.ts';
import type { LoopOp } from './loop-op.ts';
import type { PlanKey } from './plan-cache.ts';

export interface LoopOptions {
  /** The dims of the broadcast shape that are columns, rising; all others are rows. */
  readonly columns?: readonly number[];
  /** Keep the columns as dims of size 1 in per-row results. */
  readonly keepdim?: boolean;
  readonly scalars?: readonly LiveNumber[];
  /** Tensors to write outputs into, instead of new ones; they are not read, and what becomes of them is the caller's business. */
  readonly out?: readonly (Tensor | undefined)[];
  /** The iteration shape, where the inputs alone do not tell it. */
  readonly shape?: readonly number[];
  /** Write the first outputs over the first inputs, which these are, instead of into new tensors. */
  readonly inplace?: readonly Tensor[];
  readonly explain?: (failure: KernelCheckError) => Error;
  /** How inputs are walked, where not by their own strides broadcast over the shape. */
  readonly views?: readonly (View | undefined)[];
}

interface Walk {
  readonly strides: readonly number[];
  readonly guards?: readonly Guard[];
  readonly fill?: number;
}

interface OutputPlan {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly length: number;
}

/** How a loop runs over operands of one geometry. */
export interface LaunchPlan {
  /** The iteration shape. */
  readonly shape: readonly number[];
  readonly outputs: readonly OutputPlan[];
  /** Undefined where there is nothing to do. */
  readonly program: LoopProgram | undefined;
  readonly sizes: readonly number[];
  readonly walks: readonly Walk[];
  /** How its gradients run, by the inputs whose gradients are wanted: made by who records it. */
  readonly gradients: Map<number, GradientPlans>;
}

const none: readonly never[] = [];

export interface Launched {
  readonly outputs: Tensor[];
  readonly plan: LaunchPlan;
}

/** Runs `op` without recording it. */
export function launchLoop(op: LoopOp, given: readonly Tensor[], options: LoopOptions): Launched {
  const { inplace = none, out = none, columns = none, keepdim = false, scalars = none } = options;
  const device = (given[0] ?? out[0])?.device ?? defaultDevice();
  checkOperands(op.name, given, device);
  const inputs = inplace.length === 0 ? given : apart(given, inplace);
  const plan = findPlan(op, inputs, options, columns, keepdim);
  const outputs = plan.outputs.map((output, k) => inplace[k] ?? out[k] ?? makeOutput(device, output));
  // What does not fit into one launch is computed output by output.
  const room = device.backend.limits.buffers;
  if (
    room &&
    outputs.length > 1 &&
    inplace.length === 0 &&
    new Set([...inputs, ...outputs].map((x) => x.storage)).size > room
  ) {
    outputs.forEach((output, k) => launchLoop(op.only(k), inputs, { ...options, out: [output] }));
    return { outputs, plan };
  }
  if (plan.program) {
    const { program, sizes, walks } = plan;
    const operands = new Array<StorageOperand>(walks.length);
    for (let k = 0; k < walks.length; k++) {
      const tensor = (k < inputs.length ? inputs[k] : outputs[k - inputs.length]) as Tensor;
      const { strides, guards, fill = 0 } = walks[k] as Walk;
      const { storage } = tensor;
      const offset = options.views?.[k]?.offset ?? tensor.offset;
      operands[k] = guards ? { storage, offset, strides, guards, fill } : { storage, offset, strides };
    }
    const { explain } = options;
    dispatch(
      explain ? { device, program, sizes, operands, scalars, explain } : { device, program, sizes, operands, scalars },
    );
  }
  if (inputs !== given) inputs.forEach((x, k) => x !== given[k] && freeInternal(x.storage));
  return { outputs, plan };
}

/** The inputs, with a copy of whatever shares memory with another one that is written. */
function apart(inputs: readonly Tensor[], inplace: readonly Tensor[]): readonly Tensor[] {
  const isShared = (x: Tensor, k: number): boolean =>
    inplace.some((target, t) => t !== k && target.storage === x.storage);
  return inputs.some(isShared) ? inputs.map((x, k) => (isShared(x, k) ? x.detach().clone() : x)) : inputs;
}

/** Its shape is its own, since users see it; the plan must stay what it is. */
const makeOutput = (device: Device, { dtype, shape, strides, length }: OutputPlan): Tensor =>
  wrapStorage(device.allocate(dtype, length), [...shape], strides);

function findPlan(
  op: LoopOp,
  inputs: readonly Tensor[],
  options: LoopOptions,
  columns: readonly number[],
  keepdim: boolean,
): LaunchPlan {
  const { inplace = none, out = none, shape = none, views = none } = options;
  const key: PlanKey[number][] = [];
  for (const x of inputs) key.push(x.shape, x.strides);
  key.push(shape, options.shape ? 1 : 0, columns, Number(keepdim), inplace.length);
  for (const x of out) key.push(x?.shape ?? none, x?.strides ?? none);
  for (const view of views) {
    const { strides = none, guards = none, fill = 0 } = view ?? {};
    key.push(strides, fill, guards.length);
    for (const guard of guards) key.push(guard.coefficients, guard.start, guard.step, guard.size, guard.stride);
  }
  return op.launches.find(key) ?? op.launches.add(key, makePlan(op, inputs, options));
}

function makePlan(op: LoopOp, inputs: readonly Tensor[], options: LoopOptions): LaunchPlan {
  const { columns = none, keepdim = false, views, inplace = none, out = none } = options;
  const inputShapes = inputs.map((x) => x.shape);
  const shape = [...(options.shape ?? broadcastShapes(op.name, inputShapes))];
  for (const x of inplace) {
    if (sameShape(x.shape, shape)) continue;
    throw new ShapeError(
      op.name,
      `the result has shape ${show(shape)}, the tensor changed in place ${show(x.shape)}. They must be equal.`,
    );
  }
  const dims = shape.map((_, d) => d);
  const rows = columns.length === 0 ? dims : dims.filter((d) => !columns.includes(d));
  const narrow = columns.length === 0 ? shape : rows.map((d) => shape[d] ?? 1);
  const wide = columns.length === 0 ? shape : shape.map((n, d) => (columns.includes(d) ? 1 : n));
  const outputs = op.spec.outputs.map(({ expr: { dtype }, per }, k): OutputPlan => {
    // Kept stages are for gradients, which want them as they broadcast.
    const isWide = keepdim || k >= op.results;
    const made = per === 'element' ? shape : isWide ? wide : narrow;
    const { shape: own, strides } = inplace[k] ?? out[k] ?? { shape: made, strides: contiguousStrides(made) };
    return { dtype, shape: own, strides, length: sizeOf(own) };
  });
  const order = columns.length === 0 ? dims : [...rows, ...columns];
  const sizes = order.map((d) => shape[d] ?? 1);
  const isEmpty = sizeOf(narrow) === 0 || (sizeOf(sizes) === 0 && op.spec.stages.length === 0);
  const plan = { shape, outputs, gradients: new Map<number, GradientPlans>() };
  if (isEmpty) return { ...plan, program: undefined, sizes, walks: [] };

  const inputViews = inputs.map((x, slot): View => {
    const view = views?.[slot];
    if (view) return view;
    const strides = broadcastStrides(x.shape, x.strides, shape);
    return { offset: 0, strides: order.map((d) => strides[d] ?? 0) };
  });
  const outputViews = outputs.map(({ shape: own, strides }, k): View => {
    const perElement = op.spec.outputs[k]?.per === 'element';
    const hasColumns = own.length === shape.length;
    const along = (d: number, at: number): number =>
      !perElement && at >= rows.length ? 0 : (strides[perElement || hasColumns ? d : at] ?? 0);
    return { offset: 0, strides: order.map(along) };
  });
  const merged = mergeDims(sizes, [rows.length, columns.length], [...inputViews, ...outputViews]);
  const [rowRank = 0, columnRank = 0] = merged.groups;
  const dtypes = [...inputs.map((x) => x.dtype), ...outputs.map((x) => x.dtype)];
  const types = merged.views.map((view, k): OperandType => ({
    dtype: dtypes[k] ?? 'float32',
    strides: strideClasses(view.strides, merged.groups),
    guards: guardClasses(view.guards),
  }));
  const program = op.program(rowRank, columnRank, types, inplace.length);
  return { ...plan, program, sizes: merged.sizes, walks: merged.views };
}
