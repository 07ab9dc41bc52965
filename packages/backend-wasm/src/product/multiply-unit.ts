// A unit of work: a block of rows and columns, over a piece of the depth. Its columns are packed, a chunk of depth at a time, then
// its rows are walked, whose sums stay in the nearest cache until the epilogue has seen them.

import { callCode, FunctionBuilder, i32, v128, type Callable, type I32, type Local } from '../assembler/index.ts';
import { isThin } from './cut-depth.ts';
import { rowsArguments, rowsFunction, type RowsCall } from './micro-kernel.ts';
import { thinArguments, thinDepth, thinLanes } from './thin.ts';
import {
  common,
  depthFrom,
  entry,
  entryAt,
  minimum,
  packer,
  times,
  unitBlock,
  unitFunction,
  type Recipe,
  type UnitBlock,
  type UnitFunction,
} from './unit.ts';

/** So many rows more than a panel are two panels of about the same height: very few would not keep the processor busy. */
export const sharedRows = 3;

/** A unit at one chunk of its depth. */
interface Chunk {
  readonly block: UnitBlock;
  /** What tables count from, and those of the depth. */
  readonly a: Local<'i32'>;
  readonly aDepth: Local<'i32'>;
  readonly b: Local<'i32'>;
  readonly bDepth: Local<'i32'>;
  readonly from: Local<'i32'>;
  readonly depth: Local<'i32'>;
  /** Where its sums are, and whether they hold those of the depth before. */
  readonly sums: Local<'i32'>;
  readonly accumulate: Local<'i32'>;
  /** The entries of the columns in their table. */
  readonly lanes: Local<'i32'>;
  /** Makes columns of the output from rows of sums, if no depth is to come. */
  finish(sums: I32, row: I32, rows: I32, column: I32, columns: I32): void;
}

export const multiplyUnit = (recipe: Recipe): Callable =>
  unitFunction(recipe, (u) => new MultiplyUnit(recipe, u).write());

class MultiplyUnit {
  private readonly recipe: Recipe;
  private readonly u: UnitFunction;

  constructor(recipe: Recipe, u: UnitFunction) {
    this.recipe = recipe;
    this.u = u;
  }

  write(): void {
    const { fn, unit, word, plan, launch, scratch } = this.u;
    const { variant, finish } = this.recipe;
    const block = unitBlock(this.u, i32.divU(unit, plan('pieces')));
    const { batch, column } = block;
    const start = fn.name(i32.mul(i32.remU(unit, plan('pieces')), plan('pieceDepth')));
    const pieceEnd = fn.name(i32.add(start, plan('pieceDepth')));
    const end = fn.name(minimum(pieceEnd, plan('depth')));
    const a = fn.name(i32.add(word('a'), entry(plan('aBatch'), batch)));
    const b = fn.name(i32.add(word('b'), entry(plan('bBatch'), batch)));
    const inPieces = fn.name(i32.gtS(plan('pieces'), i32.const(1)));
    const own = i32.add(word('partial'), i32.mul(unit, plan('partialBytes')));
    const sums = fn.name(i32.select(inPieces, own, i32.add(scratch, plan('scratchSums'))));
    const lanes = fn.name(entryAt(plan('bLanes'), column));
    const from = fn.name(start);
    // Once at least: the sums of no depth are 0.
    fn.loop((again) => {
      const left = fn.name(i32.sub(end, from));
      const depth = fn.name(minimum(plan('chunk'), left));
      const next = fn.name(i32.add(from, depth));
      const accumulate = fn.name(i32.gtS(from, start));
      const isLast = fn.name(i32.and(i32.geS(next, end), i32.eqz(inPieces)));
      const [first, second] = [depthFrom(this.u, 'a', a, from), depthFrom(this.u, 'b', b, from)];
      const chunk: Chunk = {
        block,
        a: fn.name(first.origin),
        aDepth: fn.name(first.table),
        b: fn.name(second.origin),
        bDepth: fn.name(second.table),
        from,
        depth,
        sums,
        accumulate,
        lanes,
        finish: (...args) => fn.if(isLast, () => fn.do(callCode(finish, [launch, batch, ...args]))),
      };
      if (isThin(variant.inner)) this.thin(chunk);
      else this.tiles(chunk);
      fn.set(from, next);
      fn.branch(again, i32.ltS(from, end));
    });
  }

