// Pooling to a given size: window o of a dim covers ⌊o·I/O⌋ … ⌈(o+1)·I/O⌉ − 1. Where O divides I these are ordinary windows
// side by side. Elsewhere they begin and end unevenly, and a loop over all pairs of windows and elements asks of each
// whether it belongs together.

import { needsGraph, recordNode } from '../autograd/state.ts';
import { ShapeError, show } from '../errors.ts';
import { constant, mod, select, sizeOf, type Expr, type View } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { averageWindows } from './avg-pool.ts';
import { gather } from './gather-scatter.ts';
import type { LoopBuilder } from './loop-spec.ts';
import { loopOp, runLoop } from './loop.ts';
import { maxOverWindows, type MaxPoolOptions } from './max-pool.ts';
import { asBatch, perDim } from './per-dim.ts';
import { letGo, scratch } from './scratch.ts';
import { checkFloat, type Windows } from './windows.ts';

/** The size of the result in every spatial dim, or one for each; null keeps that of the input. */
export type OutputSize = number | readonly (number | null)[];

/** Ordinary windows, where they do the same. */
function evenWindows(image: readonly number[], out: readonly number[]): Windows | undefined {
  if (!image.every((n, d) => n > 0 && n % (out[d] ?? 0) === 0)) return undefined;
  const kernel = image.map((n, d) => n / (out[d] ?? 1));
  return { image, kernel, stride: kernel, padding: image.map(() => 0), dilation: image.map(() => 1), out };
}

/**
 * Whether an element of the image lies in a window, how many lie there and where the first one is, positions counted
 * row-major. Its scalars are `membershipScalars`.
 */
function membership(k: LoopBuilder, rank: number, window: Expr, element: Expr) {
  let inside = constant(1, 'bool');
  let [count, first, planeStride] = [constant(1, 'int32'), constant(0, 'int32'), constant(1, 'int32')];
  for (let d = rank - 1; d >= 0; d--) {
    const [out, size] = [k.scalar('int32'), k.scalar('int32')];
    const [o, i] = [mod(window, out), mod(element, size)];
    const start = o.mul(size).div(out);
    const end = o.add(1).mul(size).add(out.sub(1)).div(out);
    inside = inside.and(i.ge(start)).and(i.lt(end));
    count = count.mul(end.sub(start));
    first = first.add(start.mul(planeStride));
    planeStride = planeStride.mul(size);
    [window, element] = [window.div(out), element.div(size)];
  }
  return { inside, count, first };
}

const membershipScalars = (image: readonly number[], out: readonly number[]): number[] =>
  image.map((n, d) => [out[d] ?? 0, n]).reverse().flat(); // prettier-ignore

const averageOp = loopOp('adaptiveAvgPool', (k, rank: number) => {
  const { inside, count } = membership(k, rank, k.row, k.column);
  const x = k.input(0);
  k.perRow(k.sum(select(inside, x, 0)).div(count.cast(x.dtype)));
});
const spreadOp = loopOp('adaptiveAvgPool', (k, rank: number) => {
  const { inside, count } = membership(k, rank, k.column, k.row);
  const y = k.input(0);
  k.perRow(k.sum(select(inside, y.div(count.cast(y.dtype)), 0)));
});
const maxOp = loopOp('adaptiveMaxPool', (k, rank: number) => {
  const { inside, first } = membership(k, rank, k.row, k.column);
  const { value, position } = k.argmax(select(inside, k.input(0), -Infinity));
  k.perRow(value);
  // Where a window holds nothing but −∞, the first of all columns won, which may lie outside of it.
  k.perRow(select(value.eq(-Infinity), first, position));
});

/** A loop whose rows are [N, C, …to] and whose columns are the spatial dims of `t`. */
function across(t: Tensor, to: readonly number[]) {
  const [batch, spatial] = [t.shape.slice(0, 2), t.shape.slice(2)];
  const strides = [...t.strides.slice(0, 2), ...to.map(() => 0), ...t.strides.slice(2)];
  const views: View[] = [{ offset: t.offset, strides }];
  return { shape: [...batch, ...to, ...spatial], columns: spatial.map((_, d) => 2 + to.length + d), views };
}

function average(op: string, x: Tensor, out: readonly number[]): Tensor {
  const image = x.shape.slice(2);
  const run = { ...across(x, out), scalars: membershipScalars(image, out) };
  const [made] = runLoop(averageOp([x], out.length), [x.detach()], run) as [Tensor];
  if (needsGraph([x])) recordNode(op, [x], [made], ([grad]) => [grad && spread(op, grad, image)]);
  return made;
}

