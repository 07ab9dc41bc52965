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
const few = 32;

/** Bytes of the counts of one digit, a byte. */
const kinds = 4 * 256;

/** Bytes that counting takes. */
export const countBytes = ({ digits }: RecordLayout): number => digits.length * kinds;

/**
 * A function (records, spare, counts, number) that sorts ascending and gives the address of the result, one of the first two.
 */
export function radixSort(layout: RecordLayout): FunctionBuilder {
  const { bytes, digits } = layout;
  const fn = new FunctionBuilder(['i32', 'i32', 'i32', 'i32'], 'i32');
  const [from, to, counts, number] = [0, 1, 2, 3].map((k) => fn.param('i32', k)) as [Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>]; // prettier-ignore
  const move = (target: I32, source: I32): Code =>
    bytes === 8 ? i64.store(target, i64.load(source)) : v128.store(target, v128.load(source));
  const length = fn.name(i32.mul(number, i32.const(bytes)));
  fn.if(i32.leU(number, i32.const(few)), () => {
    insertionSort(fn, bytes, from, length);
    fn.return(from);
  });

  fn.do(memory.fill(counts, i32.const(0), i32.const(countBytes(layout))));
  const count = (digit: number, record: I32): I32 => i32.add(counts, i32.shl(i32.load8U(record, digit), i32.const(2)));
  eachRecord(fn, bytes, from, length, (record) => {
    digits.forEach((digit, k) => {
      const at = fn.name(count(digit, record));
      fn.do(i32.store(at, i32.add(i32.load(at, k * kinds), i32.const(1)), k * kinds));
    });
  });
  digits.forEach((digit, k) => {
    // A digit that is the same in all records changes nothing.
    fn.if(i32.ne(i32.load(count(digit, from), k * kinds), number), () => {
      const next = fn.name(to);
      eachRecord(fn, 4, counts, i32.const(kinds), (kind) => {
        const many = fn.name(i32.load(kind, k * kinds));
        fn.do(i32.store(kind, next, k * kinds));
        fn.add(next, i32.mul(many, i32.const(bytes)));
      });
      eachRecord(fn, bytes, from, length, (record) => {
        const at = fn.name(count(digit, record));
        const place = fn.name(i32.load(at, k * kinds));
        fn.do(move(place, record));
        fn.do(i32.store(at, i32.add(place, i32.const(bytes)), k * kinds));
      });
      const sorted = fn.name(to);
      fn.set(to, from);
      fn.set(from, sorted);
    });
  });
  fn.return(from);
  return fn;
}

/** The records of so many bytes from an address on; `length` is that of all of them. */
function eachRecord(
  fn: FunctionBuilder,
  bytes: number,
  from: I32,
  length: I32,
  body: (record: Local<'i32'>) => void,
): void {
  const distance = fn.name(i32.const(0));
  fn.while(distance, length, bytes, () => body(fn.name(i32.add(from, distance))));
}

/** Those of 8 bytes differ all, since the position is a part of them. */
function insertionSort(fn: FunctionBuilder, bytes: 8 | 16, from: I32, length: I32): void {
  const order = (record: I32): I64 => i64.load(record, bytes - 8);
  eachRecord(fn, bytes, from, length, (next) => {
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
