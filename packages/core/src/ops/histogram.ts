// How many elements fall between edges: their positions among the edges, counted.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { abs, constant, select, sizeOf, trunc, type DType } from '../kernel/index.ts';
import { sameShape } from '../shape.ts';
import { checkOperands, makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { combine } from './lookup.ts';
import { loopOp, runLoop } from './loop.ts';
import { searchsorted } from './searchsorted.ts';

export interface HistcOptions {
  /** How many bins. Default 100. */
  readonly bins?: number;
  /** The ends of the range; where they are equal, those of the data. Default 0. */
  readonly min?: number;
  readonly max?: number;
}

export interface HistogramOptions {
  /** The ends of the range of bins given by number. Default: those of the data. */
  readonly range?: readonly [number, number];
  /** What each element counts, in the shape of the elements. Default 1. */
  readonly weight?: Tensor;
  /** Divide by the total and by the width of each bin, so that the integral is 1. Default false. */
  readonly density?: boolean;
}

export interface Histogram {
  readonly hist: Tensor;
  /** One more than there are bins. */
  readonly binEdges: Tensor;
}

function needsFloat(op: string, { dtype }: Tensor): void {
  if (dtype !== 'float32' && dtype !== 'float64')
    throw new DTypeError(op, `it is defined for float32 and float64, not ${dtype}. Convert with \`.to('float32')\`.`);
}

function checkBins(op: string, bins: number): void {
  if (!Number.isInteger(bins) || bins < 1)
    throw new ValueError(op, `there are ${bins} bins. Use a whole number from 1 on.`);
}

// Lowest and highest moved apart where they are equal. What is not finite has no bins.
const rangeOp = loopOp('histogram', (k, around: number) => {
  const [low, high] = [k.input(0), k.input(1)];
  for (const end of [low, high]) k.check('element', abs(end).lt(Infinity).not(), end);
  k.perElement(select(low.eq(high), low.sub(around), low));
  k.perElement(select(low.eq(high), high.add(around), high));
});

/** The ends of a range, as 0-dim tensors: given, or else the least and largest of the data. */
function range(op: string, x: Tensor, ends: readonly [number, number] | undefined, around: number): [Tensor, Tensor] {
  const isEmpty = !ends && x.numel() === 0;
  const [low, high] = ends ?? [0, 1];
  const given = ends || isEmpty ? [x.filled(low, []), x.filled(high, [])] : [x.amin(), x.amax()];
  const explain = ({ value }: { value: number }): ValueError =>
    new ValueError(op, `the range ends at ${value}, which is not finite. Give the ends of a range.`);
  return runLoop(rangeOp(given, around), given, { explain }) as [Tensor, Tensor];
}

const counted = (op: string, x: Tensor, index: Tensor, bins: number, weight: Tensor | undefined): Tensor => {
  // What is in no bin goes into one more.
  const hist = x.zeros([bins + 1]);
  combine(op, hist, { shape: index.shape, dims: [{ index, at: 0 }], wrap: false }, weight ?? 1, 'add');
  return hist.narrow(0, 0, bins).clone();
};

const histcOp = loopOp('histc', (k) => {
  const [x, low, high, bins] = [k.input(0), k.input(1), k.input(2), k.scalar('int32')];
  const at = trunc(x.sub(low).div(high.sub(low)).mul(bins.cast(x.dtype))).cast('int32');
  k.perElement(select(x.ge(low).and(x.le(high)), select(at.ge(bins), bins.sub(1), at), bins));
});

/**
 * How many elements fall into each of `bins` equal parts of min … max, in the dtype of x; a part has its lower end, the last one
 * both. What is outside, and NaN, is not counted. No gradient goes through it. Throws ValueError for a range that is not
 * finite or ends before it begins, DTypeError for integers. torch.histc
 */
export function histc(x: Tensor, { bins = 100, min = 0, max = 0 }: HistcOptions = {}): Tensor {
  needsFloat('histc', x);
  checkBins('histc', bins);
  if (min > max) throw new ValueError('histc', `the range goes from ${min} to ${max}. Exchange min and max.`);
  return tidy(() => {
    const data = x.detach().reshape([-1]);
    const inputs = [
      data,
      ...range('histc', data, min === max ? (data.numel() === 0 ? [min, max] : undefined) : [min, max], 1),
    ];
    const [index] = runLoop(histcOp(inputs), inputs, { scalars: [bins] });
    return counted('histc', data, index as Tensor, bins, undefined);
  });
}

// From both ends to the middle, so that both are exact.
const edgesOp = loopOp('histogramEdges', (k, dtype: DType) => {
  const [low, high, bins] = [k.input(0), k.input(1), k.scalar('int32')];
  const step = high.sub(low).div(bins.cast(dtype));
  const rising = low.add(step.mul(k.row.cast(dtype)));
  const falling = high.sub(step.mul(bins.sub(k.row).cast(dtype)));
  k.perElement(select(k.row.lt(bins.add(1).div(2)), rising, falling));
});

function edges(op: string, x: Tensor, bins: number | Tensor, ends: readonly [number, number] | undefined): Tensor {
  if (isTensor(bins)) return bins.detach();
  const inputs = range(op, x, ends, 0.5);
  const made = makeTensor(x.device, x.dtype, [bins + 1]);
  runLoop(edgesOp(inputs, x.dtype), inputs, { out: [made], shape: [bins + 1], scalars: [bins] });
  return made;
}

// Bins are numbered row-major over all dims; −1 is none of them.
const placeOp = loopOp('histogramPlace', (k) => {
  const [x, at, last, before, bins] = [k.input(0), k.input(1), k.input(2), k.input(3), k.scalar('int32')];
  const own = select(x.eq(last), bins.sub(1), at.sub(1));
  const isOutside = own.lt(0).or(own.ge(bins)).or(before.lt(0));
  k.perElement(select(isOutside, constant(-1, 'int32'), before.mul(bins).add(own)));
});

/** The bins of points [n, d], counted; `sides` are the edges of each coordinate. */
function count(
  op: string,
  points: Tensor,
  sides: readonly Tensor[],
  weight: Tensor | undefined,
  density: boolean,
): Tensor {
  const sizes = sides.map((side) => (side.shape[0] ?? 1) - 1);
  const total = sizeOf(sizes);
  let place = points.zeros([points.shape[0] ?? 0]).to('int32');
  sides.forEach((side, d) => {
    const bins = sizes[d] ?? 0;
    const x = points.select(1, d).contiguous();
    const inputs = [x, searchsorted(side, x, { right: true }), side.narrow(0, bins, 1), place];
    place = runLoop(placeOp(inputs), inputs, { scalars: [bins] })[0] as Tensor;
  });
  const index = place.add(total + 1).remainder(total + 1);
  const hist = counted(op, points, index, total, weight?.detach().reshape([-1])).reshape(sizes);
  if (!density) return hist;
  return sides.reduce((share, side, d) => {
    const bins = sizes[d] ?? 0;
    const widths = side.narrow(0, 1, bins).sub(side.narrow(0, 0, bins));
    return share.div(widths.reshape(sizes.map((n, k) => (k === d ? n : 1))));
  }, hist.div(hist.sum()));
}

interface Request {
  readonly bins: readonly (number | Tensor)[];
  readonly ranges: readonly (readonly [number, number])[] | undefined;
  readonly weight: Tensor | undefined;
}

function checkRequest(op: string, x: Tensor, shape: readonly number[], { bins, ranges, weight }: Request): void {
  needsFloat(op, x);
  checkOperands(op, [x, ...bins.filter(isTensor), ...(weight ? [weight] : [])]);
  for (const one of bins) {
    if (!isTensor(one)) checkBins(op, one);
    else if (one.shape.length !== 1 || (one.shape[0] ?? 0) < 2)
      throw new ShapeError(op, `edges have shape ${show(one.shape)}. Give a list of at least two.`);
  }
  for (const one of [...bins, weight]) {
    if (isTensor(one) && one.dtype !== x.dtype)
      throw new DTypeError(
        op,
        `the input is ${x.dtype}, edges or weights ${one.dtype}. Convert with \`.to('${x.dtype}')\`.`,
      );
  }
  for (const [low, high] of ranges ?? []) {
    if (!Number.isFinite(low) || !Number.isFinite(high) || low > high)
      throw new ValueError(op, `the range goes from ${low} to ${high}. Use finite numbers, the smaller one first.`);
  }
  if (weight && !sameShape(weight.shape, shape))
    throw new ShapeError(
      op,
      `the weights have shape ${show(weight.shape)}, ${show(shape)} is counted. They must be equal.`,
    );
}

/**
 * How many elements fall between edges: `bins` is their list, or how many equal bins the range is parted into. A bin has its
 * lower edge, the last one both. What is outside, and NaN, is not counted. No gradient goes through it. Throws ValueError for
 * a range that is not finite, DTypeError for integers, ShapeError for weights of another shape. torch.histogram
 */
export function histogram(
  x: Tensor,
  bins: number | Tensor,
  { range: ends, weight, density = false }: HistogramOptions = {},
): Histogram {
  if (ends && isTensor(bins))
    throw new ValueError(
      'histogram',
      'both edges and a range are given. Leave the range out, or give a number of bins.',
    );
  if (ends && ends.length !== 2)
    throw new ValueError('histogram', `the range has ${String(ends.length)} ends. Give two.`);
  checkRequest('histogram', x, x.shape, { bins: [bins], ranges: ends && [ends], weight });
  return tidy(() => {
    const points = x.detach().reshape([x.numel(), 1]);
    const binEdges = edges('histogram', points, bins, ends);
    return { hist: count('histogram', points, [binEdges], weight, density), binEdges };
  });
}

export interface HistogramddOptions {
  /** The ends of the range of every coordinate, one after another: [low, high, low, high, …]. Default: those of the data. */
  readonly range?: readonly number[];
  /** What each point counts, in the shape of the points without their coordinates. Default 1. */
  readonly weight?: Tensor;
  /** Divide by the total and by the volume of each bin, so that the integral is 1. Default false. */
  readonly density?: boolean;
}

export interface Histogramdd {
  readonly hist: Tensor;
  /** For each coordinate one more than there are bins. */
  readonly binEdges: Tensor[];
}

/**
 * `histogram` of points x [*, d] in d coordinates, a dim of the result for each: `bins` is a number for all of them, or a list
 * with the number of each, or with its edges. Throws as `histogram`. torch.histogramdd
 */
export function histogramdd(
  x: Tensor,
  bins: number | readonly number[] | readonly Tensor[],
  { range: ends, weight, density = false }: HistogramddOptions = {},
): Histogramdd {
  if (x.shape.length < 2)
    throw new ShapeError('histogramdd', `points ${show(x.shape)} need 2 dims at least. Use [n, d].`);
  const d = x.shape.at(-1) ?? 0;
  const list = typeof bins === 'number' ? new Array<number>(d).fill(bins) : bins;
  if (list.length !== d)
    throw new ShapeError(
      'histogramdd',
      `bins are given for ${list.length} coordinates, points have ${d}. Make them equal.`,
    );
  if (ends && list.some(isTensor))
    throw new ValueError(
      'histogramdd',
      'both edges and a range are given. Leave the range out, or give numbers of bins.',
    );
  if (ends && ends.length !== 2 * d)
    throw new ValueError('histogramdd', `the range has ${ends.length} ends. Give ${2 * d}, two for each coordinate.`);
  const ranges = ends && list.map((_, k): [number, number] => [ends[2 * k] ?? 0, ends[2 * k + 1] ?? 0]);
  checkRequest('histogramdd', x, x.shape.slice(0, -1), { bins: list, ranges, weight });
  return tidy(() => {
    const n = sizeOf(x.shape.slice(0, -1));
    const points = x.detach().reshape([n, d]);
    const binEdges = list.map((one, k) => edges('histogramdd', points.narrow(1, k, 1), one, ranges?.[k]));
    return { hist: count('histogramdd', points, binEdges, weight, density), binEdges };
  });
}
