// Movement that needs memory: one loop each, often over a guarded view.

import { ShapeError, show } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import type { Device } from '../device.ts';
import { contiguousStrides, isContiguous, isDType, isFloat, sizeOf, type DType, type Guard } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { normaliseDim, sameShape } from '../shape.ts';
import { checkSameDevice, makeTensor, wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

const cloneOp = loopOp('Clone', (k) => k.perElement(k.input(0)));
const castOp = loopOp('ToCopy', (k, dtype: DType) => k.perElement(k.input(0).cast(dtype)));
const copyOp = loopOp('Copy', (k, dtype: DType) => k.perElement(k.input(1).cast(dtype)));
const fillOp = loopOp('Fill', (k) => k.perElement(k.scalar(k.input(0).dtype)));
const fullOp = loopOp('Full', (k, dtype: DType) => k.perElement(k.scalar(dtype)));
const movedOp = loopOp('Moved', (k) => k.perElement(k.input(0)));

/** A copy with memory of its own, dense and row-major. torch.clone */
export function clone(x: Tensor): Tensor {
  return runLoop(cloneOp([x]), [x])[0] as Tensor;
}

/** `x` itself if it is dense and row-major, else a copy that is. torch.Tensor.contiguous */
export function contiguous(x: Tensor): Tensor {
  return isContiguous(x.shape, x.strides) ? x : clone(x);
}

/** `x` converted to a dtype; `x` itself if it has it. torch.Tensor.to */
export function toDType(x: Tensor, dtype: DType): Tensor {
  if (!isDType(dtype)) throw new TypeError(`to: there is no dtype "${String(dtype)}".`);
  return x.dtype === dtype ? x : (runLoop(castOp([x], dtype), [x])[0] as Tensor);
}

/** Overwrites `x` with `source`, broadcast and converted. torch.Tensor.copy_ */
export function copy_(x: Tensor, source: Tensor): Tensor {
  runLoop(copyOp([x, source], x.dtype), [x, source], { inplace: [x], shape: x.shape });
  return x;
}

/** Sets every element. torch.Tensor.fill_ */
export function fill_(x: Tensor, value: number | boolean | Tensor): Tensor {
  if (typeof value === 'object') {
    if (value.shape.length > 0) throw new ShapeError('fill_', `the value has shape ${show(value.shape)}. It must be a number or a 0-dim tensor.`);
    return copy_(x, value);
  }
  runLoop(fillOp([x]), [x], { inplace: [x], scalars: [Number(value)] });
  return x;
}

/** Sets every element to 0. torch.Tensor.zero_ */
export function zero_(x: Tensor): Tensor {
  return fill_(x, 0);
}

/** A new tensor, every element `value`. */
export function filled(device: Device, dtype: DType, shape: readonly number[], value: number | boolean): Tensor {
  const made = makeTensor(device, dtype, shape);
  const number = dtype === 'bool' ? Number(Boolean(value)) : Number(value);
  runLoop(fullOp([], dtype), [], { out: [made], shape, scalars: [number] });
  return made;
}

/** A copy in a new storage of `length` elements, walked by given strides and offset; what lies between is 0. */
export function stridedCopy(
  x: Tensor,
  geometry: { strides: readonly number[]; offset: number; length: number } = { strides: contiguousStrides(x.shape), offset: 0, length: sizeOf(x.shape) },
): Tensor {
  const flat = x.zeros([geometry.length]);
  const made = wrapStorage(flat.storage, x.shape, geometry.strides, geometry.offset);
  runLoop(cloneOp([x]), [x.detach()], { out: [made] });
  if (needsGraph([x])) recordNode('StridedCopy', [x], [made], ([grad]) => [grad]);
  return made;
}

/** A dense copy whose storage begins with it: what `asStrided` offsets may count on. */
export function copyStrided(x: Tensor): Tensor {
  return x.offset === 0 && isContiguous(x.shape, x.strides) ? x : clone(x);
}

/** Copies `x` into a larger shape through guards; outside of them `fill`. No gradient by itself. */
function guarded(x: Tensor, shape: readonly number[], guards: readonly Guard[], fill: number): Tensor {
  const strides = x.strides.map((stride, d) => (guards.some((guard) => guard.coefficients[d] !== 0) ? 0 : stride));
  const made = makeTensor(x.device, x.dtype, shape);
  runLoop(movedOp([x]), [x.detach()], { out: [made], shape, views: [{ offset: x.offset, strides, guards, fill }] });
  return made;
}

const oneHot = (rank: number, d: number): number[] => Array.from({ length: rank }, (_, k) => (k === d ? 1 : 0));

/** The adjoint of a slice: zeros of `shape` with `x` at start, start + step, … of a dim. */
export function placeAlong(x: Tensor, shape: readonly number[], d: number, start: number, step: number): Tensor {
  const guard: Guard = { coefficients: oneHot(shape.length, d), start: -start, step, size: x.shape[d] ?? 0, stride: x.strides[d] ?? 0 };
  const made = guarded(x, shape, [guard], 0);
  const count = x.shape[d] ?? 0;
  if (needsGraph([x])) {
    recordNode('Place', [x], [made], ([grad]) => [grad && grad.slice(d, start, count === 0 ? start : start + (count - 1) * step + 1, step)]);
  }
  return made;
}

export interface PadOptions {
  readonly mode?: 'constant';
  /** What the border holds. Default 0. */
  readonly value?: number;
}

/**
 * A border around the last dims: `padding` is [before, after] of the last dim, then of the one before it, …; negative
 * ones cut off. torch.nn.functional.pad (mode 'constant')
 */
export function padConstant(x: Tensor, padding: readonly number[], value = 0): Tensor {
  const rank = x.shape.length;
  if (padding.length % 2 !== 0 || padding.length > 2 * rank) {
    throw new ShapeError('pad', `padding ${show(padding)} does not fit shape ${show(x.shape)}. Give a pair for each of the last dims.`);
  }
  const before = x.shape.map((_, d) => padding[2 * (rank - 1 - d)] ?? 0);
  const after = x.shape.map((_, d) => padding[2 * (rank - 1 - d) + 1] ?? 0);
  const shape = x.shape.map((n, d) => n + (before[d] ?? 0) + (after[d] ?? 0));
  if (shape.some((n) => n < 0)) throw new ShapeError('pad', `padding ${show(padding)} cuts shape ${show(x.shape)} down to ${show(shape)}. Cut off less.`);
  const guards = x.shape.flatMap((size, d): Guard[] =>
    before[d] || after[d] ? [{ coefficients: oneHot(rank, d), start: -(before[d] ?? 0), step: 1, size, stride: x.strides[d] ?? 0 }] : [],
  );
  const made = guarded(x, shape, guards, value);
  if (needsGraph([x])) recordNode('ConstantPad', [x], [made], ([grad]) => [grad && padConstant(grad, padding.map((n) => -n))]);
  return made;
}

/** The order of dims turned around. torch.flip */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  const turned = (typeof dims === 'number' ? [dims] : dims).map((d) => normaliseDim('flip', d, x.shape.length));
  const made = makeTensor(x.device, x.dtype, x.shape);
  const strides = x.strides.map((s, d) => (turned.includes(d) ? -s : s));
  const offset = turned.reduce((sum, d) => sum + Math.max(0, (x.shape[d] ?? 1) - 1) * (x.strides[d] ?? 0), x.offset);
  runLoop(movedOp([x]), [x.detach()], { out: [made], shape: x.shape, views: [{ offset, strides }] });
  if (needsGraph([x])) recordNode('Flip', [x], [made], ([grad]) => [grad && flip(grad, turned)]);
  return made;
}

