// Remembers what was planned for the geometries of the last launches: a steady loop has few, and asks for them in turn.

import type { Geometry, Operand } from '@rushlight/core/kernel';

const capacity = 32;
/** The longest dim: counters are signed numbers of 32 bits, and step past the end by a block at most. */
const longest = 2 ** 31 - 2 ** 13;

interface Remembered<T> {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
  readonly guards: readonly Operand['guards'][];
  readonly geometry: Geometry | undefined;
  readonly value: T;
}

export class PlanCache<T> {
  private readonly entries: Remembered<T>[] = [];
  private readonly onForget: ((value: T) => void) | undefined;

  /** `onForget` is told what is remembered no more. */
  constructor(onForget?: (value: T) => void) {
    this.onForget = onForget;
  }

  /** What was made for the same sizes, strides, guards and geometry, else what `make` makes. Throws RangeError for a dim too long. */
  get(sizes: readonly number[], operands: readonly Operand[], geometry: Geometry | undefined, make: () => T): T {
    const { entries } = this;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k] as Remembered<T>;
      if (!matches(entry, sizes, operands, geometry)) continue;
      if (k > 0) {
        entries.splice(k, 1);
        entries.unshift(entry);
      }
      return entry.value;
    }
    const long = sizes.find((size) => size > longest);
    if (long !== undefined)
      throw new RangeError(`wasm: a tensor of ${long} elements; kernels count to ${longest}. Split it.`);
    const value = make();
    const [strides, guards] = [operands.map((o) => o.strides), operands.map((o) => o.guards)];
    entries.unshift({ sizes, strides, guards, geometry, value });
    const forgotten = entries.length > capacity ? entries.pop() : undefined;
    if (forgotten) this.onForget?.(forgotten.value);
    return value;
  }
}

function matches(
  entry: Remembered<unknown>,
  sizes: readonly number[],
  operands: readonly Operand[],
  geometry?: Geometry,
): boolean {
  if (!equal(entry.sizes, sizes)) return false;
  for (let k = 0; k < operands.length; k++) {
    const operand = operands[k] as Operand;
    // Core gives equal guards as one object; others that are equal only cost a plan.
    if (operand.guards !== entry.guards[k] || !equal(operand.strides, entry.strides[k] as readonly number[]))
      return false;
  }
  const known = entry.geometry;
  if (geometry === known) return true;
  if (!geometry || !known) return false;
  return (
    equal(geometry.stride, known.stride) &&
    equal(geometry.padding, known.padding) &&
    equal(geometry.dilation, known.dilation)
  );
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
