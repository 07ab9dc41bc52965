// The end of a product: rows of sums become rows of the output, four columns at a time, by way of the epilogue.

import type { DType, Expr } from '@rushlight/core/kernel';
import { f64, FunctionBuilder, i32, i32x4, v128, type Block, type I32, type Local } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { Lowering } from '../lower-expr.ts';
import { loadEach, loadFour, loadSplat, splatNumber, stored, storeFour, storeLane } from '../vector-memory.ts';
import { named, type Vec } from '../vector.ts';
import { elementBytes } from '../wasm-buffer.ts';
import type { Arithmetic } from './arithmetic.ts';
import { areNeighbours } from './pack.ts';
import { entry, entryAt } from './unit.ts';
import { readers, scalarPlace, type ProductStructure, type Variant } from './variant.ts';

/** Where something is computed: once, per row, per four columns. */
type Place = 0 | 1 | 2;

/** finish(launch, batch, sums, row, rows, column, columns): `sums` holds the rows from `row` on, from `column` on. */
export function finishFunction(
  outer: Emitter,
  structure: ProductStructure,
  variant: Variant,
  arithmetic: Arithmetic,
): FunctionBuilder {
  const fn = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const e = outer.other(fn);
  const param = (k: number): Local<'i32'> => fn.param('i32', k);
  const [launch, batch, sums, row, rows, column, columns] = [param(0), param(1), param(2), param(3), param(4), param(5), param(6)] as const; // prettier-ignore
  const { ends, epilogue, factor } = structure;
  const { word: launchWord, plan: word } = readers(fn, launch, ends.length);
  const inBatch = ends.map((_, k) => fn.name(i32.add(launchWord(`end ${k}`), entry(word(`batch ${k}`), batch))));
  const tables = ends.map((_, k) => fn.name(entryAt(word(`columns ${k}`), column)));

  const blocks: Block[] = [fn.entry];
  const known = [0, 1, 2].map(() => new Map<Expr, Vec>());
  fn.for(rows, (i) => {
    blocks[1] = fn.here;
    const here = fn.name(i32.add(row, i));
    const inRow = inBatch.map((base, k) => fn.name(i32.add(base, entry(word(`rows ${k}`), here))));
    const source = fn.name(i32.add(sums, i32.mul(i, word('width'))));
    const still = (k: number): I32 => i32.add(inRow[k] ?? here, entry(tables[k] ?? here, i32.const(0)));
    const j = fn.local('i32');
    fn.set(j, i32.const(0));
    // What is computed per row goes before the loop over columns, which is written into its own place.
    const inside: Block = [];
    fn.into(inside, () => {
      blocks[2] = fn.here;
      const at = fn.name(i32.shl(j, i32.const(2)));
      const tableAt = (k: number): I32 => i32.add(tables[k] ?? at, at);
      const addressOf = (k: number, lane: number): I32 => i32.add(inRow[k] ?? at, i32.load(tableAt(k), 4 * lane));
      const leaf = (x: Expr): Vec => {
        if (x.op === 'scalar') return splatNumber(e, x.dtype, f64.load(launch, scalarPlace(ends.length, x.value)));
        if (x.op !== 'input') throw new TypeError(`wasm: the epilogue of a product holds ${x.op}.`);
        if (x.value === 0) {
          const bytes = i32.mul(j, i32.const(arithmetic.bytes));
          return narrowed(e, factor, loadFour(e, arithmetic.dtype, i32.add(source, bytes)));
        }
        const k = x.value - 1;
        const dtype = ends[k] ?? x.dtype;
        switch (variant.ends[k]) {
          case '0':
            return loadSplat(e, dtype, still(k));
          case '1':
            return loadFour(e, dtype, addressOf(k, 0));
          default:
            return loadEach(e, dtype, (lane) => addressOf(k, lane));
        }
      };
      const lowering = new Lowering<Place>(e, {
        outermost: 0,
        placeOf: (x) => (x.op === 'scalar' ? 0 : x.value > 0 && variant.ends[x.value - 1] === '0' ? 1 : 2),
        inner: (a, b) => Math.max(a, b) as Place,
        leaf,
        once: (x, place, make) => {
          const there = known[place] ?? new Map<Expr, Vec>();
          const vec = there.get(x) ?? fn.into(blocks[place] ?? fn.here, make);
          there.set(x, vec);
          return vec;
        },
      });
      const k = ends.length - 1;
      const output = ends[k] ?? epilogue.dtype;
      const value = stored(e, output, lowering.value(epilogue), epilogue.dtype);
      const valid = fn.name(i32.sub(columns, j));
      const four = i32.geS(valid, i32.const(4));
      const dense = variant.ends[k] === '1' ? four : i32.and(four, areNeighbours(tableAt(k), elementBytes(output)));
      fn.if(
        dense,
        () => storeFour(e, addressOf(k, 0), value),
        () => {
          for (let lane = 0; lane < 4; lane++) {
            fn.if(i32.gtS(valid, i32.const(lane)), () => fn.do(storeLane(addressOf(k, lane), value, lane)));
          }
        },
      );
    });
    fn.while(j, columns, 4, () => fn.do(inside));
  });
  return fn;
}

/** Sums of narrow integers, made of 32 bits, as what they stand for. */
function narrowed(e: Emitter, factor: DType, sum: Vec): Vec {
  const [low] = sum;
  if (low && factor === 'uint8') return named(e, [v128.and(low, e.i32(255))]);
  if (low && factor === 'bool') return named(e, [i32x4.ne(v128.and(low, e.i32(1)), e.i32(0))]);
  return sum;
}