/** Tensors one after another along a dim; dtypes are promoted. torch.cat */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const [head] = tensors;
  if (!head) throw new ShapeError('cat', 'there is nothing to join: the list is empty. Give at least one tensor.');
  // As in PyTorch an empty 1-dim tensor joins with anything.
  const isBlank = (x: Tensor): boolean => x.shape.length === 1 && x.shape[0] === 0;
  const model = tensors.find((x) => !isBlank(x)) ?? head;
  const d = normaliseDim('cat', dim, model.shape.length);
  if (model.shape.length === 0) throw new ShapeError('cat', '0-dim tensors cannot be joined. Use stack.');
  tensors.forEach((x, k) => {
    checkSameDevice('cat', head.device, x.device);
    if (isBlank(x) || sameShape(x.shape.toSpliced(d, 1), model.shape.toSpliced(d, 1))) return;
    throw new ShapeError('cat', `tensor ${k} has shape ${show(x.shape)}, others ${show(model.shape)}. All sizes but that of dim ${dim} must be equal.`);
  });
  const dtype = resultType(...tensors);
  const sizes = tensors.map((x) => (isBlank(x) && model.shape.length !== 1 ? 0 : (x.shape[d] ?? 0)));
  const made = makeTensor(head.device, dtype, model.shape.with(d, sizes.reduce((a, b) => a + b, 0)));
  let start = 0;
  tensors.forEach((x, k) => {
    const size = sizes[k] ?? 0;
    const part = wrapStorage(made.storage, x.shape, made.strides, made.offset + start * (made.strides[d] ?? 0));
    if (size > 0) runLoop(castOp([x], dtype), [x.detach()], { out: [part] });
    start += size;
  });
  if (needsGraph(tensors) && isFloat(dtype)) {
    recordNode('Cat', tensors, [made], ([grad], context) => {
      let at = 0;
      return tensors.map((x, k) => {
        const from = at;
        at += sizes[k] ?? 0;
        return grad && context.needs(k) ? grad.narrow(d, from, sizes[k] ?? 0).reshape(x.shape) : undefined;
      });
    });
  }
  return made;
}

