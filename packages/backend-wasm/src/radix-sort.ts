// Sorts records by their keys: digit by digit from the lowest up, each time keeping the order there was; a few records by
// insertion.

import {
  FunctionBuilder,
  i32,
  i64,
  memory,
  v128,
  type Code,
  type I32,
  type I64,
  type Local,
} from './assembler/index.ts';
import type { RecordLayout } from './sort-records.ts';

/** Up to so many records insertion is faster. */
const few = 40;

interface Digit {
  /** Of a record. */
  value(record: I32): I32;
  /** Where its counts lie. */
  readonly counts: number;
  readonly kinds: number;
}

function digitsOf({ key, low, high }: RecordLayout, width: number): Digit[] {
  const digits: Digit[] = [];
  let counts = 0;
  for (let bit = low; bit < high; bit += width) {
    const kinds = 2 ** Math.min(width, high - bit);
    const value = (record: I32): I32 => {
      const word = i32.load16U(record, key + (bit >> 3));
      return i32.and(bit & 7 ? i32.shrU(word, i32.const(bit & 7)) : word, i32.const(kinds - 1));
    };
    digits.push({ value, counts, kinds });
    counts += 4 * kinds;
  }
  return digits;
}

/** Bytes that counting takes. */
export const countBytes = (layout: RecordLayout, width: number): number =>
  digitsOf(layout, width).reduce((sum, { kinds }) => sum + 4 * kinds, 0);

/**
 * A function (records, spare, counts, number) that sorts ascending and gives the address of the result, one of the first two. A
 * digit has `width` bits, 11 at most.
 */
export function radixSort(layout: RecordLayout, width: number): FunctionBuilder {
  const { bytes } = layout;
  const fn = new FunctionBuilder(['i32', 'i32', 'i32', 'i32'], 'i32');
  const [from, to, counts, number] = [0, 1, 2, 3].map((k) => fn.param('i32', k)) as [Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>]; // prettier-ignore
  const move = (target: I32, source: I32): Code =>
    bytes === 8 ? i64.store(target, i64.load(source)) : v128.store(target, v128.load(source));
  const length = fn.name(i32.mul(number, i32.const(bytes)));
  const end = (): I32 => i32.add(from, length);
  fn.if(i32.leU(number, i32.const(few)), () => {
    insertionSort(fn, bytes, from, end());
    fn.return(from);
  });

  const digits = digitsOf(layout, width);
  fn.do(memory.fill(counts, i32.const(0), i32.const(countBytes(layout, width))));
  const record = fn.name(from);
  const count = (digit: Digit): I32 => i32.add(counts, i32.shl(digit.value(record), i32.const(2)));
  fn.while(record, fn.name(end()), bytes, () => {
    for (const digit of digits) {
      const at = fn.name(count(digit));
      fn.do(i32.store(at, i32.add(i32.load(at, digit.counts), i32.const(1)), digit.counts));
    }
  });
  for (const digit of digits) {
    fn.set(record, from);
    // A digit that is the same in all records changes nothing.
    fn.if(i32.ne(i32.load(count(digit), digit.counts), number), () => {
      const next = fn.name(to);
      const kind = fn.name(counts);
      fn.while(kind, fn.name(i32.add(counts, i32.const(4 * digit.kinds))), 4, () => {
        const many = fn.name(i32.load(kind, digit.counts));
        fn.do(i32.store(kind, next, digit.counts));
        fn.add(next, i32.mul(many, i32.const(bytes)));
      });
      fn.while(record, fn.name(end()), bytes, () => {
        const at = fn.name(count(digit));
        const place = fn.name(i32.load(at, digit.counts));
        fn.do(move(place, record));
        fn.do(i32.store(at, i32.add(place, i32.const(bytes)), digit.counts));
      });
      fn.set(record, from);
      fn.set(from, to);
      fn.set(to, record);
    });
  }
  fn.return(from);
  return fn;
}

/** Sorts the records from `from` up to `end`; those of 8 bytes differ all, since the position is a part of them. */
function insertionSort(fn: FunctionBuilder, bytes: 8 | 16, from: I32, end: I32): void {
  const order = (record: I32): I64 => i64.load(record, bytes - 8);
  const last = fn.name(end);
  const next = fn.name(i32.add(from, i32.const(bytes)));
  fn.while(next, last, bytes, () => {
    const [key, low] = [fn.name(order(next)), fn.name(i64.load(next))];
    const hole = fn.name(next);
    fn.scope((found) =>
      fn.loop((again) => {
        const before = fn.name(i32.sub(hole, i32.const(bytes)));
        fn.branch(found, i32.ltU(before, from));
        fn.branch(found, i64.geU(key, order(before)));
        fn.do(bytes === 8 ? i64.store(hole, i64.load(before)) : v128.store(hole, v128.load(before)));
        fn.set(hole, before);
        fn.branch(again);
      }),
    );
    fn.do(i64.store(hole, low));
    if (bytes === 16) fn.do(i64.store(hole, key, 8));
  });
}
