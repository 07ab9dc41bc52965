// vmap: a function of one example, run once for all of a batch.

import { latestSerial } from '../device.ts';
import { effect } from '../dispatch.ts';
import { RushlightError, ShapeError, ValueError, show } from '../errors.ts';
import { isPromise } from '../is-promise.ts';
import { isTensor } from '../is-tensor.ts';
import { cat, stack } from '../ops/join.ts';
import { defaultGenerator } from '../random/default-generator.ts';
import type { Tensor } from '../tensor.ts';
import { enter, leave } from './lanes.ts';
import { Level } from './level.ts';
import { entriesOf, isBranch, kindOf, leavesAs, leavesOf, withLeaves } from './nested.ts';
import { tellOnce } from './tell-once.ts';

/** Which dim of a tensor the lanes are, null where a value is the same for all of them; arrays and objects as the value has them. */
export type LaneDims = number | null | readonly LaneDims[] | { readonly [key: string]: LaneDims };

export interface VmapOptions {
  /** One for all arguments, or an array of one per argument. Default 0. */
  readonly inDims?: LaneDims;
  /** Where the lanes go in the results: one for all, or as the results are nested. Default 0. */
  readonly outDims?: LaneDims;
  /**
   * What drawing random numbers means: `error` refuses it, `same` draws once for all lanes, `different` anew for each, for which
   * the function runs lane by lane. It tells draws of the default generator. Default `error`.
   */
  readonly randomness?: 'error' | 'same' | 'different';
  /** Run so many lanes at a time, so that less memory is needed. Default: all. */
  readonly chunkSize?: number;
}

/**
 * A function that runs `fn` for every position of a dim of its arguments, at once, and gives the results joined along a dim. Inside,
 * tensors have the shape that they have for one position. What it calls is any operation, gradients too; it nests, and
 * gradients go through it. Tensors made outside are the same for all lanes. Throws ShapeError where the sizes of the dims
 * differ, ValueError for dims and options that do not fit, TypeError if `fn` is async or gives something else than tensors;
 * DeviceError where elements are read inside, RushlightError where what lanes share would be changed in place.
 * torch.func.vmap
 *
 * @example
 * const products = vmap((x: Tensor, y: Tensor) => x.dot(y))(a, b); // [n, d] and [n, d] to [n]
 * const perSample = vmap(func.grad(loss), { inDims: [null, 0, 0] })(weights, inputs, targets);
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  { inDims = 0, outDims = 0, randomness = 'error', chunkSize }: VmapOptions = {},
): (...args: A) => R {
  if (!['error', 'same', 'different'].includes(randomness))
    throw new ValueError('vmap', `randomness is '${randomness}'. Use 'error', 'same' or 'different'.`);
  if (chunkSize !== undefined && !(Number.isInteger(chunkSize) && chunkSize > 0))
    throw new ValueError('vmap', `chunkSize is ${chunkSize}. It must be a whole number from 1 on.`);
  return (...args) => {
    const dims = spreadDims('inDims', inDims, args);
    const leaves = leavesOf(args);
    const lanes = leaves.map((leaf, k) => laneDim(leaf, dims[k] ?? null));
    const size = commonSize(leaves, lanes);
    const call = (given: readonly unknown[], from: number, to: number): R =>
      runLanes(fn, args, given, lanes, to - from, outDims, randomness);
    if (chunkSize === undefined || chunkSize >= size) return call(leaves, 0, size);
    const parts: R[] = [];
    let start: Uint8Array | undefined;
    effect(() => void (start = defaultGenerator().getState()));
    for (let from = 0; from < size; from += chunkSize) {
      const to = Math.min(from + chunkSize, size);
      const piece = (leaf: unknown, k: number): unknown => {
        const d = lanes[k];
        return typeof d === 'number' ? (leaf as Tensor).narrow(d, from, to - from) : leaf;
      };
      if (randomness === 'same') effect(() => void (start && defaultGenerator().setState(start)));
      parts.push(call(leaves.map(piece), from, to));
    }
    return joined(parts, outDims);
  };
}

/** One dim per leaf of a value. A number or null stands for all leaves below it. */
function spreadDims(option: string, dims: LaneDims, value: unknown): (number | null)[] {
  if (dims === null || typeof dims === 'number') return leavesOf(value).map(() => dims);
  if (!isBranch(value) || Array.isArray(value) !== Array.isArray(dims)) throw misfit(option, dims);
  const parts = entriesOf(value);
  const own = entriesOf(dims as Readonly<Record<string, unknown>>);
  if (own.length !== parts.length) throw misfit(option, dims);
  return parts.flatMap(([key, part]) => {
    const found = (dims as Readonly<Record<string, LaneDims>>)[key];
    if (found === undefined) throw misfit(option, dims);
    return spreadDims(option, found, part);
  });
}

const misfit = (option: string, dims: LaneDims): ValueError =>
  new ValueError(
    'vmap',
    `${option} ${JSON.stringify(dims)} is not nested as the ${option === 'inDims' ? 'arguments are' : 'result is'}. Give a number for all, or one for each.`,
  );

/** The dim of an argument that the lanes are, counted from the front. */
function laneDim(leaf: unknown, dim: number | null): number | null {
  if (dim === null) return null;
  if (!isTensor(leaf))
    throw new ValueError('vmap', `an argument that is no tensor (${kindOf(leaf)}) has the inDim ${dim}. Give it null.`);
  const rank = leaf.shape.length;
  if (!Number.isInteger(dim) || dim < -rank || dim >= rank) {
    throw new ValueError(
      'vmap',
      `the inDim ${dim} is out of range for an argument of shape ${show(leaf.shape)}. Use ${rank === 0 ? 'null' : `${-rank} … ${rank - 1}`}.`,
    );
  }
  return dim < 0 ? dim + rank : dim;
}

