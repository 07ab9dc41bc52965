// Stable sort of rows: numbers and their positions are merged bottom-up in scratch memory, runs of sixteen being sorted
// by insertion first. NaNs are set aside beforehand, so that plain comparisons order the rest.

import { fromFloat16Bits, toFloat16Bits } from '@rushlight/core/kernel';
import type { Launch, Operand, SortProgram } from '@rushlight/core/kernel';
import { dataOf } from './cpu-buffer.ts';
import { eachRow } from './each-row.ts';

const run = 16;

/** Keys and the positions they came from. */
interface Row {
  readonly keys: Float64Array;
  readonly positions: Int32Array;
}

const makeRow = (length: number): Row => ({ keys: new Float64Array(length), positions: new Int32Array(length) });

/** Sorts [from, to) ascending, in place. */
function insertionSort({ keys, positions }: Row, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const key = keys[i] as number;
    const position = positions[i] as number;
    let j = i - 1;
    for (; j >= from && (keys[j] as number) > key; j--) {
      keys[j + 1] = keys[j] as number;
      positions[j + 1] = positions[j] as number;
    }
    keys[j + 1] = key;
    positions[j + 1] = position;
  }
}

/** Merges the sorted [from, middle) and [middle, to) of one row into another. */
function merge(a: Row, b: Row, from: number, middle: number, to: number): void {
  const { keys, positions } = a;
  let left = from;
  let right = middle;
  for (let k = from; k < to; k++) {
    const takeLeft = left < middle && (right >= to || (keys[left] as number) <= (keys[right] as number));
    const taken = takeLeft ? left++ : right++;
    b.keys[k] = keys[taken] as number;
    b.positions[k] = positions[taken] as number;
  }
}

/** Sorts the first `count` elements ascending; the result is in the returned one of the two rows. */
function mergeSort(row: Row, spare: Row, count: number): Row {
  for (let from = 0; from < count; from += run) insertionSort(row, from, Math.min(from + run, count));
  let [a, b] = [row, spare];
  for (let width = run; width < count; width *= 2) {
    for (let from = 0; from < count; from += 2 * width) {
      merge(a, b, from, Math.min(from + width, count), Math.min(from + 2 * width, count));
    }
    [a, b] = [b, a];
  }
  return a;
}

/** Runs a sort whose input has no guards. */
export function runSort({ program, sizes, operands }: Launch<SortProgram>): void {
  const [source, values, positions] = operands as readonly [Operand, Operand, Operand];
  const last = sizes.length - 1;
  const length = sizes[last] ?? 0;
  const [row, spare] = [makeRow(length), makeRow(length)];
  const [from, to, places] = [dataOf(source.buffer), dataOf(values.buffer), dataOf(positions.buffer)];
  const half = source.buffer.dtype === 'float16';
  // A stable descending sort is an ascending one of the negated keys.
  const sign = program.descending ? -1 : 1;
  const step = (operand: Operand): number => operand.strides[last] ?? 0;
  const [sourceStep, valueStep, positionStep] = [step(source), step(values), step(positions)];
  eachRow(sizes.slice(0, -1), operands, ([sourceAt = 0, valueAt = 0, positionAt = 0]) => {
    let count = 0;
    let nans = 0;
    for (let k = 0; k < length; k++) {
      const bits = from[sourceAt + k * sourceStep] as number;
      const key = half ? fromFloat16Bits(bits) : bits;
      if (key === key) {
        row.keys[count] = sign * key;
        row.positions[count++] = k;
      } else spare.positions[nans++] = k;
    }
    const nanStart = program.descending ? 0 : count;
    for (let k = 0; k < nans; k++) {
      to[valueAt + (nanStart + k) * valueStep] = half ? 0x7e00 : NaN;
      places[positionAt + (nanStart + k) * positionStep] = spare.positions[k] as number;
    }
    const start = program.descending ? nans : 0;
    const sorted = mergeSort(row, spare, count);
    for (let k = 0; k < count; k++) {
      const key = sign * (sorted.keys[k] as number);
      to[valueAt + (start + k) * valueStep] = half ? toFloat16Bits(key) : key;
      places[positionAt + (start + k) * positionStep] = sorted.positions[k] as number;
    }
  });
}
