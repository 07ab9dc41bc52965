// A running reduction: four lanes of a total, and for argmax and argmin the columns where it was found. Sums and products of
// float32 are kept as float64, so that a long row loses no more than a short one; loops that run along a row join few neighbours first.

import { isFloat, type DType, type Reduction } from '@rushlight/core/kernel';
import { i32x4, v128, type Local, type V128 } from './assembler/index.ts';
import type { Emitter } from './emitter.ts';
import { castVec } from './vector-cast.ts';
import { applyBinary, applyComparison } from './vector-ops.ts';
import { lanesOf, named, selectLanes, type Vec } from './vector.ts';

export interface Cell {
  readonly total: Vec;
  /** int32; −1 before anything was found. */
  readonly position: Local<'v128'> | undefined;
}

export const isArg = (reduce: Reduction): boolean => reduce === 'argmax' || reduce === 'argmin';

const lowest = (dtype: DType): number => (isFloat(dtype) ? -Infinity : dtype === 'int32' ? -(2 ** 31) : 0);
const highest = (dtype: DType): number =>
  isFloat(dtype) ? Infinity : dtype === 'int32' ? 2 ** 31 - 1 : dtype === 'uint8' ? 255 : -1;

/** The dtype that a reduction is kept in. */
export const accumulatorOf = (reduce: Reduction, dtype: DType): DType =>
  (reduce === 'sum' || reduce === 'prod') && lanesOf(dtype) === 'f32' ? 'float64' : dtype;

/** What a reduction over nothing gives. */
export function identity(e: Emitter, reduce: Reduction, dtype: DType): Vec {
  const one = dtype === 'bool' ? -1 : 1;
  const value = { sum: 0, prod: one, max: lowest(dtype), argmax: lowest(dtype), min: highest(dtype), argmin: highest(dtype) }[reduce]; // prettier-ignore
  switch (lanesOf(dtype)) {
    case 'f32':
      return [e.f32(value)];
    case 'f64':
      return [e.f64(value), e.f64(value)];
    default:
      return [e.i32(value)];
  }
}

/** A cell that holds the identity from here on. */
export function newCell(e: Emitter, reduce: Reduction, dtype: DType): Cell {
  return {
    total: named(e, identity(e, reduce, dtype)),
    position: isArg(reduce) ? e.fn.name(e.i32(-1)) : undefined,
  };
}

export function setCell(e: Emitter, to: Cell, from: Cell): void {
  to.total.forEach((local, k) => from.total[k] && e.fn.set(local, from.total[k]));
  if (to.position && from.position) e.fn.set(to.position, from.position);
}

/** Two partial results as one. NaN wins; of equals, and of two NaN, that of the lower column. */
export function combined(e: Emitter, reduce: Reduction, dtype: DType, a: Cell, b: Cell): Cell {
  switch (reduce) {
    case 'sum':
      return { total: applyBinary(e, 'add', dtype, a.total, b.total), position: undefined };
    case 'prod':
      return { total: applyBinary(e, 'mul', dtype, a.total, b.total), position: undefined };
    case 'max':
    case 'min':
      return { total: applyBinary(e, reduce, dtype, a.total, b.total), position: undefined };
    default: {
      const { fn } = e;
      const test = (op: 'gt' | 'lt' | 'eq' | 'ne', x: Vec, y: Vec): V128 => applyComparison(e, op, dtype, x, y)[0] as Local<'v128'>; // prettier-ignore
      let better = test(reduce === 'argmax' ? 'gt' : 'lt', b.total, a.total);
      let ties = test('eq', a.total, b.total);
      if (isFloat(dtype)) {
        const [aIsNaN, bIsNaN] = [fn.name(test('ne', a.total, a.total)), fn.name(test('ne', b.total, b.total))];
        better = v128.or(better, v128.andnot(bIsNaN, aIsNaN));
        ties = v128.or(ties, v128.and(aIsNaN, bIsNaN));
      }
      const [at, other] = [a.position ?? e.i32(-1), b.position ?? e.i32(-1)];
      // −1, as unsigned, is behind every column.
      const mask = fn.name(v128.or(better, v128.and(ties, i32x4.ltU(other, at))));
      return {
        total: selectLanes(e, mask, b.total, a.total, lanesOf(dtype)),
        position: fn.name(v128.bitselect(other, at, mask)),
      };
    }
  }
}

/** The lanes of a cell moved by two, or by one. */
function rotated(e: Emitter, dtype: DType, { total, position }: Cell, by: 1 | 2): Cell {
  const turn = (x: V128): V128 => i32x4.shuffle(x, x, by === 2 ? [2, 3, 0, 1] : [1, 0, 3, 2]);
  const [low, high] = total;
  const swap = (x: Local<'v128'>): V128 => i32x4.shuffle(x, x, [2, 3, 0, 1]);
  const parts =
    lanesOf(dtype) === 'f64' && low && high ? (by === 2 ? [high, low] : [swap(low), swap(high)]) : total.map(turn);
  return { total: named(e, parts), position: position && e.fn.name(turn(position)) };
}

/** A result in the dtype that it has for others. */
export function rounded(e: Emitter, reduce: Reduction, dtype: DType, { total, position }: Cell): Cell {
  return { total: castVec(e, accumulatorOf(reduce, dtype), dtype === 'float16' ? 'float32' : dtype, total), position };
}

/** The four lanes as one result, in all lanes. */
export function acrossLanes(e: Emitter, reduce: Reduction, dtype: DType, cell: Cell): Cell {
  const halves = combined(e, reduce, dtype, cell, rotated(e, dtype, cell, 2));
  return combined(e, reduce, dtype, halves, rotated(e, dtype, halves, 1));
}
