// Movement without copying: every result shares the memory of its input. Gradients move the other way.

import { ShapeError, show } from '../errors.ts';
import { markOneOfMany, needsGraph, recordNode } from '../autograd/state.ts';
import { dispatch } from '../dispatch.ts';
import { program, sizeOf, type OperandType, type ScatterProgram } from '../kernel/index.ts';
import { broadcastStrides, inferShape, normaliseDim, normaliseDims, viewStrides } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './loop.ts';
import { makeView, scatterBack, type Back } from './make-view.ts';
import { placeAlong } from './place.ts';
import { operandType, programMemo } from './program-memo.ts';

const reshaping =
  (shape: readonly number[]): Back =>
  (grad) =>
    grad.reshape(shape);
const permuting =
  (dims: readonly number[]): Back =>
  (grad) =>
    grad.permute(dims);
const summing =
  (shape: readonly number[]): Back =>
  (grad) =>
    sumTo(grad, shape);
const placing =
  (shape: readonly number[], d: number, start: number, step: number): Back =>
  (grad) =>
    placeAlong(grad.ndim < shape.length ? grad.unsqueeze(d) : grad, shape, d, start, step);

/** The same elements under another shape, without a copy; one size may be −1. Throws where the strides do not allow it. torch.Tensor.view */
export function view(x: Tensor, shape: readonly number[]): Tensor {
  const target = inferShape('view', shape, sizeOf(x.shape));
  const strides = viewStrides(x.shape, x.strides, target);
  if (!strides) {
    throw new ShapeError(
      'view',
      `a tensor of shape ${show(x.shape)} and strides ${show(x.strides)} cannot be seen as ${show(target)} without a copy. Use reshape.`,
    );
  }
  return makeView('view', x, { shape: target, strides }, reshaping(x.shape));
}

/** The same elements under another shape: a view where possible, a copy elsewhere. torch.reshape */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const target = inferShape('reshape', shape, sizeOf(x.shape));
  const strides = viewStrides(x.shape, x.strides, target);
  return strides ? makeView('reshape', x, { shape: target, strides }, reshaping(x.shape)) : view(x.clone(), target);
}

/** Dims in another order. torch.permute */
export function permute(x: Tensor, dims: readonly number[]): Tensor {
  const order = dims.map((d) => normaliseDim('permute', d, x.shape.length));
  if (order.length !== x.shape.length || new Set(order).size !== order.length) {
    throw new ShapeError(
      'permute',
      `dims ${show(dims)} do not name each of the ${x.shape.length} dims of ${show(x.shape)} once.`,
    );
  }
  const inverse = order.map((_, d) => order.indexOf(d));
  const geometry = { shape: order.map((d) => x.shape[d] ?? 1), strides: order.map((d) => x.strides[d] ?? 0) };
  return makeView('permute', x, geometry, permuting(inverse));
}

/** Two dims exchanged. torch.transpose */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  const rank = x.shape.length;
  const [a, b] = [normaliseDim('transpose', dim0, rank), normaliseDim('transpose', dim1, rank)];
  return permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

/** A matrix transposed; tensors of fewer dims as they are. torch.t */
export function t(x: Tensor): Tensor {
  if (x.shape.length > 2)
    throw new ShapeError('t', `it takes at most 2 dims, not ${show(x.shape)}. Use transpose or permute.`);
  return x.shape.length < 2 ? view(x, x.shape) : transpose(x, 0, 1);
}

/** Dims moved to other places, the rest in order. torch.movedim */
export function movedim(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const rank = x.shape.length;
  const list = (dims: number | readonly number[]): number[] =>
    (typeof dims === 'number' ? [dims] : [...dims]).map((d) => normaliseDim('movedim', d, rank));
  const from = list(source);
  const to = list(destination);
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ShapeError(
      'movedim',
      `source ${show(from)} and destination ${show(to)} must name the same number of different dims.`,
    );
  }
  const rest = x.shape.flatMap((_, d) => (from.includes(d) ? [] : [d]));
  const order = x.shape.map((_, d) => (to.includes(d) ? (from[to.indexOf(d)] ?? d) : (rest.shift() ?? d)));
  return permute(x, order);
}

/** Dims of size 1 made larger without memory; −1 keeps a size; dims may be added in front. torch.Tensor.expand */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  const missing = shape.length - x.shape.length;
  const target = shape.map((n, d) => (n === -1 && d >= missing ? (x.shape[d - missing] ?? 1) : n));
  const fits =
    missing >= 0 && x.shape.every((n, d) => n === 1 || n === target[d + missing]) && target.every((n) => n >= 0);
  if (!fits) {
    throw new ShapeError(
      'expand',
      `shape ${show(x.shape)} does not expand to ${show(shape)}. Only dims of size 1 can grow, and new dims come in front.`,
    );
  }
  const strides = broadcastStrides(x.shape, x.strides, target);
  return makeView('expand', x, { shape: target, strides }, summing(x.shape));
}

