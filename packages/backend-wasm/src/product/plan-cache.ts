// Remembers what was planned for the geometries of the last launches: a steady loop has few, and asks for them in turn.

import type { Geometry, Operand } from '@rushlight/core/kernel';

const capacity = 32;

interface Remembered<T> {
  readonly numbers: readonly number[];
  readonly value: T;
}

export class PlanCache<T> {
  private readonly entries: Remembered<T>[] = [];

  /** What was made for these sizes, strides and geometry, else what `make` makes. */
  get(sizes: readonly number[], operands: readonly Operand[], geometry: Geometry | undefined, make: () => T): T {
    const { entries } = this;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k];
      if (!entry || !matches(entry.numbers, sizes, operands, geometry)) continue;
      if (k > 0) {
        entries.splice(k, 1);
        entries.unshift(entry);
      }
      return entry.value;
    }
    const value = make();
    const numbers = [...sizes, ...operands.flatMap(({ strides }) => strides)];
    if (geometry) numbers.push(...geometry.stride, ...geometry.padding, ...geometry.dilation);
    entries.unshift({ numbers, value });
    if (entries.length > capacity) entries.pop();
    return value;
  }
}

function matches(
  numbers: readonly number[],
  sizes: readonly number[],
  operands: readonly Operand[],
  geometry: Geometry | undefined,
): boolean {
  // prettier-ignore
  let at = 0;
  for (let k = 0; k < sizes.length; k++) if (numbers[at++] !== sizes[k]) return false;
  for (let o = 0; o < operands.length; o++) {
    const strides = operands[o]?.strides ?? [];
    for (let k = 0; k < strides.length; k++) if (numbers[at++] !== strides[k]) return false;
  }
  if (!geometry) return true;
  for (const list of [geometry.stride, geometry.padding, geometry.dilation])
    for (let k = 0; k < list.length; k++) if (numbers[at++] !== list[k]) return false;
  return true;
}