/** Tensors of one shape along a new dim. torch.stack */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const [head] = tensors;
  if (!head) throw new ShapeError('stack', 'there is nothing to stack: the list is empty. Give at least one tensor.');
  tensors.forEach((x, k) => {
    if (sameShape(x.shape, head.shape)) return;
    throw new ShapeError('stack', `tensor ${k} has shape ${show(x.shape)}, the first ${show(head.shape)}. All must be equal.`);
  });
  const d = normaliseDim('stack', dim, head.shape.length + 1);
  return cat(tensors.map((x) => x.unsqueeze(d)), d);
}

/** `x` repeated along each dim. torch.Tensor.repeat */
export function repeat(x: Tensor, repeats: readonly number[]): Tensor {
  const missing = repeats.length - x.shape.length;
  if (missing < 0 || repeats.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError('repeat', `repeats ${show(repeats)} do not fit shape ${show(x.shape)}. Give a number ≥ 0 for each dim.`);
  }
  const shape = [...new Array<number>(missing).fill(1), ...x.shape];
  const spread = shape.flatMap((n, d) => [repeats[d] ?? 1, n]);
  const whole = shape.map((n, d) => n * (repeats[d] ?? 1));
  return x.reshape(shape.flatMap((n) => [1, n])).expand(spread).clone().reshape(whole);
}

/** As `repeat`, with missing repeats taken as 1. torch.tile */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  return repeat(x, [...new Array<number>(Math.max(0, x.shape.length - repeats.length)).fill(1), ...repeats]);
}

/** Elements shifted along dims, coming in again at the other end; without dims on the flattened tensor. torch.roll */
export function roll(x: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
  if (dims === undefined) {
    if (typeof shifts !== 'number') throw new ShapeError('roll', 'several shifts need as many dims. Name them.');
    return roll(x.flatten(), shifts, 0).reshape(x.shape);
  }
  const by = typeof shifts === 'number' ? [shifts] : shifts;
  const along = typeof dims === 'number' ? [dims] : dims;
  if (by.length !== along.length) throw new ShapeError('roll', `there are ${by.length} shifts and ${along.length} dims. Give one shift per dim.`);
  return along.reduce((result, dim, k) => {
    const d = normaliseDim('roll', dim, x.shape.length);
    const n = x.shape[d] ?? 0;
    const shift = n === 0 ? 0 : (((by[k] ?? 0) % n) + n) % n;
    return shift === 0 ? result.clone() : cat([result.narrow(d, n - shift, shift), result.narrow(d, 0, n - shift)], d);
  }, x);
}

