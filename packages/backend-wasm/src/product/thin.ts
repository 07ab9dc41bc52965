// Products with very few rows, for which packing the other factor would cost more than it saves: it is read where it lies. Where its
// columns are neighbours, several steps of depth at a time are added to a row of sums; where its depth is dense, sums are dot products.

import { FunctionBuilder, i32, memory, v128, type I32, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { loadEach, loadFour } from '../vector-memory.ts';
import { named, type Vec } from '../vector.ts';
import type { Arithmetic } from './arithmetic.ts';
import { areNeighbours, transposed } from './pack.ts';
import { entry, entryAt } from './unit.ts';

export interface ThinCall {
  readonly a: I32;
  readonly aLanes: I32;
  readonly aDepth: I32;
  readonly b: I32;
  readonly bLanes: I32;
  readonly bDepth: I32;
  readonly depth: I32;
  readonly rows: I32;
  readonly columns: I32;
  /** Whether all columns are neighbours. */
  readonly ramp: I32;
  readonly c: I32;
  /** Bytes from a row of sums to the next. */
  readonly width: I32;
}

const order = ['a', 'aLanes', 'aDepth', 'b', 'bLanes', 'bDepth', 'depth', 'rows', 'columns', 'ramp', 'c', 'width'] as const; // prettier-ignore

export const thinArguments = (call: ThinCall): I32[] => order.map((name) => call[name]);

type Params = Readonly<Record<(typeof order)[number], Local<'i32'>>>;

function begin(outer: Emitter): { e: Emitter; fn: FunctionBuilder; params: Params } {
  const fn = new FunctionBuilder(order.map(() => 'i32'));
  const params = Object.fromEntries(order.map((name, k) => [name, fn.param('i32', k)])) as unknown as Params;
  return { e: outer.other(fn), fn, params };
}

const parts = ({ lanes }: Arithmetic): number[] => (lanes === 2 ? [0, 1] : [0]);

/** Steps of depth that are added to a row of sums at a time: those of a kernel of 3 × 3, which is all the depth of many. */
const together = 9;

/** Columns that are neighbours, or mostly so. */
export function thinLanes(outer: Emitter, arithmetic: Arithmetic): FunctionBuilder {
  const { e, fn, params } = begin(outer);
  const { a, aLanes, aDepth, b, bLanes, bDepth, depth, rows, columns, ramp, c, width } = params;
  const { bytes, dtype } = arithmetic;
  const wide = fn.name(i32.and(columns, i32.const(-16)));
  const [k, j, out] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
  fn.do(memory.fill(c, i32.const(0), i32.mul(rows, width)));
  const steps = (count: number): void => {
    const range = Array.from({ length: count }, (_, s) => s);
    const lines = range.map((s) => fn.name(i32.add(b, entry(bDepth, i32.add(k, i32.const(s))))));
    fn.for(rows, (i) => {
      const row = fn.name(i32.add(a, entry(aLanes, i)));
      const factors = range.map((s) =>
        fn.name(arithmetic.splat(i32.add(row, entry(aDepth, i32.add(k, i32.const(s)))))),
      );
      fn.set(out, i32.add(c, i32.mul(i, width)));
      fn.set(j, i32.const(0));
      /** Adds to so many groups of four columns. */
      const add = (groups: number, read: (line: I32, group: number) => Vec | V128[]): void => {
        for (let group = 0; group < groups; group++) {
          const at = (part: number): number => 4 * bytes * group + 16 * part;
          const sums = parts(arithmetic).map((part) => fn.name(v128.load(out, at(part))));
          lines.forEach((line, s) => {
            const x = factors[s];
            if (x) read(line, group).forEach((y, part) => sums[part] && fn.set(sums[part], arithmetic.madd(x, y, sums[part]))); // prettier-ignore
          });
          sums.forEach((sum, part) => fn.do(v128.store(out, sum, at(part))));
        }
        fn.add(out, 4 * bytes * groups);
        fn.add(j, 4 * groups);
      };
      const dense = (groups: number): void => {
        const lane = fn.name(entry(bLanes, j));
        const places = new Map(lines.map((line) => [line as I32, fn.name(i32.add(line, lane))]));
        add(groups, (line, group) =>
          parts(arithmetic).map((part) => v128.load(places.get(line) ?? line, 4 * bytes * group + 16 * part)),
        );
      };
      const table = fn.local('i32');
      fn.if(ramp, () => fn.while(j, wide, 0, () => dense(4)));
      fn.while(j, columns, 0, () => {
        fn.set(table, entryAt(bLanes, j));
        fn.if(areNeighbours(table, bytes), () => dense(1), () => add(1, (line) => loadEach(e, dtype, (lane) => i32.add(line, i32.load(table, 4 * lane))))); // prettier-ignore
      });
    });
    fn.add(k, count);
  };
  const whole = fn.name(i32.sub(depth, i32.remU(depth, i32.const(together))));
  fn.while(k, whole, 0, () => steps(together));
  fn.while(k, depth, 0, () => steps(1));
  return fn;
}

/** Depth that is dense in groups of four, in both factors. */
export function thinDepth(outer: Emitter, arithmetic: Arithmetic): FunctionBuilder {
  const { e, fn, params } = begin(outer);
  const { a, aLanes, aDepth, b, bLanes, bDepth, depth, rows, columns, c, width } = params;
  const { bytes, dtype } = arithmetic;
  const [k, j] = [fn.local('i32'), fn.local('i32')];
  const four = [0, 1, 2, 3];
  const sums = [0, 1].map(() => four.map(() => parts(arithmetic).map(() => fn.local('v128'))));
  const groups = fn.name(i32.and(depth, i32.const(-4)));
  const pairs = fn.name(i32.and(depth, i32.const(-8)));
  fn.while(j, columns, 4, () => {
    const lines = four.map((lane) => fn.name(i32.add(b, entry(bLanes, i32.add(j, i32.const(lane))))));
    fn.for(rows, (i) => {
      const row = fn.name(i32.add(a, entry(aLanes, i)));
      for (const sum of sums.flat(2)) fn.set(sum, e.i32(0));
      const steps = (count: 1 | 2): void => {
        for (const sum of sums.slice(0, count)) {
          const x = loadFour(e, dtype, i32.add(row, entry(aDepth, k)));
          const offset = fn.name(entry(bDepth, k));
          sum.forEach((column, lane) =>
            column.forEach((total, part) => {
              const y = v128.load(i32.add(lines[lane] ?? offset, offset), 16 * part);
              fn.set(total, arithmetic.madd(x[part] as V128, y, total));
            }),
          );
          fn.add(k, 4);
        }
      };
      fn.set(k, i32.const(0));
      fn.while(k, pairs, 0, () => steps(2));
      fn.while(k, groups, 0, () => steps(1));
      const added = (x: Vec, y: Vec): Vec => named(e, x.map((part, h) => arithmetic.add(part, y[h] as V128))); // prettier-ignore
      const [even = [], odd = []] = sums;
      const lanes = transposed(
        e,
        even.map((x, lane) => added(x, odd[lane] as Vec)),
      );
      const total = lanes.reduce(added);
      fn.while(k, depth, 1, () => {
        const x = fn.name(arithmetic.splat(i32.add(row, entry(aDepth, k))));
        const offset = fn.name(entry(bDepth, k));
        const y = loadEach(e, dtype, (lane) => i32.add(lines[lane] ?? offset, offset));
        total.forEach((part, h) => fn.set(part, arithmetic.madd(x, y[h] as V128, part)));
      });
      const out = fn.name(i32.add(c, i32.mul(i, width), i32.mul(j, i32.const(bytes))));
      total.forEach((part, h) => fn.do(v128.store(out, part, 16 * h)));
    });
  });
  return fn;
}