/** `x` expanded to the shape of another. torch.Tensor.expand_as */
export function expandAs(x: Tensor, other: Tensor): Tensor {
  return expand(x, other.shape);
}

/** `x` expanded to a shape. torch.broadcast_to */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  return expand(x, shape);
}

/** `x` reshaped to the shape of another. torch.Tensor.reshape_as */
export function reshapeAs(x: Tensor, other: Tensor): Tensor {
  return reshape(x, other.shape);
}

/** `x` viewed in the shape of another. torch.Tensor.view_as */
export function viewAs(x: Tensor, other: Tensor): Tensor {
  return view(x, other.shape);
}

/** Without dims of size 1: all of them, or the named ones where their size is 1. torch.squeeze */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  const dims = normaliseDims('squeeze', dim, x.shape.length);
  const kept = x.shape.flatMap((n, d) => (n === 1 && dims.includes(d) ? [] : [d]));
  const geometry = { shape: kept.map((d) => x.shape[d] ?? 1), strides: kept.map((d) => x.strides[d] ?? 0) };
  return makeView('squeeze', x, geometry, reshaping(x.shape));
}

/** With a dim of size 1 at `dim`. torch.unsqueeze */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  const d = normaliseDim('unsqueeze', dim, x.shape.length + 1);
  const stride = (x.shape[d] ?? 1) * (x.strides[d] ?? 1);
  const geometry = { shape: x.shape.toSpliced(d, 0, 1), strides: x.strides.toSpliced(d, 0, stride) };
  return makeView('unsqueeze', x, geometry, reshaping(x.shape));
}

/** The dims from startDim to endDim as one. torch.flatten */
export function flatten(x: Tensor, startDim = 0, endDim = -1): Tensor {
  const rank = x.shape.length;
  if (rank === 0) return reshape(x, [1]);
  const [start, end] = [normaliseDim('flatten', startDim, rank), normaliseDim('flatten', endDim, rank)];
  if (start > end)
    throw new ShapeError(
      'flatten',
      `startDim ${startDim} comes after endDim ${endDim} in ${show(x.shape)}. Exchange them.`,
    );
  if (start === end) return x;
  return reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)]);
}

/** One dim split into several; one of `sizes` may be −1. torch.unflatten */
export function unflatten(x: Tensor, dim: number, sizes: readonly number[]): Tensor {
  const d = normaliseDim('unflatten', dim, x.shape.length);
  const inner = inferShape('unflatten', sizes, x.shape[d] ?? 1);
  return view(x, [...x.shape.slice(0, d), ...inner, ...x.shape.slice(d + 1)]);
}

/** `length` elements of a dim from `start` on. torch.narrow */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const d = normaliseDim('narrow', dim, x.shape.length);
  const n = x.shape[d] ?? 0;
  const from = start < 0 ? start + n : start;
  if (!Number.isInteger(from) || from < 0 || length < 0 || from + length > n) {
    throw new ShapeError(
      'narrow',
      `start ${start} and length ${length} leave dim ${dim} of ${show(x.shape)}. They must lie within its size ${n}.`,
    );
  }
  return strided(x, d, from, length, 1);
}

/** Elements start, start + step, … before `end` of a dim; bounds count from the end if negative and are cut off, as in Python. */
export function slice(x: Tensor, dim: number, start?: number | null, end?: number | null, step = 1): Tensor {
  const d = normaliseDim('slice', dim, x.shape.length);
  if (!Number.isInteger(step) || step < 1)
    throw new ShapeError('slice', `step ${step} is not a positive integer. Use flip to turn a dim around.`);
  const n = x.shape[d] ?? 0;
  const bound = (v: number | null | undefined, standard: number): number =>
    v === undefined || v === null ? standard : Math.min(Math.max(v < 0 ? v + n : v, 0), n);
  const from = bound(start, 0);
  const count = Math.max(0, Math.ceil((bound(end, n) - from) / step));
  return strided(x, d, from, count, step);
}

function strided(x: Tensor, d: number, start: number, count: number, step: number): Tensor {
  const stride = x.strides[d] ?? 0;
  const geometry = {
    shape: x.shape.with(d, count),
    strides: x.strides.with(d, stride * step),
    offset: x.offset + (count > 0 ? start * stride : 0),
  };
  return makeView('slice', x, geometry, placing(x.shape, d, start, step));
}

