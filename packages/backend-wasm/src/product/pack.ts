// Packing: a few lanes of a factor, over a range of depth, as a panel [k][lanes] of the numbers that are multiplied. Where four lanes
// are neighbours in memory they are copied at once; where they are of two rows of an image, from both; where the depth is dense 4 × 4
// elements are transposed; else each goes alone.

import type { DType } from '@rushlight/core/kernel';
import { FunctionBuilder, i32, i32x4, v128, type I32, type Local, type V128 } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { loadEach, loadFour, storeFour } from '../vector-memory.ts';
import { lanesOf, named, selectLanes, type Vec } from '../vector.ts';
import { elementBytes } from '../wasm-buffer.ts';
import { factorAs, type Arithmetic } from './arithmetic.ts';

/** Bytes that may be written behind a panel. */
export const panelSlack = 32;

/** Which of four entries of a table are neighbouring elements, the first one at `start`. */
const neighbours = (table: I32, bytes: number, start = v128.load32Splat(table)): V128 =>
  i32x4.eq(v128.load(table), i32x4.add(start, i32x4.const(0, bytes, 2 * bytes, 3 * bytes)));

/** Whether all of them are. */
export const areNeighbours = (table: I32, bytes: number): I32 => i32x4.allTrue(neighbours(table, bytes));

/** pack(from, lanes, depth, count, to): the tables hold bytes from `from`, that of the lanes up to the end of a group of four. */
export function packFunction(
  outer: Emitter,
  factor: DType,
  { dtype: sums, bytes: size }: Arithmetic,
  width: number,
): FunctionBuilder {
  const dtype = factorAs(factor);
  const bytes = elementBytes(dtype);
  const fn = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32']);
  const e = outer.other(fn);
  const param = (k: number): Local<'i32'> => fn.param('i32', k);
  const [from, lanes, depth, count, to] = [param(0), param(1), param(2), param(3), param(4)] as const;
  const groups = Array.from({ length: Math.ceil(width / 4) }, (_, g) => {
    const table = fn.name(i32.add(lanes, i32.const(16 * g)));
    // Lanes that are neighbours of the first one, and of the last one: what is read before or behind those is not used.
    const end = fn.name(i32.sub(i32.load(table, 12), i32.const(3 * bytes)));
    const isFirst = fn.name(neighbours(table, bytes));
    const isSecond = neighbours(table, bytes, i32x4.splat(end));
    return {
      g,
      isFirst,
      start: fn.name(i32.add(from, i32.load(table))),
      end: fn.name(i32.add(from, end)),
      dense: fn.name(i32x4.allTrue(isFirst)),
      twofold: fn.name(i32x4.allTrue(v128.or(isFirst, isSecond))),
    };
  });
  const [k, at, out] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
  // The last group of a panel may be short: what it writes too much lies in the next step, and is overwritten, as within a step
  // groups go up, and groups that go through all steps alone go down.
  const store = (x: Vec, g: number, step = 0): void => storeFour(e, out, { dtype: sums, raw: x }, (step * width + 4 * g) * size); // prettier-ignore
  const advance = (steps: number): void => {
    fn.add(k, steps);
    fn.add(at, 4 * steps);
    fn.add(out, steps * width * size);
  };
  const eachStep = (body: () => void): void => {
    fn.set(k, i32.const(0));
    fn.set(at, depth);
    fn.set(out, to);
    fn.while(k, count, 0, body);
  };
  const copy = (some: typeof groups): void =>
    eachStep(() => {
      const offset = fn.name(i32.load(at));
      for (const { g, start } of some) store(loadFour(e, dtype, i32.add(start, offset)), g);
      advance(1);
    });
  const blend = (some: typeof groups): void =>
    eachStep(() => {
      const offset = fn.name(i32.load(at));
      for (const { g, start, end, isFirst } of some) {
        const [first, second] = [start, end].map((run) => loadFour(e, dtype, i32.add(run, offset))) as [Vec, Vec];
        store(selectLanes(e, isFirst, first, second, lanesOf(dtype)), g);
      }
      advance(1);
    });
  const alone = (g: number): void => {
    const starts = [0, 1, 2, 3].map((lane) => fn.name(i32.add(from, i32.load(lanes, 16 * g + 4 * lane))));
    const four = (): void => {
      const offset = fn.name(i32.load(at));
      transposed(e, starts.map((start) => loadFour(e, dtype, i32.add(start, offset)))).forEach((x, step) => store(x, g, step)); // prettier-ignore
      advance(4);
    };
    const one = (): void => {
      const offset = fn.name(i32.load(at));
      store(
        loadEach(e, dtype, (lane) => i32.add(starts[lane] ?? offset, offset)),
        g,
      );
      advance(1);
    };
    eachStep(() => {
      const isWhole = i32.leS(i32.add(k, i32.const(4)), count);
      fn.if(fn.choose(isWhole, areNeighbours(at, bytes), i32.const(0)), four, one);
    });
  };
  const every = (property: 'dense' | 'twofold'): I32 =>
    groups.map((group): I32 => group[property]).reduce((x, y) => i32.and(x, y));
  fn.if(
    every('dense'),
    () => copy(groups),
    () =>
      fn.if(
        every('twofold'),
        () => blend(groups),
        () => {
          for (const group of groups.toReversed()) fn.if(group.twofold, () => blend([group]), () => alone(group.g)); // prettier-ignore
        },
      ),
  );
  return fn;
}

/** Four vectors of four as columns. */
export function transposed(e: Emitter, rows: readonly Vec[]): Vec[] {
  const [a, b, c, d] = rows as [Vec, Vec, Vec, Vec];
  const zip = (x: V128, y: V128, lanes: readonly [number, number, number, number]): V128 => i32x4.shuffle(x, y, lanes);
  if (a.length === 2) {
    // Pairs of 64-bit lanes: part h of a row holds columns 2h and 2h + 1.
    return [0, 1, 2, 3].map((column) => {
      const lanes = column % 2 === 0 ? ([0, 1, 4, 5] as const) : ([2, 3, 6, 7] as const);
      const part = (x: Vec): V128 => x[column >> 1] as V128;
      return named(e, [zip(part(a), part(b), lanes), zip(part(c), part(d), lanes)]);
    });
  }
  const zipped = (x: Vec, y: Vec): V128[] =>
    ([[0, 4, 1, 5], [2, 6, 3, 7]] as const).map((lanes) => e.fn.name(zip(x[0] as V128, y[0] as V128, lanes))); // prettier-ignore
  const [ab, cd] = [zipped(a, b), zipped(c, d)];
  return [0, 1, 2, 3].map((column) => {
    const lanes = column % 2 === 0 ? ([0, 1, 4, 5] as const) : ([2, 3, 6, 7] as const);
    return named(e, [zip(ab[column >> 1] as V128, cd[column >> 1] as V128, lanes)]);
  });
}
