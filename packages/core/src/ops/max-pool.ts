// Max pooling: a loop over windows that keeps the largest element and, for the gradient, where in the image it lies. The
// gradient takes to each element of the image what the windows that chose it got; its own gradient takes it back.

import { recordNode, needsGraph } from '../autograd/state.ts';
import { freeInternal } from '../dispatch.ts';
import { constant, mod, select, type Expr } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from './fill.ts';
import type { LoopBuilder } from './loop-spec.ts';
import { loopOp, runLoop } from './loop.ts';
import { asBatch, type PerDim } from './per-dim.ts';
import { overImage, overWindows, windowsOf, type WindowOptions, type Windows } from './windows.ts';

export interface MaxPoolOptions extends WindowOptions {
  /** The distance of a window's elements. Default 1. */
  readonly dilation?: PerDim;
  /** Also return where each value was found, counted row-major over the spatial dims (int32). Default false. */
  readonly returnIndices?: boolean;
}

/** Where in the plane of its image element `position` of a window lies. Its scalars are `planeScalars`. */
function planeIndex(k: LoopBuilder, rank: number, position: Expr): Expr {
  const number = (): Expr => k.scalar('int32');
  let [window, column] = [k.row, position];
  let index: Expr = constant(0, 'int32');
  let planeStride: Expr = constant(1, 'int32');
  for (let d = rank - 1; d >= 0; d--) {
    const [out, kernel, stride, dilation, padding, size] = [number(), number(), number(), number(), number(), number()];
    const at = mod(window, out).mul(stride).add(mod(column, kernel).mul(dilation)).sub(padding);
    index = index.add(at.mul(planeStride));
    planeStride = planeStride.mul(size);
    [window, column] = [window.div(out), column.div(kernel)];
  }
  return index;
}

function planeScalars(w: Windows): number[] {
  const lists = [w.out, w.kernel, w.stride, w.dilation, w.padding, w.image];
  const last = w.image.length - 1;
  return w.image.flatMap((_, d) => lists.map((list) => list[last - d] ?? 0));
}

const valueOp = loopOp('maxPool', (k) => k.perRow(k.max(k.input(0))));
const chooseOp = loopOp('maxPool', (k) => {
  const { value, position } = k.argmax(k.input(0));
  k.perRow(value);
  k.perRow(position);
});
/** In a window of nothing but −∞ the padding comes first, and is not to be chosen: input 1 is false there. */
const chooseInsideOp = loopOp('maxPool', (k) => {
  const x = k.input(0);
  const largest = k.max(x);
  const { position } = k.argmax(k.input(1).and(x.eq(largest).or(x.isNaN())));
  k.perRow(largest);
  k.perRow(position);
});
const planeIndexOp = loopOp('maxPool', (k, rank: number) => k.perElement(planeIndex(k, rank, k.input(0))));
const spreadOp = loopOp('maxPool', (k) => k.perRow(k.sum(select(k.input(1).eq(k.input(2)), k.input(0), 0))));
const pickOp = loopOp('maxPool', (k) => k.perRow(k.sum(select(k.input(1).eq(k.column), k.input(0), 0))));
const countOp = loopOp('maxPool', (k) => k.perElement(k.row));

/** To every element of the image the sum of what the windows that chose it have. */
function spread(op: string, w: Windows, y: Tensor, positions: Tensor): Tensor {
  const batch = y.shape.slice(0, 2);
  const { shape, columns, guarded, element } = overImage(w, batch);
  // Which element of a window an element of the image is, as a walk over 0, 1, 2, …
  const count = makeTensor(y.device, 'int32', [element.length]);
  runLoop(countOp([]), [], { shape: [element.length], out: [count] });
  const [flat] = runLoop(spreadOp([y, positions, count]), [y.detach(), positions, count], {
    shape,
    columns,
    views: [guarded(y, 0), guarded(positions, -1), { offset: 0, strides: element.strides }],
  });
  freeInternal(count.storage);
  const made = (flat as Tensor).reshape([...batch, ...w.image]);
  if (needsGraph([y]))
    recordNode(op, [y], [made], ([grad], context) => [grad && pick(op, w, grad, context.saved(0))], {
      saved: [positions],
    });
  return made;
}

