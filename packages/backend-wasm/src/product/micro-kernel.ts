// The inner loops: a few rows of one factor times panels of the other, a tile of sums at a time, all in registers. Panels lie
// [k][columns]; rows lie in a panel [k][rows] too, or are read in place where their elements are neighbours along the depth.

import { FunctionBuilder, i32, v128, type I32, type Local, type V128 } from '../assembler/index.ts';
import type { Arithmetic } from './arithmetic.ts';

export interface RowsCall {
  /** The panel of rows; in place: the address that `lanes` counts from. */
  readonly a: I32;
  /** In place: the table of where each row begins. */
  readonly lanes: I32;
  readonly b: I32;
  /** Bytes from a panel of columns to the next. */
  readonly bStep: I32;
  readonly c: I32;
  /** Bytes from a row of sums to the next. */
  readonly cStep: I32;
  readonly depth: I32;
  readonly panels: I32;
  /** Whether to add to the sums that are there. */
  readonly accumulate: I32;
}

const order = ['a', 'lanes', 'b', 'bStep', 'c', 'cStep', 'depth', 'panels', 'accumulate'] as const;

export const rowsArguments = (call: RowsCall): I32[] => order.map((name) => call[name]);

/** A function for so many rows. */
export function rowsFunction(arithmetic: Arithmetic, rows: number, inPlace: boolean): FunctionBuilder {
  const { bytes, columns, lanes: width, unroll } = arithmetic;
  const vectors = columns / width;
  const fn = new FunctionBuilder(order.map(() => 'i32'));
  const [a, lanes, b, bStep, c, cStep, depth, panels, accumulate] = order.map((_, k) => fn.param('i32', k)) as [
    Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>, Local<'i32'>,
  ]; // prettier-ignore
  const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => fn.local('v128')));
  const loaded = Array.from({ length: vectors }, () => fn.local('v128'));
  const element = fn.local('v128');
  const starts = inPlace ? sums.map((_, i) => fn.name(i32.add(a, i32.load(lanes, 4 * i)))) : [];
  const pointers = inPlace ? sums.map(() => fn.local('i32')) : [fn.local('i32')];
  const [q, end, row] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];

  const eachVector = (visit: (sum: Local<'v128'>, offset: number) => void): void => {
    fn.set(row, c);
    sums.forEach((line, i) => {
      if (i > 0) fn.set(row, i32.add(row, cStep));
      line.forEach((sum, j) => visit(sum, 16 * j));
    });
  };
  const steps = (count: number): void => {
    for (let k = 0; k < count; k++) {
      loaded.forEach((vector, j) => fn.set(vector, v128.load(q, k * columns * bytes + 16 * j)));
      sums.forEach((line, i) => {
        const [at, offset] = inPlace ? [pointers[i], k * bytes] : [pointers[0], (k * arithmetic.rows + i) * bytes];
        if (!at) return;
        fn.set(element, arithmetic.splat(at, offset));
        line.forEach((sum, j) => fn.set(sum, arithmetic.madd(element, loaded[j] as V128, sum)));
      });
    }
    for (const pointer of pointers) fn.add(pointer, count * bytes * (inPlace ? 1 : arithmetic.rows));
    fn.add(q, count * columns * bytes);
  };
  const until = (limit: I32, count: number): void =>
    fn.if(i32.ne(q, limit), () =>
      fn.loop((again) => {
        steps(count);
        fn.branch(again, i32.ne(q, limit));
      }),
    );

  fn.scope((exit) => {
    fn.branch(exit, i32.eqz(panels));
    fn.loop((again) => {
      for (const sum of sums.flat()) fn.set(sum, v128.const(zeros));
      pointers.forEach((pointer, i) => fn.set(pointer, starts[i] ?? a));
      fn.set(q, b);
      const bytesOf = (count: I32): I32 => i32.mul(count, i32.const(columns * bytes));
      if (unroll > 1) {
        fn.set(end, i32.add(b, bytesOf(i32.and(depth, i32.const(-unroll)))));
        until(end, unroll);
      }
      fn.set(end, i32.add(b, bytesOf(depth)));
      until(end, 1);
      // Not before: a sum that went through the whole depth would lose more with every step.
      fn.if(accumulate, () => eachVector((sum, offset) => fn.set(sum, arithmetic.add(sum, v128.load(row, offset)))));
      eachVector((sum, offset) => fn.do(v128.store(row, sum, offset)));
      fn.add(b, bStep);
      fn.add(c, columns * bytes);
      fn.add(panels, -1);
      fn.branch(again, panels);
    });
  });
  return fn;
}

const zeros = Array.from({ length: 16 }, () => 0);
