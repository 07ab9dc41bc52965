// Remembers what was planned for the geometries of the last launches of a program: a steady loop has few, and asks for them in turn.

import type { Geometry, Operand } from '@rushlight/core/kernel';

const capacity = 32;

/** The numbers that a plan follows from: sizes, strides, geometry. */
type Numbers = readonly (readonly number[])[];

function equal(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

export class PlanMemory<T> {
  private readonly entries: { readonly numbers: Numbers; readonly plan: T }[] = [];

  /** What was made for the same sizes, strides and geometry, else what `make` makes. */
  get(sizes: readonly number[], operands: readonly Operand[], geometry: Geometry | undefined, make: () => T): T {
    const { entries } = this;
    const numbers = [sizes, ...operands.map(({ strides }) => strides)];
    if (geometry) numbers.push(geometry.stride, geometry.padding, geometry.dilation);
    const at = entries.findIndex((entry) => entry.numbers.every((list, k) => equal(list, numbers[k] ?? [])));
    const entry = entries[at] ?? { numbers, plan: make() };
    if (at > 0) entries.splice(at, 1);
    if (at !== 0) entries.unshift(entry);
    if (entries.length > capacity) entries.pop();
    return entry.plan;
  }
}
