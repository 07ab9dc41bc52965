// What there is in a tensor without repetition. Sorting brings equal elements together and a neighbour that differs begins
// the next group; how many groups there are is read from the device.

import { freeInternal } from '../dispatch.ts';
import { ShapeError, show } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { sizeOf } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { gather, scatter } from './gather-scatter.ts';
import { indexSelect } from './index-along.ts';
import { cat } from './join.ts';
import { positions, positionsAsync } from './positions.ts';
import { cumsum } from './scan.ts';
import { sort } from './sort.ts';
import { splitDim } from './split-dim.ts';

export interface ConsecutiveOptions {
  /** Also return, for each element, where in the result it went (int32). Default false. */
  readonly returnInverse?: boolean;
  /** Also return how often each occurs (int32). Default false. */
  readonly returnCounts?: boolean;
}

export interface UniqueOptions extends ConsecutiveOptions {
  /** The result is sorted, whether asked for or not. */
  readonly sorted?: boolean;
}

type WithInverse = { readonly returnInverse: true };
type WithCounts = { readonly returnCounts: true };
type Rest<O> = [options: O] | [dim: number | undefined, options: O];

/** How `unique` and its like are called as methods: results are alone, or with what else was asked for. */
export interface UniqueMethod<O, One, Two, Three> {
  (...rest: Rest<O & WithInverse & WithCounts>): Three;
  (...rest: Rest<O & (WithInverse | WithCounts)>): Two;
  (dim?: number | O, options?: O): One;
}

/** Slices in an order in which equal ones stand together. */
interface Grouped {
  /** Whether each slice begins a group, bool [n]. */
  readonly isStart: Tensor;
  /** Where the slices were, unless they stayed there. */
  readonly order: Tensor | undefined;
  /** What holds the slices along a dim, in the order unless `through` leads from that to them. */
  readonly source: Tensor;
  readonly d: number;
  readonly through: Tensor | undefined;
  /** Of the list of all slices. */
  readonly shape: readonly number[];
}

/** Whether each row of [n, …] differs from the one before, where all elements after the first dim count by themselves. */
function changes(x: Tensor): Tensor {
  const n = x.shape[0] ?? 0;
  if (n < 2) return x.ne(x);
  return x.narrow(0, 1, n - 1).ne(x.narrow(0, 0, n - 1));
}

/** The same for all rows, the first of which always counts. */
function starts(changed: Tensor, n: number): Tensor {
  const first = changed.filled(1, [Math.min(n, 1)]);
  return n < 2 ? first : cat([first, changed], 0);
}

/** The number of the group of each element along dim 0, from what is sorted and where it was. */
function ranks(changed: Tensor, order: Tensor): Tensor {
  const n = order.shape[0] ?? 0;
  const ids = n < 2 ? order.zeros(order.shape) : cat([order.zeros(order.shape.with(0, 1)), cumsum(changed, 0)], 0);
  return scatter(order, 0, order, ids);
}

/** A number for each row of [n, c], equal for equal rows and ordered as they are: pairs of columns become one, over and over. */
function rowRanks(x: Tensor): Tensor {
  const { values, indices } = sort(x, 0);
  let columns = ranks(changes(values), indices);
  for (let c = columns.shape[1] ?? 0; c > 1; c = columns.shape[1] ?? 0) {
    const even = c - (c % 2);
    const [major, minor] = [columns.slice(1, 0, even, 2), columns.slice(1, 1, even, 2)];
    const byMinor = sort(minor, 0).indices;
    const byMajor = sort(gather(major, 0, byMinor), 0);
    const order = gather(byMinor, 0, byMajor.indices);
    const changed = changes(byMajor.values).logicalOr(changes(gather(minor, 0, order)));
    const pairs = ranks(changed, order);
    columns = even === c ? pairs : cat([pairs, columns.narrow(1, even, 1)], 1);
  }
  return columns.select(1, 0);
}

/** The slices of a dim as rows [n, c], their elements in the order of x with that dim and the first exchanged: so PyTorch compares them. */
function rows(op: string, x: Tensor, dim: number): { list: Tensor; d: number } {
  if (x.shape.length === 0)
    throw new ShapeError(op, `a 0-dim tensor has no dim ${dim} to look along. Leave the dim out.`);
  const d = normaliseDim(op, dim, x.shape.length);
  const n = x.shape[d] ?? 0;
  const rest = x.shape.toSpliced(d, 1);
  if (sizeOf(rest) === 0)
    throw new ShapeError(op, `the slices of ${show(x.shape)} along dim ${dim} have no elements. Give them some.`);
  return { list: x.transpose(d, 0).reshape([n, sizeOf(rest)]), d };
}

function grouped(x: Tensor, dim: number | undefined): Grouped {
  if (dim === undefined) {
    const { values, indices } = sort(x.reshape([-1]), 0);
    const isStart = starts(changes(values), values.numel());
    return { isStart, order: indices, source: values, d: 0, through: undefined, shape: x.shape };
  }
  const { list, d } = rows('unique', x, dim);
  const n = list.shape[0] ?? 0;
  const { values, indices } = sort(rowRanks(list), 0);
  return { isStart: starts(changes(values), n), order: indices, source: x, d, through: indices, shape: [n] };
}

function groupedAsTheyAre(x: Tensor, dim: number | undefined): Grouped {
  const { list, d } = dim === undefined ? { list: x.reshape([x.numel(), 1]), d: 0 } : rows('uniqueConsecutive', x, dim);
  const n = list.shape[0] ?? 0;
  const isStart = starts(changes(list).any(1), n);
  const where = { isStart, order: undefined, d, through: undefined };
  return dim === undefined ? { ...where, source: x.reshape([n]), shape: x.shape } : { ...where, source: x, shape: [n] };
}

