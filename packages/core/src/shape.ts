// Arithmetic on shapes and dims that all operations share.

import { ShapeError, show } from './errors.ts';
import { contiguousStrides, sizeOf } from './kernel/index.ts';

/** A dim counted from the front. Negative ones count from the end; a 0-dim tensor takes 0 and −1. */
export function normaliseDim(op: string, dim: number, rank: number): number {
  const n = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -n || dim >= n) {
    throw new ShapeError(op, `dim ${dim} is out of range for a tensor of ${rank} dims. Use ${-n} … ${n - 1}.`);
  }
  return dim < 0 ? dim + n : dim;
}

/** Several dims, counted from the front, in rising order; all of them for undefined or []. */
export function normaliseDims(op: string, dim: number | readonly number[] | undefined, rank: number): number[] {
  const list = dim === undefined ? [] : typeof dim === 'number' ? [dim] : dim;
  if (list.length === 0) return Array.from({ length: rank }, (_, d) => d);
  const dims = list.map((d) => normaliseDim(op, d, rank)).sort((a, b) => a - b);
  dims.forEach((d, k) => {
    if (k > 0 && dims[k - 1] === d)
      throw new ShapeError(op, `dim ${d} appears more than once in ${show(list)}. Name each dim once.`);
  });
  return rank === 0 ? [] : dims;
}

/** The shape that all shapes broadcast to. https://pytorch.org/docs/stable/notes/broadcasting.html */
export function broadcastShapes(op: string, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let k = 1; k <= shape.length; k++) {
      const n = shape[shape.length - k] ?? 1;
      const have = result[rank - k] ?? 1;
      if (n === have || n === 1) continue;
      if (have !== 1) {
        throw new ShapeError(
          op,
          `shapes ${shapes.map(show).join(' and ')} do not broadcast: sizes ${have} and ${n} differ at dim ${rank - k}. Make them equal, or one of them 1.`,
        );
      }
      result[rank - k] = n;
    }
  }
  return result;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false;
  return true;
}

/** Strides that walk `shape` over a larger `target`: 0 along the dims that are broadcast. */
export function broadcastStrides(
  shape: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): number[] {
  const missing = target.length - shape.length;
  return target.map((n, d) => (d < missing || (shape[d - missing] === 1 && n !== 1) ? 0 : (strides[d - missing] ?? 0)));
}

/** Fills in the one size that may be −1. */
export function inferShape(op: string, shape: readonly number[], size: number): number[] {
  const known = sizeOf(shape.filter((n) => n !== -1));
  const unknown = shape.filter((n) => n === -1).length;
  const fits = unknown === 0 ? known === size : unknown === 1 && (known === 0 ? false : size % known === 0);
  if (!fits || shape.some((n) => !Number.isInteger(n) || n < -1)) {
    throw new ShapeError(
      op,
      `shape ${show(shape)} does not hold ${size} elements. The sizes must multiply to ${size}; one may be -1.`,
    );
  }
  return shape.map((n) => (n === -1 ? size / known : n));
}

/**
 * The strides with which memory walked by `shape` and `strides` reads as `target`, or undefined where that needs a copy.
 * Both shapes have the same number of elements.
 */
export function viewStrides(
  shape: readonly number[],
  strides: readonly number[],
  target: readonly number[],
): number[] | undefined {
  if (sizeOf(shape) === 0) return contiguousStrides(target);
  const result = new Array<number>(target.length).fill(0);
  let view = target.length - 1;
  let chunkSize = 1;
  let viewSize = 1;
  let chunkStride = strides[strides.length - 1] ?? 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    chunkSize *= shape[d] ?? 1;
    const outer = shape[d - 1];
    const ends = d === 0 || (outer !== 1 && strides[d - 1] !== chunkSize * chunkStride);
    if (!ends) continue;
    while (view >= 0 && (viewSize < chunkSize || target[view] === 1)) {
      result[view] = viewSize * chunkStride;
      viewSize *= target[view] ?? 1;
      view--;
    }
    if (viewSize !== chunkSize) return undefined;
    if (d > 0) {
      chunkStride = strides[d - 1] ?? 1;
      chunkSize = 1;
      viewSize = 1;
    }
  }
  while (view >= 0) {
    if (target[view] !== 1) return undefined;
    result[view--] = chunkStride;
  }
  return result;
}

/** Refuses what is no shape. */
export function checkShape(op: string, shape: readonly number[]): void {
  if (!Array.isArray(shape) || shape.some((n) => !Number.isInteger(n) || n < 0)) {
    throw new ShapeError(
      op,
      `the shape ${JSON.stringify(shape)} is not a list of integers ≥ 0. Write for example [2, 3].`,
    );
  }
}
