// x[…] as PyTorch has it. Numbers, slices, null and '...' make a view; tensors then choose positions of its dims, all of
// them together broadcast to one block of dims, which stands where they stood if they were neighbours, else in front.
// https://numpy.org/doc/stable/user/basics.indexing.html

import { autocasting } from '../autocast-mode.ts';
import { DTypeError, ShapeError, ValueError, show } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { filled } from './fill.ts';
import { checkIndex, read, write, type Lookup } from './lookup.ts';
import { positions, positionsAsync } from './positions.ts';
import { scratch } from './scratch.ts';
import { Slice } from './slice.ts';

/** A position, a range, a new dim (null), all dims that are left ('...'), positions (int32), or a mask (bool). */
export type Index = number | Slice | null | '...' | boolean | Tensor;

/** Masks beside the positions that they select. */
type Found = ReadonlyMap<Tensor, Tensor>;

const masksOf = (indices: readonly Index[]): Tensor[] =>
  indices.filter((item) => isTensor(item)).filter((item) => item.dtype === 'bool');

function findSync(op: string, indices: readonly Index[]): Found {
  return new Map(masksOf(indices).map((mask) => [mask, positions(op, mask)]));
}

async function findAsync(indices: readonly Index[]): Promise<Found> {
  const masks = masksOf(indices);
  const found = await Promise.all(masks.map(positionsAsync));
  return new Map(masks.map((mask, k) => [mask, found[k] as Tensor]));
}

/** How many dims of the tensor an index takes. */
function dimsOf(op: string, item: Index): number {
  if (item === null || item === '...' || typeof item === 'boolean') return 0;
  if (typeof item === 'number' || item instanceof Slice) return 1;
  if (isTensor(item)) return item.dtype === 'bool' ? item.shape.length : 1;
  throw new ValueError(
    op,
    `${String(item)} is no index. Use numbers, slice(…), null, '...', booleans, or int32 and bool tensors.`,
  );
}

interface Resolved {
  readonly view: Tensor;
  /** For each dim of the view what chooses its positions. */
  readonly chosen: readonly (Tensor | undefined)[];
}

/** The view that the basic indices make, and the tensors that are left. */
function resolve(op: string, x: Tensor, indices: readonly Index[], found: Found): Resolved {
  if (!Array.isArray(indices))
    throw new ValueError(op, `the indices are ${typeof indices}. Give an array with an index per dim.`);
  const taken = indices.reduce((sum, item) => sum + dimsOf(op, item), 0);
  if (taken > x.shape.length)
    throw new ShapeError(op, `there are ${taken} indices for shape ${show(x.shape)}. Use at most one per dim.`);
  if (indices.filter((item) => item === '...').length > 1)
    throw new ValueError(op, "'...' occurs more than once. It stands for all dims that are left: use it once.");
  let view = x;
  let dim = 0;
  const chosen: (Tensor | undefined)[] = [];
  const skip = (count: number): void => void chosen.push(...new Array<undefined>(count).fill(undefined));
  for (const item of indices) {
    const d = chosen.length;
    if (item === '...') skip(x.shape.length - taken);
    else if (item === null) {
      view = view.unsqueeze(d);
      skip(1);
    } else if (typeof item === 'boolean' || (isTensor(item) && item.dtype === 'bool' && item.shape.length === 0)) {
      // A truth without dims is a new dim of one element, or of none.
      view = view.unsqueeze(d);
      const count = typeof item === 'boolean' ? Number(item) : (found.get(item)?.shape[0] ?? 0);
      chosen.push(filled(x.device, 'int32', [count], 0));
    } else if (typeof item === 'number') {
      view = selectAt(op, x, dim, view, d, item);
    } else if (item instanceof Slice) {
      view = view.slice(d, item.start, item.end, item.step);
      skip(1);
    } else if (item.dtype === 'bool') {
      checkMask(op, x, view, d, item);
      chosen.push(...(found.get(item)?.unbind(1) ?? []));
    } else {
      checkIndex(op, item);
      chosen.push(item);
    }
    dim += item === '...' ? x.shape.length - taken : dimsOf(op, item);
  }
  skip(view.shape.length - chosen.length);
  return { view, chosen };
}

function selectAt(op: string, x: Tensor, dim: number, view: Tensor, d: number, index: number): Tensor {
  const n = view.shape[d] ?? 0;
  if (!Number.isInteger(index)) throw new DTypeError(op, `the index ${index} is not an integer. Round it.`);
  if (index >= -n && index < n) return view.select(d, index);
  throw new ValueError(op, `index ${index} is out of range for dim ${dim} of ${show(x.shape)}. Use ${-n} … ${n - 1}.`);
}

function checkMask(op: string, x: Tensor, view: Tensor, d: number, mask: Tensor): void {
  const covered = view.shape.slice(d, d + mask.shape.length);
  if (mask.shape.every((n, k) => n === covered[k])) return;
  throw new ShapeError(
    op,
    `the mask has shape ${show(mask.shape)}, it covers dims of size ${show(covered)} of ${show(x.shape)}. They must be equal.`,
  );
}