function finish(
  { isStart, order, source, d, through, shape }: Grouped,
  found: Tensor,
  { returnInverse = false, returnCounts = false }: ConsecutiveOptions,
): Tensor | Tensor[] {
  const at = found.reshape([found.shape[0] ?? 0]);
  const results = [indexSelect(source, d, through ? indexSelect(through, 0, at) : at)];
  if (returnInverse) {
    const ids = cumsum(isStart, 0).sub(1);
    results.push((order ? scatter(order, 0, order, ids) : ids).reshape(shape));
  }
  if (returnCounts) {
    const [n, m] = [isStart.numel(), at.numel()];
    const ends = m === 0 ? at : cat([at.narrow(0, 1, m - 1), at.filled(n, [1])], 0);
    results.push(ends.sub(at));
  }
  return returnInverse || returnCounts ? results : (results[0] as Tensor);
}

/** The rest of it once the positions are read. What led to them is freed. */
async function finishLater(groups: Grouped, options: ConsecutiveOptions): Promise<Tensor | Tensor[]> {
  const found = await positionsAsync(groups.isStart);
  const result = tidy(() => finish(groups, found, options));
  const made = new Set([found, ...Object.values(groups).filter(isTensor)].map(({ storage }) => storage));
  made.forEach(freeInternal);
  return result;
}

type Given<O> = [dim: number | undefined, options: O];

function given<O extends ConsecutiveOptions>(dim: number | O | undefined, options: O | undefined): Given<O> {
  const [at, chosen] = splitDim<number, O>(dim, options);
  return [at, chosen ?? ({} as O)];
}

/**
 * What is in x, sorted, each once: of all elements, or of the slices along a dim, which are compared element by element from the
 * first on, in the order of `x.transpose(0, dim)`. With `returnInverse` also the position of each element in the result, with `returnCounts` also how often each
 * occurs, as an array in that order. No gradient goes through it. NaN equals nothing and is last. Throws ShapeError for slices
 * without elements, and DeviceError on a device that can only be read asynchronously. torch.unique
 */
export function unique(x: Tensor, ...rest: Rest<UniqueOptions & WithInverse & WithCounts>): [Tensor, Tensor, Tensor];
export function unique(x: Tensor, ...rest: Rest<UniqueOptions & (WithInverse | WithCounts)>): [Tensor, Tensor];
export function unique(x: Tensor, dim?: number | UniqueOptions, options?: UniqueOptions): Tensor;
export function unique(x: Tensor, dim?: number | UniqueOptions, options?: UniqueOptions): Tensor | Tensor[] {
  const [at, chosen] = given(dim, options);
  return tidy(() => {
    const groups = grouped(x.detach(), at);
    return finish(groups, positions('unique', groups.isStart), chosen);
  });
}

/** `unique` on every device. */
export function uniqueAsync(
  x: Tensor,
  ...rest: Rest<UniqueOptions & WithInverse & WithCounts>
): Promise<[Tensor, Tensor, Tensor]>;
export function uniqueAsync(
  x: Tensor,
  ...rest: Rest<UniqueOptions & (WithInverse | WithCounts)>
): Promise<[Tensor, Tensor]>;
export function uniqueAsync(x: Tensor, dim?: number | UniqueOptions, options?: UniqueOptions): Promise<Tensor>;
export async function uniqueAsync(
  x: Tensor,
  dim?: number | UniqueOptions,
  options?: UniqueOptions,
): Promise<Tensor | Tensor[]> {
  const [at, chosen] = given(dim, options);
  // Of a copy: x may be changed in place before it is read.
  const groups = tidy(() => grouped(x.detach().clone(), at));
  return finishLater(groups, chosen);
}

/**
 * x without elements (or slices along a dim) that equal the one before. Options, results and errors as of `unique`.
 * torch.unique_consecutive
 */
export function uniqueConsecutive(
  x: Tensor,
  ...rest: Rest<ConsecutiveOptions & WithInverse & WithCounts>
): [Tensor, Tensor, Tensor];
export function uniqueConsecutive(
  x: Tensor,
  ...rest: Rest<ConsecutiveOptions & (WithInverse | WithCounts)>
): [Tensor, Tensor];
export function uniqueConsecutive(x: Tensor, dim?: number | ConsecutiveOptions, options?: ConsecutiveOptions): Tensor;
export function uniqueConsecutive(
  x: Tensor,
  dim?: number | ConsecutiveOptions,
  options?: ConsecutiveOptions,
): Tensor | Tensor[] {
  const [at, chosen] = given(dim, options);
  return tidy(() => {
    const groups = groupedAsTheyAre(x.detach(), at);
    return finish(groups, positions('uniqueConsecutive', groups.isStart), chosen);
  });
}

/** `uniqueConsecutive` on every device. */
export function uniqueConsecutiveAsync(
  x: Tensor,
  ...rest: Rest<ConsecutiveOptions & WithInverse & WithCounts>
): Promise<[Tensor, Tensor, Tensor]>;
export function uniqueConsecutiveAsync(
  x: Tensor,
  ...rest: Rest<ConsecutiveOptions & (WithInverse | WithCounts)>
): Promise<[Tensor, Tensor]>;
export function uniqueConsecutiveAsync(
  x: Tensor,
  dim?: number | ConsecutiveOptions,
  options?: ConsecutiveOptions,
): Promise<Tensor>;
export async function uniqueConsecutiveAsync(
  x: Tensor,
  dim?: number | ConsecutiveOptions,
  options?: ConsecutiveOptions,
): Promise<Tensor | Tensor[]> {
  const [at, chosen] = given(dim, options);
  // Of a copy: x may be changed in place before it is read.
  const groups = tidy(() => groupedAsTheyAre(x.detach().clone(), at));
  return finishLater(groups, chosen);
}
