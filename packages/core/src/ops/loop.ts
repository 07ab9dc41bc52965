// Running a described loop on tensors: shapes broadcast, dims merge, the program is looked up, and the gradient is the
// loop derived from it. Element-wise operations, reductions, softmax, norms, losses and optimizer updates come here.

import { dispatch, freeInternal, type Dispatch, type LiveNumber, type StorageOperand } from '../dispatch.ts';
import { ShapeError, show } from '../errors.ts';
import { defaultDevice, type Storage } from '../device.ts';
import {
  guardClasses, isFloat, lower, mergeDims, position, program, sizeOf, stage, strideClasses,
  type KernelCheckError, type LoopProgram, type OperandType, type View,
} from '../kernel/index.ts'; // prettier-ignore
import { broadcastShapes, broadcastStrides, sameShape } from '../shape.ts';
import { checkInplace, needsGraph, rebaseHistory, recordNode } from '../autograd/state.ts';
import type { Backward } from '../autograd/node.ts';
import { checkOperands, makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { gradientOf, type InputGradient, type Source } from './loop-gradient.ts';
import { describeLoop, type LoopBuilder, type LoopSpec, type SpecOutput } from './loop-spec.ts';

/** A gradient as an operation, and what it reads before the gradient of the output. */
interface Gradient {
  readonly op: LoopOp;
  readonly reads: readonly Source[];
}

/** How an operation runs whose gradients are wanted: so that it writes `stages`, and what is saved in which order. */
interface Plan {
  readonly op: LoopOp;
  readonly inputs: readonly number[];
  readonly readsOutput: boolean;
  readonly sources: readonly Source[];
}

/** A fused operation for inputs of given dtypes: its description, and what is derived from it once. */
export class LoopOp {
  readonly name: string;
  readonly spec: LoopSpec;
  readonly #programs = new Map<string, LoopProgram>();
  readonly #gradients = new Map<string, Gradient | undefined>();
  readonly #variants = new Map<string, LoopOp>();
  readonly #plans = new Map<string, Plan>();
  readonly #dense = new Map<number, LoopProgram>();
  /** The gradient of input 0, where a better one is known than what would be derived. */
  readonly #given: Gradient | undefined;
  #lowered: LoopSpec | undefined;

  constructor(name: string, spec: LoopSpec, gradient?: Gradient) {
    this.name = name;
    this.spec = spec;
    this.#given = gradient;
  }

  /** The program for operands that are walked like this. */
  program(rowRank: number, columnRank: number, types: readonly OperandType[], updates: number): LoopProgram {
    let key = `${rowRank} ${columnRank} ${updates}`;
    for (const type of types) key += ` ${type.strides}${type.guards.length > 0 ? `:${type.guards.join(':')}` : ''}`;
    const known = this.#programs.get(key);
    if (known) return known;
    const spec = (this.#lowered ??= lowerSpec(this.spec));
    const inputs = types.slice(0, spec.inputs.length);
    const made = program<LoopProgram>({
      kind: 'loop',
      rowRank,
      columnRank,
      inputs,
      scalars: spec.scalars,
      stages: spec.stages,
      outputs: spec.outputs.map((output, k) => ({
        ...(types[inputs.length + k] as OperandType),
        expr: output.expr,
        // Without columns an element is a row, and one loop is enough.
        per: columnRank === 0 ? 'row' : output.per,
        ...(k < updates && { inout: k }),
      })),
      checks: columnRank === 0 ? spec.checks.map((c) => ({ ...c, per: 'row' as const })) : spec.checks,
    });
    this.#programs.set(key, made);
    return made;
  }

  /** The program for operands without columns that all lie dense in one shape, of one element or of more. */
  dense(isOne: boolean, updates: number): LoopProgram {
    const key = 2 * updates + Number(isOne);
    const known = this.#dense.get(key);
    if (known) return known;
    const dtypes = [...this.spec.inputs, ...this.spec.outputs.map((output) => output.expr.dtype)];
    const types = dtypes.map((dtype): OperandType => ({ dtype, strides: isOne ? '' : '1', guards: [] }));
    const made = this.program(isOne ? 0 : 1, 0, types, updates);
    this.#dense.set(key, made);
    return made;
  }

  /** The same operation that also writes, per row, what its gradients read of its stages. */
  #keeping(stages: readonly Source[]): LoopOp {
    if (stages.length === 0) return this;
    const extra = stages.flatMap((source): SpecOutput[] => {
      if (source.kind === 'position') return [{ per: 'row', expr: position(source.slot) }];
      const dtype = source.kind === 'stage' ? this.spec.stages[source.slot]?.expr.dtype : undefined;
      return source.kind === 'stage' && dtype ? [{ per: 'row', expr: stage(source.slot, dtype) }] : [];
    });
    return new LoopOp(this.name, { ...this.spec, outputs: [...this.spec.outputs, ...extra] });
  }

  /** The same operation writing one of its outputs. */
  only(output: number): LoopOp {
    const key = `only ${output}`;
    const known = this.#variants.get(key);
    if (known) return known;
    const made = new LoopOp(this.name, { ...this.spec, outputs: this.spec.outputs.slice(output, output + 1) });
    this.#variants.set(key, made);
    return made;
  }

  /** The gradient of input `wrt`, as an operation, or undefined where it is zero. */
  gradient(wrt: number, keepStages: boolean, toRows: boolean): Gradient | undefined {
    if (this.#given && wrt === 0) return this.#given;
    const key = `${wrt} ${keepStages} ${toRows}`;
    if (this.#gradients.has(key)) return this.#gradients.get(key);
    const derived: InputGradient | undefined = gradientOf(this.spec, wrt, { keepStages, toRows });
    const made = derived && { op: new LoopOp(`${this.name}Backward`, derived.spec), reads: derived.reads };
    this.#gradients.set(key, made);
    return made;
  }

  /** How it runs where the gradients of these inputs are wanted. */
  plan(wrt: readonly number[]): Plan {
    const key = wrt.join();
    const known = this.#plans.get(key);
    if (known) return known;
    const reads: Source[] = [];
    for (const slot of wrt) {
      for (const keepStages of [true, false]) {
        for (const source of this.gradient(slot, keepStages, false)?.reads ?? [])
          if (placeOf(source, reads) < 0) reads.push(source);
      }
    }
    const inputs = reads.filter((source) => source.kind === 'input');
    const outputs = reads.filter((source) => source.kind === 'output');
    const stages = reads.filter((source) => source.kind === 'stage' || source.kind === 'position');
    const made: Plan = {
      op: this.#keeping(stages),
      inputs: inputs.map((source) => source.slot),
      readsOutput: outputs.length > 0,
      sources: [...inputs, ...stages, ...outputs],
    };
    this.#plans.set(key, made);
    return made;
  }
}

const slotOf = (source: Source): number => (source.kind === 'output' ? 0 : source.slot);

/** Where a source stands among others, or −1. */
function placeOf(source: Source, sources: readonly Source[]): number {
  return sources.findIndex((other) => other.kind === source.kind && slotOf(other) === slotOf(source));
}

function lowerSpec(spec: LoopSpec): LoopSpec {
  const done = new Map();
  return {
    ...spec,
    stages: spec.stages.map((s) => ({ ...s, expr: lower(s.expr, done) })),
    outputs: spec.outputs.map((o) => ({ ...o, expr: lower(o.expr, done) })),
    checks: spec.checks.map((c) => ({ ...c, fails: lower(c.fails, done), value: lower(c.value, done) })),
  };
}

/** What chooses a formula besides the dtypes. */
export type Variant = string | number | boolean | undefined;

/**
 * A fused operation: how its loop is written for given input dtypes, made once per combination. `write` gets the builder
 * and whatever else the formula depends on.
 */
export function loopOp<V extends readonly Variant[] = []>(
  name: string,
  write: (k: LoopBuilder, ...variant: V) => void,
): (inputs: readonly Tensor[], ...variant: V) => LoopOp {
  const made = new Map<string, LoopOp>();
  return (inputs, ...variant) => {
    let key = variant.join(' ');
    for (const x of inputs) key += ` ${x.dtype}`;
    let op = made.get(key);
    if (!op) {
      op = new LoopOp(
        name,
        describeLoop(
          inputs.map((x) => x.dtype),
          (k) => write(k, ...variant),
        ),
      );
      made.set(key, op);
    }
    return op;
  };
}

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

/** Runs `op` and records it for gradients: output 0 is the differentiable one. */
export function runLoop(op: LoopOp, inputs: readonly Tensor[], options: LoopOptions = {}): Tensor[] {
  const inplace = options.inplace ?? [];
  for (const x of inplace) checkInplace(op.name, x, inputs);
  const wanted = needsGraph(inputs) && isFloat(op.spec.outputs[0]?.expr.dtype ?? 'bool');
  if (!wanted) {
    const outputs = launch(op, inputs, options);
    for (const x of inplace) x.storage.version++;
    return outputs;
  }
  const wrt = inputs.flatMap((x, slot) => (x.requiresGrad && isFloat(x.dtype) ? [slot] : []));
  const plan = op.plan(wrt);
  // What is about to be overwritten, the gradient reads from a copy.
  const saved = plan.inputs.flatMap((slot) => inplace[slot]?.clone() ?? inputs[slot] ?? []);
  const outputs = launch(plan.op, inputs, options);
  const kept = outputs.splice(op.spec.outputs.length);
  const [output] = outputs;
  if (!output) return outputs;

  const { columns = [], scalars = [] } = options;
  const inputShapes = inputs.map((x) => x.shape);
  const shape = options.shape ?? broadcastShapes(op.name, inputShapes);
  const backward = loopBackward(op, inputShapes, shape, plan.sources, columns, scalars);
  const [changed] = inplace;
  const node = changed
    ? rebaseHistory(op.name, changed, inputs.slice(1), backward, { saved })
    : recordNode(op.name, inputs, [output], backward, { saved });
  for (const tensor of kept) node.save(tensor, true);
  // After the change of an input in place has been counted: the output is what is there now.
  if (changed) changed.storage.version++;
  if (plan.readsOutput) node.save(output);
  return outputs;
}

function loopBackward(
  op: LoopOp,
  inputShapes: readonly (readonly number[])[],
  shape: readonly number[],
  sources: readonly Source[],
  columns: readonly number[],
  scalars: readonly LiveNumber[],
): Backward {
  const rowShape = shape.map((n, d) => (columns.includes(d) ? 1 : n));
  const perRow = op.spec.outputs[0]?.per === 'row';
  return ([grad], context) => {
    if (!grad) return [];
    const g = perRow ? grad.reshape(rowShape) : grad;
    return inputShapes.map((inputShape, slot) => {
      if (!context.needs(slot)) return undefined;
      const over = broadcastDims(inputShape, shape);
      // What has one value per row, or is broadcast by an element-wise operation, sums its gradient in the same loop.
      const summed =
        over.length === 0 || columns.some((d) => !over.includes(d)) ? undefined : columns.length > 0 ? columns : over;
      const gradient = op.gradient(slot, !context.createGraph, summed !== undefined);
      if (!gradient) return grad.zeros(inputShape);
      const read = gradient.reads.map((source): Tensor => {
        const tensor = context.saved(placeOf(source, sources));
        return source.kind === 'input' || (source.kind === 'output' && !perRow) ? tensor : tensor.reshape(rowShape);
      });
      const run = { columns: summed ?? columns, keepdim: true, shape, scalars };
      const [result] = runLoop(gradient.op, [...read, g], run);
      return result && sumTo(result, inputShape);
    });
  };
}

/** The dims of `shape` along which something of shape `from` is broadcast. */
function broadcastDims(from: readonly number[], shape: readonly number[]): number[] {
  const missing = shape.length - from.length;
  return shape.flatMap((n, d) => (d < missing || (from[d - missing] === 1 && n !== 1) ? [d] : []));
}

/** Sums over what was broadcast, back to `shape`. */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const over = broadcastDims(shape, x.shape);
  const summed = over.some((d) => x.shape[d] !== 1) ? x.sum(over, { keepdim: true }) : x;
  return summed.reshape(shape);
}

function launch(op: LoopOp, inputs: readonly Tensor[], options: LoopOptions): Tensor[] {
  const { spec } = op;
  const { inplace = [], columns = [] } = options;
  const device = (inputs[0] ?? options.out?.[0])?.device ?? defaultDevice();
  checkOperands(op.name, inputs, device);
  const shape =
    options.shape ??
    broadcastShapes(
      op.name,
      inputs.map((x) => x.shape),
    );
  for (const x of inplace) {
    if (sameShape(x.shape, shape)) continue;
    throw new ShapeError(
      op.name,
      `the result has shape ${show(shape)}, the tensor changed in place ${show(x.shape)}. They must be equal.`,
    );
  }
  const rowShape =
    columns.length === 0 ? shape : shape.flatMap((n, d) => (columns.includes(d) ? (options.keepdim ? [1] : []) : [n]));
  const outputs = spec.outputs.map((output, k): Tensor => {
    const given = inplace[k] ?? options.out?.[k];
    return given ?? makeTensor(device, output.expr.dtype, output.per === 'element' ? shape : rowShape);
  });
  // What does not fit into one launch is computed output by output.
  const room = device.backend.limits.buffers ?? Infinity;
  if (inputs.length + outputs.length - inplace.length > room && outputs.length > 1 && inplace.length === 0) {
    outputs.forEach((output, k) => launch(op.only(k), inputs, { ...options, out: [output] }));
    return outputs;
  }
  const readable =
    inplace.length === 0
      ? inputs
      : inputs.map((x, k) =>
          inplace.some((target, t) => t !== k && target.storage === x.storage) ? x.detach().clone() : x,
        );
  const walk = walkOf(op, shape, readable, outputs, options);
  if (!walk) return outputs;
  dispatch({ device, ...walk, scalars: options.scalars ?? [], ...(options.explain && { explain: options.explain }) });
  readable.forEach((x, k) => x !== inputs[k] && freeInternal(x.storage));
  return outputs;
}

type Walk = Pick<Dispatch, 'program' | 'sizes' | 'operands'>;

/** How the operands are walked, and the program for that; undefined where there is nothing to do. */
function walkOf(
  op: LoopOp,
  shape: readonly number[],
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  { columns = [], keepdim = false, views, inplace = [] }: LoopOptions,
): Walk | undefined {
  const tensors = [...inputs, ...outputs];
  if (columns.length === 0 && !views && tensors.every((x) => sameShape(x.shape, shape) && x.isContiguous())) {
    const n = sizeOf(shape);
    if (n === 0) return undefined;
    const [sizes, strides] = n === 1 ? [[], []] : [[n], [1]];
    const operands = tensors.map(({ storage, offset }): StorageOperand => ({ storage, offset, strides }));
    return { program: op.dense(n === 1, inplace.length), sizes, operands };
  }
  const rows = shape.flatMap((_, d) => (columns.includes(d) ? [] : [d]));
  const order = [...rows, ...columns];
  const sizes = order.map((d) => shape[d] ?? 1);
  if (sizeOf(sizes.slice(0, rows.length)) === 0 || (sizeOf(sizes) === 0 && op.spec.stages.length === 0))
    return undefined;
  const inputViews = inputs.map((x, slot): View => {
    const given = views?.[slot];
    if (given) return given;
    const strides = broadcastStrides(x.shape, x.strides, shape);
    return { offset: x.offset, strides: order.map((d) => strides[d] ?? 0) };
  });
  const outputViews = outputs.map((x, k): View => {
    const perElement = op.spec.outputs[k]?.per === 'element';
    const along = (d: number, at: number): number =>
      !perElement && at >= rows.length ? 0 : (x.strides[perElement || keepdim ? d : at] ?? 0);
    return { offset: x.offset, strides: order.map(along) };
  });
  const merged = mergeDims(sizes, [rows.length, columns.length], [...inputViews, ...outputViews]);
  const [rowRank = 0, columnRank = 0] = merged.groups;
  const types = merged.views.map((view, k): OperandType => ({
    dtype: tensors[k]?.dtype ?? 'float32',
    strides: strideClasses(view.strides, merged.groups),
    guards: guardClasses(view.guards),
  }));
  return {
    program: op.program(rowRank, columnRank, types, inplace.length),
    sizes: merged.sizes,
    operands: merged.views.map((view, k): StorageOperand => ({ ...view, storage: tensors[k]?.storage as Storage })),
  };
}
