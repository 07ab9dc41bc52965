// Reading and writing a tensor where indices say: one description for gather, scatter, indexSelect, embeddings and indexing
// by tensors, and one pair of kernels. Reading is the adjoint of adding, so each is the other's gradient.

import { DTypeError, ValueError, show } from '../errors.ts';
import { checkInplace, needsGraph, rebaseHistory, recordNode } from '../autograd/state.ts';
import type { Backward, BackwardContext } from '../autograd/node.ts';
import { dispatch } from '../dispatch.ts';
import {
  isFloat, mergeDims, program, sizeOf, type GatherProgram, type IndexedDim, type KernelCheckError,
  type OperandType, type ScatterProgram, type View,
} from '../kernel/index.ts'; // prettier-ignore
import { isTensor } from '../is-tensor.ts';
import { broadcastStrides } from '../shape.ts';
import { checkOperands, makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { checkFits } from './check-fits.ts';
import { clone } from './copy.ts';
import { sumTo } from './loop.ts';
import { PlanCache, type PlanKey } from './plan-cache.ts';
import { operandType, programMemo } from './program-memo.ts';

/** A dim of a tensor whose positions are read from `index`, which lies along the dims `at`, `at + 1`, … of the space. */
export interface Chosen {
  readonly index: Tensor;
  readonly at: number;
}

/** Where the elements of a space lie in a tensor: each dim of the tensor is walked by a dim of the space, or chosen. */
export interface Lookup {
  /** Of the space. */
  readonly shape: readonly number[];
  /** For each dim of the tensor the dim of the space that walks it, or what chooses its position. */
  readonly dims: readonly (number | Chosen)[];
  /** Whether negative indices count from the end. */
  readonly wrap: boolean;
}

/** Refuses what is no index: indices are int32. */
export function checkIndex(op: string, index: Tensor): void {
  if (index.dtype === 'int32') return;
  const cure =
    index.dtype === 'uint8' || index.dtype === 'bool'
      ? "Index with a bool mask (`x.index([mask])`), or convert with `.to('int32')`"
      : "Convert with `.to('int32')`";
  throw new DTypeError(op, `the index is ${index.dtype}, indices are int32. ${cure}.`);
}

const chosenOf = ({ dims }: Lookup): Chosen[] => dims.filter((dim) => typeof dim !== 'number');

/** The same lookup with the indices that a node saved, so that a change of them is noticed. */
export function saved(lookup: Lookup, context: BackwardContext): Lookup {
  let k = 0;
  return {
    ...lookup,
    dims: lookup.dims.map((dim) => (typeof dim === 'number' ? dim : { ...dim, index: context.saved(k++) })),
  };
}

export const indicesOf = (lookup: Lookup): Tensor[] => chosenOf(lookup).map(({ index }) => index);

/** The error for an index that is out of range. */
function outOfRange(op: string, lookup: Lookup, shape: readonly number[]): (failure: KernelCheckError) => ValueError {
  return ({ check, value, position }) => {
    const d = lookup.dims.flatMap((dim, k) => (typeof dim === 'number' ? [] : [k]))[check] ?? 0;
    const { index, at } = chosenOf(lookup)[check] ?? { index: undefined, at: 0 };
    let rest = position;
    const where = lookup.shape.toReversed().map((n) => {
      const coordinate = rest % n;
      rest = Math.floor(rest / n);
      return coordinate;
    });
    const own = where.reverse().slice(at, at + (index?.shape.length ?? 0));
    const place = own.length > 0 ? ` at position ${show(own.map((v, k) => (index?.shape[k] === 1 ? 0 : v)))}` : '';
    const size = shape[d] ?? 0;
    const cure = size === 0 ? 'There is nothing to index' : `Use ${lookup.wrap ? -size : 0} … ${size - 1}`;
    return new ValueError(op, `index ${value}${place} is out of range for dim ${d} of size ${size}. ${cure}.`);
  };
}

const structure = (operands: readonly OperandType[], rank: number, wrap: boolean) => ({
  rank,
  wrap,
  inputs: [operands[0] as OperandType, ...operands.slice(1, -1)] as const,
  output: operands[operands.length - 1] as OperandType,
});
const gatherProgram = programMemo<GatherProgram, [rank: number, wrap: boolean]>((operands, rank, wrap) =>
  program<GatherProgram>({ kind: 'gather', ...structure(operands, rank, wrap) }),
);
const scatterProgram = programMemo<ScatterProgram, [rank: number, wrap: boolean, reduce: ScatterProgram['reduce']]>(
  (operands, rank, wrap, reduce) =>
    program<ScatterProgram>({ kind: 'scatter', reduce, ...structure(operands, rank, wrap) }),
);

/** Runs a lookup in `x`: reads into `other`, or with `reduce` writes from it. */
function launch(
  op: string,
  x: Tensor,
  lookup: Lookup,
  other: Tensor,
  strides: readonly number[],
  reduce?: ScatterProgram['reduce'],
): void {
  if (sizeOf(lookup.shape) === 0) return;
  const chosen = chosenOf(lookup);
  for (const { index } of chosen) checkOperands(op, [index], x.device);
  const key: PlanKey[number][] = [reduce ?? 'read', Number(lookup.wrap), x.dtype, lookup.shape, x.shape, x.strides, strides]; // prettier-ignore
  for (const dim of lookup.dims) {
    if (typeof dim === 'number') key.push(dim);
    else key.push(dim.at, dim.index.dtype, dim.index.shape, dim.index.strides);
  }
  const plan = plans.find(key) ?? plans.add(key, planLookup(x, lookup, strides, reduce));
  const indices = chosen.map(({ index }) => index);
  const tensors = reduce ? [other, ...indices, x] : [x, ...indices, other];
  const operands = tensors.map(({ storage, offset }, k) => ({ storage, offset, strides: plan.strides[k] ?? [] }));
  const { program, sizes, indexed } = plan;
  const explain = outOfRange(op, lookup, x.shape);
  dispatch({ device: x.device, program, sizes, operands, scalars: [], indexed, explain });
}

/** How a lookup runs over operands of one geometry. */
interface LookupPlan {
  readonly program: GatherProgram | ScatterProgram;
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
  readonly indexed: readonly IndexedDim[];
}

const plans = new PlanCache<LookupPlan>(64);

function planLookup(
  x: Tensor,
  lookup: Lookup,
  strides: readonly number[],
  reduce: ScatterProgram['reduce'] | undefined,
): LookupPlan {
  const walk = lookup.shape.map(() => 0);
  const indexed: IndexedDim[] = [];
  lookup.dims.forEach((dim, d) => {
    const stride = x.strides[d] ?? 0;
    if (typeof dim === 'number') walk[dim] = stride;
    else indexed.push({ size: x.shape[d] ?? 0, stride });
  });
  const chosen = chosenOf(lookup);
  const indices = chosen.map(({ index, at }): View => {
    const along = broadcastStrides(index.shape, index.strides, lookup.shape.slice(at, at + index.shape.length));
    return { offset: 0, strides: lookup.shape.map((_, d) => along[d - at] ?? 0) };
  });
  const [inTensor, inOther] = [{ offset: 0, strides: walk }, { offset: 0, strides }]; // prettier-ignore
  const views = reduce ? [inOther, ...indices, inTensor] : [inTensor, ...indices, inOther];
  const merged = mergeDims(lookup.shape, [lookup.shape.length], views);
  const dtypes = [x.dtype, ...chosen.map(({ index }) => index.dtype), x.dtype];
  const types = merged.views.map((view, k) => operandType(dtypes[k] ?? x.dtype, view.strides));
  const rank = merged.sizes.length;
  return {
    program: reduce ? scatterProgram(types, rank, lookup.wrap, reduce) : gatherProgram(types, rank, lookup.wrap),
    sizes: merged.sizes,
    strides: merged.views.map((view) => view.strides),
    indexed,
  };
}

/** What a gradFn is called after: the same in place or not. */
const nodeName = (op: string): string => op.replace(/_$/, '');

/** The elements of `x` that a lookup says. `adjust` changes the gradient before it goes back. */
export function read(op: string, x: Tensor, lookup: Lookup, adjust?: (grad: Tensor, index: Tensor) => Tensor): Tensor {
  const made = makeTensor(x.device, x.dtype, lookup.shape);
  launch(op, x, lookup, made, made.strides);
  if (needsGraph([x]) && isFloat(x.dtype)) {
    const backward: Backward = ([grad], context) => {
      if (!grad) return [];
      const from = saved(lookup, context);
      const [first] = indicesOf(from);
      return [spread(op, adjust && first ? adjust(grad, first) : grad, from, x.shape)];
    };
    recordNode(nodeName(op), [x], [made], backward, { saved: indicesOf(lookup) });
  }
  return made;
}

/** The adjoint of `read`: zeros of `shape` to which `source` is added where the lookup says. */
export function spread(op: string, source: Tensor, lookup: Lookup, shape: readonly number[]): Tensor {
  const made = source.zeros(shape);
  launch(op, made, lookup, source, source.strides, 'add');
  if (needsGraph([source])) {
    const backward: Backward = ([grad], context) => [grad && read(op, grad, saved(lookup, context))];
    recordNode(`${nodeName(op)}Backward`, [source], [made], backward, { saved: indicesOf(lookup) });
  }
  return made;
}

/**
 * `x` with `source`, a number or broadcast over the space, written (`set`) or added where the lookup says: in a copy, or in
 * place. Where several elements meet `set` keeps the last, and all of them get its gradient, as in PyTorch.
 */
export function write(
  op: string,
  x: Tensor,
  lookup: Lookup,
  source: Tensor | number,
  reduce: 'set' | 'add',
  inplace: boolean,
): Tensor {
  const others = isTensor(source) ? [source] : [];
  for (const other of others) checkSource(op, x, other);
  if (inplace) checkInplace(op, x, others);
  const out = inplace ? x : clone(x.detach());
  combine(op, out, lookup, source, reduce);
  if (needsGraph([x, ...others]) && isFloat(x.dtype)) {
    const shapes = others.map((other) => other.shape);
    const backward: Backward = ([grad], context) => {
      if (!grad) return [];
      const at = saved(lookup, context);
      const kept = (): Tensor => (reduce === 'add' ? grad : write(op, grad, at, 0, 'set', false));
      return [
        context.needs(0) ? kept() : undefined,
        ...shapes.map((shape) => (context.needs(1) ? sumTo(read(op, grad, at), shape) : undefined)),
      ];
    };
    const options = { saved: indicesOf(lookup) };
    if (inplace) rebaseHistory(nodeName(op), x, others, backward, options);
    else recordNode(nodeName(op), [x, ...others], [out], backward, options);
  }
  if (inplace) x.storage.version++;
  return out;
}

/** Combines `source` into `x` itself where the lookup says, without a record. */
export function combine(
  op: string,
  x: Tensor,
  lookup: Lookup,
  source: Tensor | number,
  reduce: ScatterProgram['reduce'],
): void {
  if (typeof source === 'number') checkFits(op, source, x.dtype);
  tidy(() => {
    // What a launch writes it may not read.
    const apart = (y: Tensor): Tensor => (y.storage === x.storage ? clone(y.detach()) : y);
    const readable = isTensor(source) ? apart(source) : x.filled(source, []);
    const dims = lookup.dims.map((dim) => (typeof dim === 'number' ? dim : { ...dim, index: apart(dim.index) }));
    const strides = broadcastStrides(readable.shape, readable.strides, lookup.shape);
    launch(op, x, { ...lookup, dims }, readable, strides, reduce);
  });
}

function checkSource(op: string, x: Tensor, source: Tensor): void {
  checkOperands(op, [x, source]);
  if (x.dtype === source.dtype) return;
  throw new DTypeError(
    op,
    `the tensor is ${x.dtype}, the source ${source.dtype}. Convert it with \`.to('${x.dtype}')\`.`,
  );
}