function commonSize(leaves: readonly unknown[], lanes: readonly (number | null)[]): number {
  const sizes = leaves.flatMap((leaf, k) => {
    const d = lanes[k];
    return typeof d === 'number' ? [(leaf as Tensor).shape[d] ?? 0] : [];
  });
  const [size] = sizes;
  if (size === undefined)
    throw new ValueError(
      'vmap',
      'no argument has an inDim, so there is nothing to run over. Give one to at least one.',
    );
  if (sizes.some((n) => n !== size))
    throw new ShapeError('vmap', `the arguments have ${show(sizes)} lanes along their inDims. They must be equal.`);
  return size;
}

function runLanes<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args: A,
  leaves: readonly unknown[],
  lanes: readonly (number | null)[],
  size: number,
  outDims: LaneDims,
  randomness: NonNullable<VmapOptions['randomness']>,
): R {
  if (randomness === 'different') return laneByLane(fn, args, leaves, lanes, size, outDims);
  const level = new Level(size, latestSerial());
  const entered: [inside: Tensor, from: Tensor][] = [];
  const inside = leaves.map((leaf, k) => {
    const d = lanes[k];
    if (typeof d !== 'number') return leaf;
    const from = (leaf as Tensor).movedim(d, 0);
    const made = enter(from, level);
    entered.push([made, from]);
    return made;
  });
  const run = (): R => level.run(() => fn(...(withLeaves(args, inside) as unknown as A)));
  const result = randomness === 'error' ? withoutDraws('vmap', run) : run();
  if (isPromise(result))
    throw new TypeError('vmap: the function is async. What it computes must not be awaited inside.');
  // What was changed in place changes where it came from.
  for (const [made, from] of entered) if (made.storage.version > 0) from.copy_(leave(made, level));
  return placed(result, outDims, (x, d) => {
    if (d !== null) return leave(x, level).movedim(0, d);
    if (!x.storage.lanes?.steps.has(level)) return x;
    throw new ValueError('vmap', `a result of shape ${show(x.shape)} differs between lanes, and its outDim is null. Give a dim.`); // prettier-ignore
  });
}

/** Runs `fn` and refuses that it drew from the default generator. */
export function withoutDraws<T>(op: string, fn: () => T): T {
  const before = defaultGenerator().getState();
  const result = fn();
  if (isSame(before, defaultGenerator().getState())) return result;
  throw new RushlightError(
    op,
    "random numbers were drawn inside. Say by { randomness: 'same' } or { randomness: 'different' } what lanes get.",
  );
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, k) => byte === b[k]);

/** The results with the lanes where outDims say. `place` gets the dim counted from the front of what it returns. */
function placed<R>(result: R, outDims: LaneDims, place: (x: Tensor, dim: number | null) => Tensor): R {
  const dims = spreadDims('outDims', outDims, result);
  const leaves = leavesOf(result).map((x, k) => {
    if (!isTensor(x)) throw new TypeError(`vmap: the function returned ${kindOf(x)}. Return tensors, or arrays or objects of them.`); // prettier-ignore
    const dim = dims[k] ?? null;
    const rank = x.shape.length + 1;
    if (dim !== null && (!Number.isInteger(dim) || dim < -rank || dim >= rank))
      throw new ValueError('vmap', `the outDim ${dim} is out of range for a result of shape ${show(x.shape)}. Use ${-rank} … ${rank - 1}.`); // prettier-ignore
    return place(x, dim !== null && dim < 0 ? dim + rank : dim);
  });
  return withLeaves(result, leaves) as R;
}

/** The function for one lane after the other, its results stacked. */
function laneByLane<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args: A,
  leaves: readonly unknown[],
  lanes: readonly (number | null)[],
  size: number,
  outDims: LaneDims,
): R {
  tellOnce('random', "with randomness 'different' the function runs for one lane after the other. Draw outside and pass what was drawn, if speed matters."); // prettier-ignore
  const results: R[] = [];
  for (let lane = 0; lane < size; lane++) {
    const own = leaves.map((leaf, k) => {
      const d = lanes[k];
      return typeof d === 'number' ? (leaf as Tensor).select(d, lane) : leaf;
    });
    results.push(fn(...(withLeaves(args, own) as unknown as A)));
  }
  const [first] = results;
  if (isPromise(first))
    throw new TypeError('vmap: the function is async. What it computes must not be awaited inside.');
  if (first === undefined) throw new ShapeError('vmap', "there are no lanes, so with randomness 'different' nothing says what the result is. Give at least one."); // prettier-ignore
  let k = 0;
  const all = results.map((result) => leavesLike(first, result));
  return placed(first, outDims, (x, d) => {
    const parts = all.map((own) => own[k] as Tensor);
    k++;
    return d === null ? x : stack(parts, d);
  });
}

/** The tensors of another result of the same function, in the order of the first. */
function leavesLike(first: unknown, result: unknown): Tensor[] {
  const leaves = leavesAs(first, result);
  if (leaves) return leaves as Tensor[];
  throw new ValueError('vmap', 'the function returned results that are not nested in the same way each time. Return the same structure.'); // prettier-ignore
}

/** The results of chunks, joined along their outDims. */
function joined<R>(parts: readonly R[], outDims: LaneDims): R {
  const [first] = parts;
  const dims = spreadDims('outDims', outDims, first);
  const all = parts.map((part) => leavesLike(first, part));
  const leaves = leavesOf(first).map((x, k) => {
    const d = dims[k] ?? null;
    return d === null ? x : cat(all.map((own) => own[k] as Tensor), d); // prettier-ignore
  });
  return withLeaves(first, leaves) as R;
}