/** One position of a dim; the dim goes. torch.select */
export function select(x: Tensor, dim: number, index: number): Tensor {
  if (x.shape.length === 0)
    throw new ShapeError('select', 'a 0-dim tensor has no dim to select from. Use item() to read it.');
  const d = normaliseDim('select', dim, x.shape.length);
  const n = x.shape[d] ?? 0;
  const at = index < 0 ? index + n : index;
  if (!Number.isInteger(index) || at < 0 || at >= n) {
    throw new ShapeError(
      'select',
      `index ${index} is out of range for dim ${dim} of ${show(x.shape)}. Use ${-n} … ${n - 1}.`,
    );
  }
  const geometry = {
    shape: x.shape.toSpliced(d, 1),
    strides: x.strides.toSpliced(d, 1),
    offset: x.offset + at * (x.strides[d] ?? 0),
  };
  return makeView('select', x, geometry, placing(x.shape, d, at, 1));
}

/** Pieces of `size` along a dim, the last one smaller; or pieces of the given sizes. torch.split */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const d = normaliseDim('split', dim, x.shape.length);
  const n = x.shape[d] ?? 0;
  if (typeof size === 'number' && (size < 0 || (size === 0 && n > 0))) {
    throw new ShapeError('split', `pieces of ${size} do not cover dim ${dim} of size ${n}. Use a positive size.`);
  }
  const count = typeof size === 'number' ? Math.max(1, Math.ceil(n / Math.max(size, 1))) : 0;
  const sizes = typeof size === 'number' ? Array.from({ length: count }, (_, k) => Math.min(size, n - k * size)) : size;
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total !== n)
    throw new ShapeError(
      'split',
      `sizes ${show(sizes)} sum to ${total}, dim ${dim} of ${show(x.shape)} has ${n}. They must be equal.`,
    );
  let start = 0;
  return markOneOfMany(sizes.map((length) => narrow(x, d, (start += length) - length, length)));
}

/** At most `chunks` pieces of equal size along a dim, the last one smaller. torch.chunk */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  if (!Number.isInteger(chunks) || chunks < 1)
    throw new ShapeError('chunk', `${chunks} chunks cannot be made. Use a positive integer.`);
  const n = x.shape[normaliseDim('chunk', dim, x.shape.length)] ?? 0;
  return n === 0 ? split(x, new Array<number>(chunks).fill(0), dim) : split(x, Math.ceil(n / chunks), dim);
}

/** All positions of a dim, each without it. torch.unbind */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  if (x.shape.length === 0)
    throw new ShapeError('unbind', 'a 0-dim tensor has no dim to take apart. Use item() to read it.');
  const d = normaliseDim('unbind', dim, x.shape.length);
  return markOneOfMany(Array.from({ length: x.shape[d] ?? 0 }, (_, k) => select(x, d, k)));
}

/** Memory as one likes to walk it: a view of given shape, strides and offset. torch.as_strided */
export function asStrided(x: Tensor, shape: readonly number[], strides: readonly number[], offset = x.offset): Tensor {
  const last = shape.some((n) => n === 0) ? 0 : shape.reduce((sum, n, d) => sum + (n - 1) * (strides[d] ?? 0), offset);
  if (
    shape.length !== strides.length ||
    offset < 0 ||
    strides.some((s) => s < 0) ||
    last >= Math.max(x.storage.length, 1)
  ) {
    throw new ShapeError(
      'asStrided',
      `shape ${show(shape)}, strides ${show(strides)} and offset ${offset} reach element ${last} of a storage of ${x.storage.length}. Stay within it.`,
    );
  }
  const geometry = { shape: [...shape], strides: [...strides], offset };
  return makeView('asStrided', x, geometry, scatterBack(x, geometry));
}

const addProgram = programMemo<ScatterProgram>((operands) => {
  const [source, output] = operands as [OperandType, OperandType];
  const rank = source.strides.length;
  return program<ScatterProgram>({ kind: 'scatter', rank, wrap: false, reduce: 'add', inputs: [source], output });
});

/**
 * The adjoint of `asStrided`: a flat tensor of `length` zeros to which the elements of `x` are added where a view of
 * these strides and offset would read them. Elements that fall together are summed.
 */
export function asStridedAdjoint(x: Tensor, strides: readonly number[], offset: number, length: number): Tensor {
  const flat = x.zeros([length]);
  if (sizeOf(x.shape) > 0) {
    dispatch({
      device: x.device,
      program: addProgram([operandType(x.dtype, x.strides), operandType(x.dtype, strides)]),
      sizes: x.shape,
      operands: [x, { storage: flat.storage, strides, offset }],
      scalars: [],
    });
  }
  if (needsGraph([x]))
    recordNode('asStridedAdjoint', [x], [flat], ([grad]) => [
      grad && fromStart(grad).asStrided(x.shape, strides, offset),
    ]);
  return flat;
}

/** A dense tensor whose storage begins with it: what absolute offsets may count on. */
function fromStart(x: Tensor): Tensor {
  return x.offset === 0 && x.isContiguous() ? x : x.clone();
}
