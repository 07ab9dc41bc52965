// Where the elements of one side of a product lie, in bytes. A table that goes up evenly is not written before a plan needs it.

import { offsetTable } from '@rushlight/core/kernel';

export interface Table {
  readonly count: number;
  /** Of an element. */
  readonly bytes: number;
  readonly first: number;
  /** From each entry to the next, if it is always the same. */
  readonly step: number | undefined;
  /** Where it is not: all of them. */
  readonly entries?: Int32Array;
  /** Whether entries are neighbours in groups of four: in all of them, in at least half. */
  readonly denseByFour: boolean;
  readonly mostlyDense: boolean;
}

export function evenTable(count: number, step: number, bytes: number, first = 0): Table {
  const dense = count < 2 || step === bytes;
  return { count, bytes, first, step: count < 2 ? 0 : step, denseByFour: dense, mostlyDense: dense };
}

/** The row-major table of sums of one offset from each axis. */
export function tableOf(axes: readonly Int32Array[], bytes: number): Table {
  const even = stepOf(axes);
  if (even !== undefined) {
    const [count, first] = axes.reduce(([n, sum], axis) => [n * axis.length, sum + (axis[0] ?? 0)], [1, 0]);
    return evenTable(count, even, bytes, first);
  }
  const entries = offsetTable(axes);
  const count = entries.length;
  const at = (k: number): number => entries[k] ?? 0;
  let denseByFour = true;
  let denseGroups = 0;
  for (let k = 1; k < count; k++) {
    if (k % 4 !== 0 && at(k) - at(k - 1) !== bytes) denseByFour = false;
    if (k % 4 === 3 && at(k) - at(k - 3) === 3 * bytes) denseGroups++;
  }
  return { count, bytes, first: at(0), step: undefined, entries, denseByFour, mostlyDense: denseGroups * 8 >= count };
}

/** The step of a table that goes up evenly: each axis does, and goes on where the one inside ends. */
function stepOf(axes: readonly Int32Array[]): number | undefined {
  let [count, step] = [1, 0];
  for (const axis of axes.toReversed()) {
    if (axis.length === 1) continue;
    const own = (axis[1] ?? 0) - (axis[0] ?? 0);
    if (count === 1) step = own;
    if (own !== step * count || axis.some((offset, k) => k > 0 && offset - (axis[k - 1] ?? 0) !== own))
      return undefined;
    count *= axis.length;
  }
  return step;
}

/** Whether all entries are neighbours. */
export const isDense = ({ count, step, bytes }: Table): boolean => count < 2 || step === bytes;

/** Integers of a plan that are written where it lies. */
export interface Written {
  readonly length: number;
  write(to: Int32Array): void;
}

function writeEntries({ entries, first, step = 0 }: Table, to: Int32Array, count: number): void {
  if (entries) to.set(entries);
  else for (let k = 0; k < count; k++) to[k] = first + k * step;
}

export const plain = (list: Int32Array): Written => ({ length: list.length, write: (to) => to.set(list) });

/** Entries that are read in groups of four at most; of a table that goes up evenly only so many. */
export function unpadded(table: Table, most = table.count): Written {
  const count = table.step === undefined ? table.count : Math.min(table.count, most);
  return { length: count + 4, write: (to) => writeEntries(table, to, count) };
}

/**
 * Lanes that may be read beyond their end, in panels of `panel` entries and in groups of four of them. Where there are no more
 * elements, what is read must be memory all the same: neighbours to the end of a group, then the panel's first group again.
 */
export function padded(table: Table, panel: number, lastPanel?: number): Written {
  const { count, bytes } = table;
  const write = (to: Int32Array): void => {
    writeEntries(table, to, count);
    if (count === 0) return;
    const last = count - 1;
    const start = lastPanel ?? last - (last % panel);
    const goesOn = count === 1 || (to[last] ?? 0) - (to[last - 1] ?? 0) === bytes;
    for (let k = count; k < to.length; k++) {
      const group = start + ((k - start) & ~3);
      to[k] = group < count ? (to[k - 1] ?? 0) + (goesOn ? bytes : 0) : (to[start + ((k - start) & 3)] ?? 0);
    }
  };
  return { length: count + Math.max(8, panel + 4), write };
}