/** Where the chosen positions lie: the dims that are walked, and among them the block of what the indices broadcast to. */
function lookupOf(op: string, { view, chosen }: Resolved): Lookup {
  const indices = chosen.filter((index) => index !== undefined);
  const block = broadcastShapes(
    op,
    indices.map((index) => index.shape),
  );
  // An index without dims adds none: it has no say in where the block stands.
  const places = chosen.flatMap((index, d) => (index && index.shape.length > 0 ? [d] : []));
  const [first = 0] = places;
  const areNeighbours = places.every((d, k) => d === first + k);
  const start = areNeighbours ? first - chosen.slice(0, first).filter((index) => index !== undefined).length : 0;
  const walked = view.shape.filter((_, d) => chosen[d] === undefined);
  let next = 0;
  const dims = chosen.map((index) => {
    if (index) return { index, at: start + block.length - index.shape.length };
    const dim = next++;
    return dim < start ? dim : dim + block.length;
  });
  return { shape: walked.toSpliced(start, 0, ...block), dims, wrap: true };
}

function get(x: Tensor, indices: readonly Index[], found: Found): Tensor {
  const resolved = resolve('index', x, indices, found);
  if (resolved.chosen.some((index) => index !== undefined))
    return read('index', resolved.view, lookupOf('index', resolved));
  return resolved.view === x ? x.view(x.shape) : resolved.view;
}

function put(
  op: string,
  x: Tensor,
  indices: readonly Index[],
  found: Found,
  value: Tensor | number | boolean,
  { accumulate = false }: IndexPutOptions,
): void {
  const resolved = resolve(op, x, indices, found);
  const { view } = resolved;
  const isView = resolved.chosen.every((index) => index === undefined);
  const lookup = isView ? undefined : lookupOf(op, resolved);
  const shape = lookup?.shape ?? view.shape;
  const source = isTensor(value) ? value : Number(value);
  const given = isTensor(value) ? value.shape : [];
  const missing = shape.length - given.length;
  if (missing < 0 || given.some((n, k) => n !== 1 && n !== shape[k + missing])) {
    throw new ShapeError(
      op,
      `a value of shape ${show(given)} does not broadcast to the ${show(shape)} that is written. Reshape it.`,
    );
  }
  if (lookup) write(op, view, lookup, source, accumulate ? 'add' : 'set', true);
  else if (accumulate) view.add_(source);
  else if (isTensor(source)) view.copy_(source);
  else view.fill_(source);
}

/**
 * x[indices]: a view where all are numbers, slices, null and '...', else a copy. Negative positions count from the end.
 * Throws ValueError for a position out of range, DTypeError for indices that are not int32 or bool, and DeviceError for a
 * mask on a device that can only be read asynchronously. https://pytorch.org/docs/stable/tensor_view.html
 *
 * @example
 * x.index([0, slice(1, 3)]); // x[0, 1:3]
 * x.index(['...', null, tensor([2, 0], { dtype: 'int32' })]); // x[..., None, [2, 0]]
 * x.index([x.gt(0)]); // x[x > 0]
 */
export function index(x: Tensor, indices: readonly Index[]): Tensor {
  return scratch([x], () => get(x, indices, findSync('index', indices)));
}

/** `index` on every device. */
export async function indexAsync(x: Tensor, indices: readonly Index[]): Promise<Tensor> {
  return get(x, indices, await findAsync(indices));
}

export interface IndexPutOptions {
  /** Add to what is there, also where positions repeat. Default false: overwrite, the last one stays. */
  readonly accumulate?: boolean;
}

/** x[indices] = value, in x itself; the value broadcasts. torch.Tensor.index_put_ */
export function indexPut_(
  x: Tensor,
  indices: readonly Index[],
  value: Tensor | number | boolean,
  options: IndexPutOptions = {},
): Tensor {
  return scratch(isTensor(value) ? [x, value] : [x], () => {
    put('indexPut_', x, indices, findSync('indexPut_', indices), value, options);
    return x;
  });
}

/** `indexPut_` on every device. */
export async function indexPutAsync_(
  x: Tensor,
  indices: readonly Index[],
  value: Tensor | number | boolean,
  options: IndexPutOptions = {},
): Promise<Tensor> {
  put('indexPut_', x, indices, await findAsync(indices), value, options);
  return x;
}

/** A copy of x with x[indices] = value. torch.Tensor.index_put */
export function indexPut(
  x: Tensor,
  indices: readonly Index[],
  value: Tensor | number | boolean,
  options: IndexPutOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('indexPut', indexPut, [x, indices, value, options]);
  return scratch(isTensor(value) ? [x, value] : [x], () => {
    const out = x.clone();
    put('indexPut', out, indices, findSync('indexPut', indices), value, options);
    return out;
  });
}

/** `indexPut` on every device. */
export async function indexPutAsync(
  x: Tensor,
  indices: readonly Index[],
  value: Tensor | number | boolean,
  options: IndexPutOptions = {},
): Promise<Tensor> {
  const found = await findAsync(indices);
  const out = x.clone();
  put('indexPut', out, indices, found, value, options);
  return out;
}