/** The adjoint of `average`. */
function spread(op: string, y: Tensor, image: readonly number[]): Tensor {
  const out = y.shape.slice(2);
  const run = { ...across(y, image), scalars: membershipScalars(image, out) };
  const [made] = runLoop(spreadOp([y], out.length), [y.detach()], run) as [Tensor];
  if (needsGraph([y])) recordNode(op, [y], [made], ([grad]) => [grad && average(op, grad, out)]);
  return made;
}

function largest(x: Tensor, out: readonly number[]): [values: Tensor, indices: Tensor] {
  const run = { ...across(x, out), scalars: membershipScalars(x.shape.slice(2), out) };
  const [values, indices] = runLoop(maxOp([x], out.length), [x.detach()], run) as [Tensor, Tensor];
  if (!needsGraph([x])) return [values, indices];
  const picked = gather(x.flatten(2), 2, indices.flatten(2)).reshape(values.shape);
  letGo([values]);
  return [picked, indices];
}

function prepare(op: string, x: Tensor, outputSize: OutputSize): { out: number[]; even: Windows | undefined } {
  checkFloat(op, x);
  const image = x.shape.slice(2);
  if (sizeOf(image) === 0)
    throw new ShapeError(op, `the input ${show(x.shape)} has no elements to pool. Give it some.`);
  const asked = typeof outputSize === 'number' ? outputSize : outputSize.map((n, d) => n ?? image[d] ?? 0);
  const out = perDim(op, 'outputSize', asked, image.length, 0);
  return { out, even: evenWindows(image, out) };
}

function adaptiveAvgPool(rank: number, input: Tensor, outputSize: OutputSize): Tensor {
  const op = `adaptiveAvgPool${rank}d`;
  return asBatch(op, input, rank, (x, finish) => {
    const { out, even } = prepare(op, x, outputSize);
    return finish(even ? averageWindows(op, even, x, sizeOf(even.kernel)) : average(op, x, out));
  });
}

/** Means of windows that share out the input as evenly as whole numbers can: x [N, C, L] or [C, L] of floats. torch.nn.functional.adaptive_avg_pool1d */
export function adaptiveAvgPool1d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptiveAvgPool(1, x, outputSize);
}

/** As adaptiveAvgPool1d over two dims: x [N, C, H, W] or [C, H, W]. torch.nn.functional.adaptive_avg_pool2d */
export function adaptiveAvgPool2d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptiveAvgPool(2, x, outputSize);
}

/** As adaptiveAvgPool1d over three dims: x [N, C, D, H, W] or [C, D, H, W]. torch.nn.functional.adaptive_avg_pool3d */
export function adaptiveAvgPool3d(x: Tensor, outputSize: OutputSize): Tensor {
  return adaptiveAvgPool(3, x, outputSize);
}

export type AdaptiveMaxPoolOptions = Pick<MaxPoolOptions, 'returnIndices'>;

/** With `returnIndices` the values and where they were found, else the values alone. */
export interface AdaptiveMaxPool {
  (x: Tensor, outputSize: OutputSize, options?: { readonly returnIndices?: false }): Tensor;
  (x: Tensor, outputSize: OutputSize, options: { readonly returnIndices: true }): [output: Tensor, indices: Tensor];
  (x: Tensor, outputSize: OutputSize, options?: AdaptiveMaxPoolOptions): Tensor | [output: Tensor, indices: Tensor];
}

function adaptiveMaxPool(rank: number): AdaptiveMaxPool {
  const op = `adaptiveMaxPool${rank}d`;
  const pool = (
    input: Tensor,
    outputSize: OutputSize,
    { returnIndices = false }: AdaptiveMaxPoolOptions = {},
  ): Tensor | [Tensor, Tensor] =>
    scratch([input], () =>
      asBatch(op, input, rank, (x, finish) => {
        const { out, even } = prepare(op, x, outputSize);
        const [values, indices] = even ? maxOverWindows(op, x, even, returnIndices) : largest(x, out);
        return returnIndices && indices ? [finish(values), finish(indices)] : finish(values);
      }),
    );
  return pool as AdaptiveMaxPool;
}

/**
 * The largest of windows that share out the input as evenly as whole numbers can: x [N, C, L] or [C, L] of floats; NaN wins.
 * torch.nn.functional.adaptive_max_pool1d
 */
export const adaptiveMaxPool1d: AdaptiveMaxPool = adaptiveMaxPool(1);

/** As adaptiveMaxPool1d over two dims: x [N, C, H, W] or [C, H, W]. torch.nn.functional.adaptive_max_pool2d */
export const adaptiveMaxPool2d: AdaptiveMaxPool = adaptiveMaxPool(2);

/** As adaptiveMaxPool1d over three dims: x [N, C, D, H, W] or [C, D, H, W]. torch.nn.functional.adaptive_max_pool3d */
export const adaptiveMaxPool3d: AdaptiveMaxPool = adaptiveMaxPool(3);