  private thin({
    block: { row, rowEnd, column, columns },
    a,
    aDepth,
    b,
    bDepth,
    depth,
    sums,
    accumulate,
    lanes,
    finish,
  }: Chunk): void {
    const { fn, plan, scratch } = this.u;
    const { e, variant, arithmetic } = this.recipe;
    const rows = fn.name(i32.sub(rowEnd, row));
    const own = fn.name(i32.select(accumulate, scratch, sums));
    const call = {
      a,
      aDepth,
      b,
      bDepth,
      depth,
      rows,
      columns,
      aLanes: entryAt(plan('aLanes'), row),
      bLanes: lanes,
      ramp: plan('bRamp'),
      c: own,
      width: plan('width'),
    };
    const write = variant.inner === 'lanes' ? thinLanes : thinDepth;
    const thin = common(this.recipe, variant.inner, () => write(e, arithmetic));
    fn.do(callCode(thin, thinArguments(call)));
    fn.if(accumulate, () => {
      const [at, bytes] = [fn.name(i32.const(0)), fn.name(i32.mul(rows, plan('width')))];
      fn.while(at, bytes, 16, () => {
        const [sum, total] = [i32.add(own, at), fn.name(i32.add(sums, at))];
        fn.do(v128.store(total, arithmetic.add(v128.load(total), v128.load(sum))));
      });
    });
    finish(sums, row, rows, column, columns);
  }

  private tiles(chunk: Chunk): void {
    const { fn, plan } = this.u;
    const { row, rowEnd } = chunk.block;
    this.packColumns(chunk);
    const i = fn.name(row);
    fn.while(i, rowEnd, 0, () => {
      const rows = fn.name(this.rowsOf(fn.name(i32.sub(rowEnd, i))));
      this.passes(chunk, i, rows, fn.name(i32.add(chunk.sums, i32.mul(i32.sub(i, row), plan('sumStep')))));
      fn.add(i, rows);
    });
  }

  /** Rows to take of those that are left. */
  private rowsOf(left: Local<'i32'>): I32 {
    const most = i32.const(this.recipe.arithmetic.rows);
    const shared = i32.ltU(i32.sub(left, i32.add(most, i32.const(1))), i32.const(sharedRows));
    const half = i32.shrU(i32.add(left, i32.const(1)), i32.const(1));
    return i32.select(shared, half, i32.select(i32.ltS(left, most), left, most));
  }

  /** Bytes of a packed panel of columns. */
  private columnPanelBytes(depth: I32): I32 {
    const { columns, bytes } = this.recipe.arithmetic;
    return times(depth, columns * bytes);
  }

  private packColumns({ block, b, bDepth, depth, lanes }: Chunk): void {
    const { fn, scratch } = this.u;
    const { columns } = this.recipe.arithmetic;
    const [j, to] = [fn.local('i32'), fn.name(scratch)];
    fn.set(j, i32.const(0));
    fn.while(j, block.columns, columns, () => {
      const args = [b, entryAt(lanes, j), bDepth, depth, to];
      fn.do(callCode(packer(this.recipe, columns), args));
      fn.add(to, this.columnPanelBytes(depth));
    });
  }

  /** Where the rows from `i` on lie packed: since before, or from now on, in scratch memory. */
  private packedRows({ block, a, aDepth, from, depth }: Chunk, i: I32): Local<'i32'> {
    const { fn, word, plan, scratch } = this.u;
    const { rows, bytes } = this.recipe.arithmetic;
    const place = fn.local('i32');
    const panel = i32.divU(i32.add(i, i32.const(rows - 1)), i32.const(rows));
    const number = i32.add(i32.mul(entry(plan('aPacked'), block.batch), plan('rowPanels')), panel);
    fn.if(
      word('packed'),
      () => fn.set(place, i32.add(word('packed'), i32.mul(number, plan('panelBytes')), times(from, rows * bytes))),
      () => {
        fn.set(place, i32.add(scratch, plan('scratchRows')));
        const args = [a, entryAt(plan('aLanes'), i), aDepth, depth, place];
        fn.do(callCode(packer(this.recipe, rows), args));
      },
    );
    return place;
  }

