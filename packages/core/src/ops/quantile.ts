// What part of the elements is below: read between two neighbours of what is sorted.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { ceil, floor, maximum, round, select } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { atLeast1d } from './at-least-1d.ts';
import { gather } from './gather-scatter.ts';
import { loopOp, runLoop } from './loop.ts';
import { countNumbers } from './nan-reductions.ts';
import type { ReductionOptions } from './reduction.ts';
import { scratch } from './scratch.ts';
import { sort } from './sort.ts';
import { splitDim } from './split-dim.ts';
import { lerp } from './weighted-sums.ts';

const interpolations = ['linear', 'lower', 'higher', 'midpoint', 'nearest'] as const;

export interface QuantileOptions extends ReductionOptions {
  /** What is read between two neighbours: the line, one of them, their middle, or the nearer one. Default 'linear'. */
  readonly interpolation?: (typeof interpolations)[number];
}

// Where there is a NaN, which is sorted last, that is what is read, unless NaN is left out.
const rankOp = loopOp('quantile', (k, ignoreNaN: boolean) => {
  const [q, numbers, n] = [k.input(0), k.input(1), k.scalar('int32')];
  k.check('element', q.ge(0).and(q.le(1)).not(), q);
  const last = (ignoreNaN ? maximum(numbers.sub(1), 0) : n.sub(1)).cast(q.dtype);
  k.perElement(ignoreNaN ? q.mul(last) : select(numbers.lt(n), last, q.mul(last)));
});

// Apart from the rank, so that this is rounded to its dtype before.
const placesOp = loopOp('quantilePlaces', (k, interpolation: string) => {
  const rank = k.input(0);
  if (interpolation === 'higher') k.perElement(ceil(rank).cast('int32'));
  else k.perElement((interpolation === 'nearest' ? round(rank) : floor(rank)).cast('int32'));
  k.perElement(ceil(rank).cast('int32'));
});

/** The quantiles of sorted rows [*, n] at q [Q], as [*, Q]. */
function between(op: string, sorted: Tensor, q: Tensor, ignoreNaN: boolean, interpolation: string): Tensor {
  const ranked = [q, countNumbers(sorted)];
  const explain = ({ value }: { value: number }): ValueError =>
    new ValueError(op, `q is ${value}. Use numbers from 0 to 1.`);
  const scalars = [sorted.shape.at(-1) ?? 1];
  const rank = runLoop(rankOp(ranked, ignoreNaN), ranked, { scalars, explain })[0] as Tensor;
  const detached = [rank.detach()];
  const [place, above] = runLoop(placesOp(detached, interpolation), detached) as [Tensor, Tensor];
  const value = gather(sorted, -1, place);
  if (interpolation !== 'linear' && interpolation !== 'midpoint') return value;
  return lerp(value, gather(sorted, -1, above), interpolation === 'midpoint' ? 0.5 : rank.sub(place));
}

function check(op: string, x: Tensor, q: Tensor | number, interpolation: string): void {
  checkOperands(op, isTensor(q) ? [x, q] : [x]);
  if (x.dtype !== 'float32' && x.dtype !== 'float64')
    throw new DTypeError(op, `it is defined for float32 and float64, not ${x.dtype}. Convert with \`.to('float32')\`.`);
  if (x.numel() === 0) throw new ShapeError(op, `${show(x.shape)} has no elements. Give it at least one.`);
  if (!(interpolations as readonly string[]).includes(interpolation))
    throw new ValueError(op, `interpolation is '${interpolation}'. Use '${interpolations.join("' or '")}'.`);
  if (!isTensor(q)) {
    if (!(q >= 0 && q <= 1)) throw new ValueError(op, `q is ${q}. Use numbers from 0 to 1.`);
    return;
  }
  if (q.shape.length > 1) throw new ShapeError(op, `q has shape ${show(q.shape)}. Give a number or a list.`);
  if (q.dtype !== x.dtype)
    throw new DTypeError(op, `q is ${q.dtype}, the input ${x.dtype}. Convert it with \`.to('${x.dtype}')\`.`);
}

type Rest = [dim: number | QuantileOptions | undefined, options: QuantileOptions | undefined];

function compute(op: string, x: Tensor, q: Tensor | number, [dim, options]: Rest): Tensor {
  const [along, { keepdim = false, interpolation = 'linear' } = {}] = splitDim<number, QuantileOptions>(dim, options);
  check(op, x, q, interpolation);
  const d = along === undefined ? undefined : normaliseDim(op, along, x.shape.length);
  return scratch(isTensor(q) ? [x, q] : [x], () => {
    const at = isTensor(q) ? q : x.filled(q, []);
    const list = d === undefined ? x.reshape([-1]) : atLeast1d(x).movedim(d, -1);
    const found = between(op, sort(list, -1).values, at.reshape([-1]), op === 'nanquantile', interpolation);
    const whole = d === undefined ? x.shape.map(() => 1) : x.shape.map((n, k) => (k === d ? 1 : n));
    const shape = keepdim ? whole : d === undefined ? [] : x.shape.filter((_, k) => k !== d);
    return found.movedim(-1, 0).reshape([...at.shape, ...shape]);
  });
}

/**
 * The values below which the parts q, from 0 to 1, of the elements are: of all, or along a dim. q is a number, or a list [Q],
 * which adds a dim in front. NaN where there is one. Throws ValueError for q outside of 0 … 1, DTypeError for what is not float32
 * or float64, ShapeError for no elements. torch.quantile
 */
export function quantile(
  x: Tensor,
  q: Tensor | number,
  dim?: number | QuantileOptions,
  options?: QuantileOptions,
): Tensor {
  return compute('quantile', x, q, [dim, options]);
}

/** `quantile` of what is not NaN; NaN where there is nothing else. torch.nanquantile */
export function nanquantile(
  x: Tensor,
  q: Tensor | number,
  dim?: number | QuantileOptions,
  options?: QuantileOptions,
): Tensor {
  return compute('nanquantile', x, q, [dim, options]);
}