/** To every window the element of the image that it chose: the adjoint of `spread`. */
function pick(op: string, w: Windows, x: Tensor, positions: Tensor): Tensor {
  const { shape, columns, guarded, plain } = overWindows(w, x.shape.slice(0, 2));
  const [made] = runLoop(pickOp([x, positions]), [x.detach(), positions], {
    shape,
    columns,
    views: [guarded(x, 0), plain(positions)],
  }) as [Tensor];
  if (needsGraph([x]))
    recordNode(op, [x], [made], ([grad], context) => [grad && spread(op, w, grad, context.saved(0))], {
      saved: [positions],
    });
  return made;
}

/** The largest of each window, and which element of the window it is. */
function choose(x: Tensor, w: Windows): [values: Tensor, positions: Tensor] {
  const { shape, columns, guarded } = overWindows(w, x.shape.slice(0, 2));
  const view = guarded(x, -Infinity);
  if (!view.guards) return runLoop(chooseOp([x]), [x], { shape, columns, views: [view] }) as [Tensor, Tensor];
  const inside = filled(x.device, 'bool', [], true);
  const views = [view, guarded(inside, 0)];
  const made = runLoop(chooseInsideOp([x, inside]), [x, inside], { shape, columns, views }) as [Tensor, Tensor];
  freeInternal(inside.storage);
  return made;
}

/** The largest of each window, and with `returnIndices` where it lies, else undefined. */
export function maxOverWindows(
  op: string,
  x: Tensor,
  w: Windows,
  returnIndices: boolean,
): [Tensor, Tensor | undefined] {
  const input = x.detach();
  const recorded = needsGraph([x]);
  if (!recorded && !returnIndices) {
    const { shape, columns, guarded } = overWindows(w, x.shape.slice(0, 2));
    const views = [guarded(x, -Infinity)];
    return [runLoop(valueOp([input]), [input], { shape, columns, views })[0] as Tensor, undefined];
  }
  const [values, positions] = choose(input, w);
  const indices = returnIndices
    ? (runLoop(planeIndexOp([positions], w.image.length), [positions], { scalars: planeScalars(w) })[0] as Tensor)
    : undefined;
  if (recorded) {
    const node = recordNode(op, [x], [values], ([grad], context) => [grad && spread(op, w, grad, context.saved(0))]);
    node.save(positions, true);
  } else freeInternal(positions.storage);
  return [values, indices];
}

/** With `returnIndices` the values and where they were found, else the values alone. */
export interface MaxPool {
  (x: Tensor, kernelSize: PerDim, options?: MaxPoolOptions & { readonly returnIndices?: false }): Tensor;
  (
    x: Tensor,
    kernelSize: PerDim,
    options: MaxPoolOptions & { readonly returnIndices: true },
  ): [output: Tensor, indices: Tensor];
  (x: Tensor, kernelSize: PerDim, options?: MaxPoolOptions): Tensor | [output: Tensor, indices: Tensor];
}

function maxPool(rank: number): MaxPool {
  const op = `maxPool${rank}d`;
  const pool = (input: Tensor, kernelSize: PerDim, options: MaxPoolOptions = {}): Tensor | [Tensor, Tensor] =>
    asBatch(op, input, rank, (x, finish) => {
      const w = windowsOf(op, x, kernelSize, options);
      const [values, indices] = maxOverWindows(op, x, w, options.returnIndices ?? false);
      return indices ? [finish(values), finish(indices)] : finish(values);
    });
  return pool as MaxPool;
}

/**
 * The largest element of every window: out[n, c, o] = max over k of x[n, c, o·stride + k·dilation − padding], what lies outside
 * of x taken as −∞; NaN wins, of equals the first gets the gradient. x [N, C, L] or [C, L] of floats. Throws ShapeError
 * where no window fits, ValueError for padding beyond half the kernel. torch.nn.functional.max_pool1d
 */
export const maxPool1d: MaxPool = maxPool(1);

/** As maxPool1d over two dims: x [N, C, H, W] or [C, H, W]. torch.nn.functional.max_pool2d */
export const maxPool2d: MaxPool = maxPool(2);

/** As maxPool1d over three dims: x [N, C, D, H, W] or [C, D, H, W]. torch.nn.functional.max_pool3d */
export const maxPool3d: MaxPool = maxPool(3);