  /** Multiplies rows from `i` on with all columns, and finishes them. */
  private passes(chunk: Chunk, i: Local<'i32'>, rows: Local<'i32'>, sums: Local<'i32'>): void {
    const { fn, word, plan, scratch } = this.u;
    const { variant, arithmetic, structure } = this.recipe;
    const { bytes, columns: width } = arithmetic;
    const { batch, column, columns } = chunk.block;
    const inPlace = variant.inner === 'inPlace';
    const a = inPlace ? chunk.a : this.packedRows(chunk, i);
    const bStep = fn.name(this.columnPanelBytes(chunk.depth));
    const panels = fn.name(i32.divU(i32.add(columns, i32.const(width - 1)), i32.const(width)));
    // Whole panels go straight to the output, if they can; the last one may be wider than what is left of it.
    const whole = variant.direct ? fn.name(i32.divU(columns, i32.const(width))) : i32.const(0);
    const skipped = variant.direct ? fn.name(times(whole, width)) : i32.const(0);
    const rest = fn.name(i32.add(sums, times(skipped, bytes)));
    const out = structure.ends.length - 1;
    const walked = [
      entry(plan(`batch ${out}`), batch),
      entry(plan(`rows ${out}`), i),
      entry(plan(`columns ${out}`), column),
    ];
    const target = variant.direct ? fn.name(i32.add(word(`end ${out}`), ...walked)) : sums;
    const done = fn.name(i32.const(0));
    fn.loop((again) => {
      const left = fn.name(i32.sub(chunk.depth, done));
      const depth = fn.name(minimum(left, plan('pass')));
      const call = {
        bStep,
        depth,
        a: fn.name(i32.add(a, inPlace ? entry(chunk.aDepth, done) : times(done, arithmetic.rows * bytes))),
        lanes: entryAt(plan('aLanes'), i),
        accumulate: i32.or(chunk.accumulate, i32.ne(done, i32.const(0))),
      };
      const b = fn.name(i32.add(scratch, times(done, width * bytes)));
      if (variant.direct) this.multiplyRows(rows, { ...call, b, c: target, cStep: plan('outStep'), panels: whole });
      const behind = i32.add(b, i32.mul(whole, bStep));
      this.multiplyRows(rows, { ...call, b: behind, c: rest, cStep: plan('width'), panels: i32.sub(panels, whole) });
      fn.add(done, depth);
      fn.branch(again, i32.ltS(done, chunk.depth));
    });
    const finish = (): void => chunk.finish(rest, i, rows, i32.add(column, skipped), i32.sub(columns, skipped));
    if (variant.direct) fn.if(i32.gtS(panels, whole), finish);
    else finish();
  }

  /** Calls the micro-kernel for so many rows. */
  private multiplyRows(rows: I32, call: RowsCall): void {
    const { e, arithmetic, variant } = this.recipe;
    const args = rowsArguments(call);
    const choose = e.shared('rows', () => {
      const chooser = new FunctionBuilder(['i32', ...args.map(() => 'i32' as const)]);
      const passed = args.map((_, k) => chooser.param('i32', k + 1));
      for (let count = arithmetic.rows; count > 0; count--) {
        const kernel = common(this.recipe, `rows ${variant.inner} ${count}`, () =>
          rowsFunction(arithmetic, count, variant.inner === 'inPlace'),
        );
        chooser.if(i32.eq(chooser.param('i32', 0), i32.const(count)), () => {
          chooser.do(callCode(kernel, passed));
          chooser.return();
        });
      }
      return chooser;
    });
    this.u.fn.do(callCode(choose, [rows, ...args]));
  }
}
