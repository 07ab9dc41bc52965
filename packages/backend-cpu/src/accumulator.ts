// Where a running reduction is kept: in a local while its row's columns go by, or, when rows are walked a strip at a
// time, in an array with one element for each row of the strip. And how a value is combined into it.

import { describe } from '@rushlight/core/kernel';
import type { DType, Reduction } from '@rushlight/core/kernel';
import { type Value, apply, both, choose, either, number, pick, test, zero } from './code.ts';
import type { Scope } from './scope.ts';

export interface Cell {
  /** From which level on a scope can read it. */
  level(scope: Scope): number;
  get(scope: Scope): Value;
  set(scope: Scope, value: Value): void;
  /** How to take the larger value: a row's running maximum hardly ever changes, those of a strip do at random. */
  readonly select: typeof choose;
}

/** A local of the scope's block. */
export function localCell(scope: Scope, initial: Value): Cell {
  const local = scope.code.variable(scope.block, initial);
  return {
    level: () => scope.depth,
    get: () => local,
    set: (at, value) => at.push({ kind: 'set', id: local.id, value }),
    select: choose,
  };
}

/** One element for each row of a strip, found by the counter of the innermost loop. */
export function stripCell(scope: Scope, length: number): Cell {
  const array = scope.code.array({ dtype: 'float64', length });
  const at = (inner: Scope): Value => inner.loops[inner.depth - 1]?.counter ?? zero;
  return {
    level: (inner) => inner.depth,
    get: (inner) => ({ kind: 'load', array, at: at(inner) }),
    set: (inner, value) => inner.push({ kind: 'store', array, at: at(inner), value }),
    select: pick,
  };
}

const lowest = (dtype: DType): number =>
  describe(dtype).kind === 'float' ? -Infinity : dtype === 'int32' ? -2147483648 : 0;
const highest = (dtype: DType): number =>
  describe(dtype).kind === 'float' ? Infinity : dtype === 'int32' ? 2147483647 : dtype === 'uint8' ? 255 : 1;

/** What a reduction over nothing gives. */
export function identity(reduce: Reduction, dtype: DType): Value {
  if (reduce === 'sum') return number(0);
  if (reduce === 'prod') return number(1);
  return number(reduce === 'max' || reduce === 'argmax' ? lowest(dtype) : highest(dtype));
}

/** Two partial results as one; of equals the first stays, and NaN wins. Both are trivial values. */
export function combined(reduce: Reduction, dtype: DType, total: Value, value: Value, select = choose): Value {
  if (reduce === 'sum') return apply('add', dtype, total, value);
  if (reduce === 'prod') return apply('mul', dtype, total, value);
  const better = test(reduce === 'max' || reduce === 'argmax' ? 'gt' : 'lt', value, total);
  const replaces = describe(dtype).kind === 'float' ? either(better, test('ne', value, value)) : better;
  return select(replaces, value, total);
}

/** Combines `value` into the cell. */
export function accumulate(scope: Scope, reduce: Reduction, dtype: DType, cell: Cell, value: Value): void {
  if (reduce === 'sum' || reduce === 'prod') return cell.set(scope, combined(reduce, dtype, cell.get(scope), value));
  const candidate = scope.code.name(scope.block, value);
  const total = scope.code.name(scope.block, cell.get(scope));
  cell.set(scope, combined(reduce, dtype, total, candidate, cell.select));
}

/** The same for argmax and argmin, which also keep the position of what they hold (−1 until something beats the identity). */
export function accumulatePosition(
  scope: Scope,
  reduce: Reduction,
  dtype: DType,
  cells: { readonly total: Cell; readonly position: Cell },
  value: Value,
  position: (scope: Scope) => Value,
): void {
  const candidate = scope.code.name(scope.block, value);
  const total = scope.code.name(scope.block, cells.total.get(scope));
  const better = test(reduce === 'argmax' ? 'gt' : 'lt', candidate, total);
  const firstNaN = both(test('ne', candidate, candidate), test('eq', total, total));
  const replaces = describe(dtype).kind === 'float' ? either(better, firstNaN) : better;
  if (cells.total.select === pick) {
    const condition = scope.code.name(scope.block, replaces);
    cells.total.set(scope, pick(condition, candidate, total));
    cells.position.set(scope, pick(condition, position(scope), cells.position.get(scope)));
    return;
  }
  scope.when(replaces, (inner) => {
    cells.total.set(inner, candidate);
    cells.position.set(inner, position(inner));
  });
}
