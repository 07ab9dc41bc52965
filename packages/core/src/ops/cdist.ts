// Distances between all pairs of two sets of points.

import { autocasting } from '../autocast-mode.ts';
import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { abs, constant, type DType, isFloat, pow, select, sign, sqrt } from '../kernel/index.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';
import { checkFactors } from './product.ts';

const distanceOp = loopOp('cdist', (k, p: number | 'p') => {
  const apart = abs(k.input(0).sub(k.input(1)));
  const unit = constant(1, apart.dtype);
  if (p === 0) k.perRow(k.sum(select(apart.eq(0), 0, unit)));
  else if (p === 1) k.perRow(k.sum(apart));
  else if (p === 2) k.perRow(sqrt(k.sum(apart.square())));
  else if (p === Infinity) k.perRow(k.max(apart));
  else {
    const power = k.scalar(apart.dtype);
    k.perRow(pow(k.sum(pow(apart, power)), unit.div(power)));
  }
});

/** How far rounding moves a number, relative to it. */
const epsilon = (dtype: DType): number => 2 ** ({ float64: -52, float16: -10 }[dtype as string] ?? -23);

// The gradient of the points that the rows are, over the others as columns: no differences of all pairs are stored.
const backwardOp = loopOp('cdistBackward', (k, p: number | 'p') => {
  const [x, y, distance, g] = [k.input(0), k.input(1), k.input(2), k.input(3)];
  const difference = x.sub(y);
  const [apart, way] = [abs(difference), sign(difference)];
  if (p === 0) k.perRow(k.sum(g.mul(0)));
  else if (p === 1) k.perRow(k.sum(g.mul(way)));
  else if (p === 2) k.perRow(k.sum(select(distance.eq(0), 0, g.mul(difference).div(distance))));
  else if (p === Infinity) {
    // The stored distance was rounded, the difference may not be.
    const isLargest = apart.eq(distance).or(abs(apart.sub(distance)).le(distance.mul(epsilon(x.dtype))));
    k.perRow(k.sum(select(isLargest, g.mul(way), 0)));
  } else {
    const power = k.scalar(x.dtype).sub(1);
    const slope = way.mul(pow(apart, power)).mul(g).div(pow(distance, power));
    k.perRow(k.sum(select(distance.eq(0).or(difference.eq(0)), 0, slope)));
  }
});

const computeModes = [
  'use_mm_for_euclid_dist_if_necessary',
  'use_mm_for_euclid_dist',
  'donot_use_mm_for_euclid_dist',
] as const;

export interface CdistOptions {
  /** The power of the norm: 0 counts the coordinates that differ, Infinity takes the largest difference. Default 2. */
  readonly p?: number;
  /** PyTorch's ways to compute it. Distances are exact to the last bits under each of them. */
  readonly computeMode?: (typeof computeModes)[number];
}

function checkPoints(x: Tensor, y: Tensor, { p = 2, computeMode = computeModes[0] }: CdistOptions): void {
  checkFactors('cdist', x, y);
  if (!isFloat(x.dtype))
    throw new DTypeError('cdist', `it is defined for floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
  for (const { shape } of [x, y])
    if (shape.length < 2) throw new ShapeError('cdist', `points ${show(shape)} need 2 dims at least. Use [n, m].`);
  if (x.shape.at(-1) !== y.shape.at(-1))
    throw new ShapeError(
      'cdist',
      `points ${show(x.shape)} and ${show(y.shape)} have ${x.shape.at(-1)} and ${y.shape.at(-1)} coordinates. Make them equal.`,
    );
  if (typeof p !== 'number' || !(p >= 0)) throw new ValueError('cdist', `p is ${p}. Use a number ≥ 0 or Infinity.`);
  if (!computeModes.includes(computeMode))
    throw new ValueError('cdist', `computeMode is '${computeMode}'. Use '${computeModes.join("' or '")}'.`);
}

/**
 * (Σ |xᵢ − yⱼ|^p)^(1/p) between all points x [*, n, m] and y [*, k, m], as [*, n, k]; the batches broadcast. At distance 0 the
 * gradient is 0. Throws ShapeError for points of different spaces, DTypeError for integers, ValueError for p below 0.
 * torch.cdist
 */
export function cdist(x: Tensor, y: Tensor, options: CdistOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('cdist', cdist, [x, y, options]);
  checkPoints(x, y, options);
  const { p = 2 } = options;
  const batch = broadcastShapes('cdist', [x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  const [a, b] = [x, y].map((side) => side.expand([...batch, ...side.shape.slice(-2)])) as [Tensor, Tensor];
  const r = batch.length;
  const [n = 0, k = 0, m = 0] = [a.shape[r], b.shape[r], a.shape[r + 1]];
  const isSpecial = [0, 1, 2, Infinity].includes(p);
  const variant = isSpecial ? p : 'p';
  const scalars = isSpecial ? [] : [p];
  const pair = (points: Tensor, others: Tensor): [Tensor, Tensor] => [points.unsqueeze(r + 1), others.unsqueeze(r)];
  const inputs = pair(a.detach(), b.detach());
  const out =
    m === 0
      ? a.zeros([...batch, n, k])
      : (runLoop(distanceOp(inputs, variant), inputs, { columns: [r + 2], scalars })[0] as Tensor);
  if (!needsGraph([a, b])) return out;
  const node = recordNode(
    'cdist',
    [a, b],
    [out],
    ([grad], context) => {
      if (!grad || m === 0) return [grad && a.zeros(a.shape), grad && b.zeros(b.shape)];
      const [points, others] = pair(context.saved(0), context.saved(1));
      const beside = [context.saved(2).unsqueeze(-1), grad.unsqueeze(-1)];
      const run = (read: readonly Tensor[], column: number): Tensor =>
        runLoop(backwardOp(read, variant), read, {
          columns: [column],
          scalars,
          shape: [...batch, n, k, m],
        })[0] as Tensor;
      return [
        context.needs(0) ? run([points, others, ...beside], r + 1) : undefined,
        context.needs(1) ? run([others, points, ...beside], r) : undefined,
      ];
    },
    { saved: [a, b] },
  );
  node.save(out);
  return out;
}
