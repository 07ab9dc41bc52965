// The kernel of a product: out[m, n] = epilogue(Σ_k a[m, k] · b[k, n]) for a batch, each factor read through a table of its lanes and
// one of its depth. A unit makes a block of rows and columns, over a piece of the depth. It packs its columns, a chunk of
// depth at a time, and walks the rows, whose sums stay in the nearest cache until the epilogue has seen them.

import { callCode, FunctionBuilder, i32, ModuleBuilder, v128, type Callable, type I32, type Local } from '../assembler/index.ts'; // prettier-ignore
import { Emitter } from '../emitter.ts';
import { KernelFunctionBuilder, threadBlock, type Kernel, type Machine } from '../machine.ts';
import type { Arithmetic } from './arithmetic.ts';
import { finishFunction } from './finish.ts';
import { rowsArguments, rowsFunction, type RowsCall } from './micro-kernel.ts';
import { packFunction } from './pack.ts';
import { thinArguments, thinDepth, thinLanes } from './thin.ts';
import { launchWords, phases, readers, type ProductStructure, type Readers, type Variant } from './variant.ts';

/** So many rows more than a panel are two panels of about the same height. */
export const sharedRows = 3;

const entry = (table: I32, index: I32): I32 => i32.load(i32.add(table, i32.shl(index, i32.const(2))));
const minimum = (x: Local<'i32'>, y: Local<'i32'>): I32 => i32.select(i32.ltS(x, y), x, y);
const times = (x: I32, factor: number): I32 => i32.mul(x, i32.const(factor));

export function compileProduct(
  machine: Machine,
  structure: ProductStructure,
  variant: Variant,
  arithmetic: Arithmetic,
): Kernel {
  // prettier-ignore
  const module = new ModuleBuilder();
  const fn = new KernelFunctionBuilder();
  module.add(fn, 'run');
  const e = new Emitter(module, fn, machine.features);
  const { pack, multiply, sum } = new Units(e, structure, variant, arithmetic);
  const phase = launchWords(structure.ends.length).reader(fn, fn.launchParams)('phase');
  const unit = fn.name(fn.from);
  for (const [callee, number] of [
    [multiply, phases.multiply],
    [pack, phases.pack],
    [sum, phases.sum],
  ] as const) {
    // prettier-ignore
    fn.if(i32.eq(phase, i32.const(number)), () =>
      fn.while(unit, fn.to, 1, () => fn.do(callCode(callee, [fn.launchParams, unit, fn.thread]))),
    );
  }
  return machine.compile(module);
}

/** The function of a unit while it is written: its parameters are the launch, the unit and the thread. */
interface UnitFunction extends Readers {
  readonly fn: FunctionBuilder;
  readonly launch: Local<'i32'>;
  readonly unit: Local<'i32'>;
  readonly scratch: I32;
}

/** A unit's part of the output. */
interface UnitBlock {
  readonly batch: Local<'i32'>;
  readonly row: Local<'i32'>;
  readonly rowEnd: Local<'i32'>;
  readonly column: Local<'i32'>;
  readonly columns: Local<'i32'>;
}

class Units {
  readonly pack: Callable;
  readonly multiply: Callable;
  readonly sum: Callable;
  private readonly e: Emitter;
  private readonly structure: ProductStructure;
  private readonly variant: Variant;
  private readonly arithmetic: Arithmetic;
  private readonly finish: Callable;

  constructor(e: Emitter, structure: ProductStructure, variant: Variant, arithmetic: Arithmetic) {
    this.e = e;
    this.structure = structure;
    this.variant = variant;
    this.arithmetic = arithmetic;
    this.finish = e.module.add(finishFunction(e, structure, variant, arithmetic));
    this.pack = this.unit((u) => this.packPanel(u));
    this.multiply = this.unit((u) => this.multiplyBlock(u));
    this.sum = this.unit((u) => this.sumPieces(u));
  }

  private unit(write: (u: UnitFunction) => void): Callable {
    const fn = this.e.module.add(new FunctionBuilder(['i32', 'i32', 'i32']));
    const [launch, unit, thread] = [fn.param('i32', 0), fn.param('i32', 1), fn.param('i32', 2)] as const;
    const scratch = i32.load(thread, threadBlock.scratch);
    write({ fn, launch, unit, scratch, ...readers(fn, launch, this.structure.ends.length) });
    return fn;
  }

  private packer(lanes: number): Callable {
    const { e, structure, arithmetic } = this;
    return e.shared(`pack ${lanes}`, () => packFunction(e, structure.factor, arithmetic, lanes));
  }

  /** Packs a panel of rows over the whole depth: a unit is a panel of one of the different first factors. */
  private packPanel({ fn, unit, word, plan }: UnitFunction): void {
    const { rows } = this.arithmetic;
    const panel = fn.name(i32.remU(unit, plan('panels')));
    const isLast = i32.eq(i32.add(panel, i32.const(1)), plan('panels'));
    const row = i32.select(isLast, plan('lastPanel'), times(panel, rows));
    const lanes = i32.add(plan('aLanes'), i32.shl(row, i32.const(2)));
    const from = i32.add(word('a'), entry(plan('aDistinct'), i32.divU(unit, plan('panels'))));
    const to = i32.add(word('packed'), i32.mul(unit, plan('panelBytes')));
    fn.do(callCode(this.packer(rows), [from, lanes, plan('aDepth'), plan('depth'), to]));
  }

  private block({ fn, plan }: UnitFunction, block: I32): UnitBlock {
    const number = fn.name(block);
    const column = fn.name(i32.mul(i32.remU(number, plan('columnBlocks')), plan('columnBlock')));
    const rest = fn.name(i32.divU(number, plan('columnBlocks')));
    const row = fn.name(i32.mul(i32.remU(rest, plan('rowBlocks')), plan('rowBlock')));
    const left = fn.name(i32.sub(plan('columns'), column));
    const rowEnd = fn.name(i32.add(row, plan('rowBlock')));
    return {
      batch: fn.name(i32.divU(rest, plan('rowBlocks'))),
      row,
      rowEnd: fn.name(minimum(rowEnd, plan('rows'))),
      column,
      columns: fn.name(minimum(left, plan('columnBlock'))),
    };
  }

  private multiplyBlock(u: UnitFunction): void {
    const { fn, unit, word, plan, launch, scratch } = u;
    const { variant, arithmetic } = this;
    const block = this.block(u, i32.divU(unit, plan('pieces')));
    const { batch, row, rowEnd, column, columns } = block;
    const start = fn.name(i32.mul(i32.remU(unit, plan('pieces')), plan('pieceDepth')));
    const pieceEnd = fn.name(i32.add(start, plan('pieceDepth')));
    const end = fn.name(minimum(pieceEnd, plan('depth')));
    const a = fn.name(i32.add(word('a'), entry(plan('aBatch'), batch)));
    const b = fn.name(i32.add(word('b'), entry(plan('bBatch'), batch)));
    const inPieces = fn.name(i32.gtS(plan('pieces'), i32.const(1)));
    const own = i32.add(word('partial'), i32.mul(unit, plan('partialBytes')));
    const sums = fn.name(i32.select(inPieces, own, i32.add(scratch, plan('scratchSums'))));
    const from = fn.name(start);
    fn.loop((again) => {
      const left = fn.name(i32.sub(end, from));
      const depth = fn.name(minimum(plan('chunk'), left));
      const next = fn.name(i32.add(from, depth));
      const accumulate = fn.name(i32.gtS(from, start));
      const isLast = fn.name(i32.and(i32.geS(next, end), i32.eqz(inPieces)));
      const tableAt = (table: 'aDepth' | 'bDepth'): I32 => i32.add(plan(table), i32.shl(from, i32.const(2)));
      const bLanes = fn.name(i32.add(plan('bLanes'), i32.shl(column, i32.const(2))));
      const finish = (c: I32, first: I32, rows: I32, skipped: I32, count: I32): void =>
        fn.if(isLast, () =>
          fn.do(callCode(this.finish, [launch, batch, c, first, rows, i32.add(column, skipped), count])),
        );
      if (variant.inner === 'lanes' || variant.inner === 'depth') {
        const { e } = this;
        const thin = e.shared('thin', () =>
          variant.inner === 'lanes' ? thinLanes(e, arithmetic) : thinDepth(e, arithmetic),
        );
        const rows = fn.name(i32.sub(rowEnd, row));
        const aLanes = i32.add(plan('aLanes'), i32.shl(row, i32.const(2)));
        const call = { a, aLanes, aDepth: tableAt('aDepth'), b, bLanes, bDepth: tableAt('bDepth'), depth, rows, columns, ramp: plan('bRamp'), c: sums, width: plan('width'), accumulate }; // prettier-ignore
        fn.do(callCode(thin, thinArguments(call)));
        finish(sums, row, rows, i32.const(0), columns);
      } else {
        const packed = fn.name(scratch);
        const panel = fn.name(i32.mul(depth, i32.const(arithmetic.columns * arithmetic.bytes)));
        this.packColumns(u, { from: b, lanes: bLanes, at: tableAt('bDepth'), depth, columns, to: packed, panel });
        const i = fn.name(row);
        fn.while(i, rowEnd, 0, () => {
          const rows = fn.name(this.rowsAt(fn, fn.name(i32.sub(rowEnd, i))));
          const c = fn.name(i32.add(sums, i32.mul(i32.sub(i, row), plan('sumStep'))));
          const lanes = fn.name(i32.add(plan('aLanes'), i32.shl(i, i32.const(2))));
          const left = variant.inner === 'inPlace' ? a : this.packedRows(u, { a, batch, i, lanes, at: tableAt('aDepth'), from, depth }); // prettier-ignore
          this.passes(
            u,
            { a: left, from, lanes, b: packed, bStep: panel, depth, rows, c, i, block, accumulate },
            finish,
          );
          fn.add(i, rows);
        });
      }
      fn.set(from, next);
      fn.branch(again, i32.ltS(from, end));
    });
  }

  /** Rows to take of those that are left: very few at the end would not keep the processor busy, so the last two panels share. */
  private rowsAt(fn: FunctionBuilder, left: Local<'i32'>): I32 {
    const most = i32.const(this.arithmetic.rows);
    const shared = i32.ltU(i32.sub(left, i32.add(most, i32.const(1))), i32.const(sharedRows));
    const half = i32.shrU(i32.add(left, i32.const(1)), i32.const(1));
    return i32.select(fn.name(shared), half, i32.select(i32.ltS(left, most), left, most));
  }

  /** Packs the columns of a block, panel after panel. */
  private packColumns(
    { fn }: UnitFunction,
    block: { from: I32; lanes: I32; at: I32; depth: I32; columns: Local<'i32'>; to: I32; panel: I32 },
  ): void {
    const { columns } = this.arithmetic;
    const [j, to] = [fn.local('i32'), fn.name(block.to)];
    fn.set(j, i32.const(0));
    fn.while(j, block.columns, columns, () => {
      const lanes = i32.add(block.lanes, i32.shl(j, i32.const(2)));
      fn.do(callCode(this.packer(columns), [block.from, lanes, block.at, block.depth, to]));
      fn.add(to, block.panel);
    });
  }

  /** Where the panel of rows from `i` on lies: packed before, or into scratch memory now. */
  private packedRows(
    { fn, word, plan, scratch }: UnitFunction,
    rows: { a: I32; batch: I32; i: I32; lanes: I32; at: I32; from: I32; depth: I32 },
  ): I32 {
    const { rows: height, bytes } = this.arithmetic;
    const place = fn.local('i32');
    const number = i32.add(
      i32.mul(entry(plan('aPacked'), rows.batch), plan('panels')),
      i32.divU(i32.add(rows.i, i32.const(height - 1)), i32.const(height)),
    );
    fn.if(
      word('packed'),
      () =>
        fn.set(place, i32.add(word('packed'), i32.mul(number, plan('panelBytes')), times(rows.from, height * bytes))),
      () => {
        fn.set(place, i32.add(scratch, plan('scratchRows')));
        fn.do(callCode(this.packer(height), [rows.a, rows.lanes, rows.at, rows.depth, place]));
      },
    );
    return place;
  }

  /** Multiplies a panel of rows with all columns of a block, then finishes them. */
  private passes(
    { fn, word, plan }: UnitFunction,
    {
      a,
      from,
      lanes,
      b,
      bStep,
      depth,
      rows,
      c,
      i,
      block: { batch, column, columns },
      accumulate,
    }: {
      a: I32;
      from: I32;
      lanes: I32;
      b: I32;
      bStep: I32;
      depth: Local<'i32'>;
      rows: I32;
      c: I32;
      i: I32;
      block: UnitBlock;
      accumulate: I32;
    },
    finish: (c: I32, first: I32, rows: I32, skipped: I32, count: I32) => void,
  ): void {
    // prettier-ignore
    const { variant, arithmetic } = this;
    const { bytes, columns: width } = arithmetic;
    const panels = fn.name(i32.divU(i32.add(columns, i32.const(width - 1)), i32.const(width)));
    // The last panel may be wider than what is left of the output.
    const whole = variant.direct ? fn.name(i32.divU(columns, i32.const(width))) : i32.const(0);
    const skipped = variant.direct ? fn.name(times(whole, width)) : i32.const(0);
    const rest = fn.name(i32.add(c, times(skipped, bytes)));
    const out = this.structure.ends.length - 1;
    const target = variant.direct
      ? fn.name(i32.add(word(`end ${out}`), entry(plan(`batch ${out}`), batch), entry(plan(`rows ${out}`), i), entry(plan(`columns ${out}`), column))) // prettier-ignore
      : c;
    const done = fn.local('i32');
    fn.set(done, i32.const(0));
    fn.loop((again) => {
      const remaining = fn.name(i32.sub(depth, done));
      const count = fn.name(minimum(remaining, plan('pass')));
      const aHere = variant.inner === 'inPlace'
        ? fn.name(i32.add(a, entry(plan('aDepth'), i32.add(from, done))))
        : fn.name(i32.add(a, times(done, arithmetic.rows * bytes))); // prettier-ignore
      const adds = fn.name(i32.or(accumulate, i32.ne(done, i32.const(0))));
      const bHere = fn.name(i32.add(b, times(done, width * bytes)));
      const call = { a: aHere, lanes, bStep, depth: count, accumulate: adds };
      if (variant.direct) this.multiplyRows(fn, rows, { ...call, b: bHere, c: target, cStep: plan('outStep'), panels: whole }); // prettier-ignore
      const bRest = i32.add(bHere, i32.mul(whole, bStep));
      this.multiplyRows(fn, rows, { ...call, b: bRest, c: rest, cStep: plan('width'), panels: i32.sub(panels, whole) });
      fn.add(done, count);
      fn.branch(again, i32.ltS(done, depth));
    });
    if (variant.direct) fn.if(i32.gtS(panels, whole), () => finish(rest, i, rows, skipped, i32.sub(columns, skipped)));
    else finish(rest, i, rows, skipped, columns);
  }

  /** Calls the micro-kernel for so many rows. */
  private multiplyRows(fn: FunctionBuilder, rows: I32, call: RowsCall): void {
    const { e, arithmetic, variant } = this;
    const choose = e.shared('rows', () => {
      const args = rowsArguments(call);
      const chooser = new FunctionBuilder(['i32', ...args.map(() => 'i32' as const)]);
      const passed = args.map((_, k) => chooser.param('i32', k + 1));
      for (let count = arithmetic.rows; count > 0; count--) {
        const kernel = e.module.add(rowsFunction(arithmetic, count, variant.inner === 'inPlace'));
        chooser.if(i32.eq(chooser.param('i32', 0), i32.const(count)), () => {
          chooser.do(callCode(kernel, passed));
          chooser.return();
        });
      }
      return chooser;
    });
    fn.do(callCode(choose, [rows, ...rowsArguments(call)]));
  }

  /** Adds the sums of all pieces, in their order, and finishes a block. */
  private sumPieces(u: UnitFunction): void {
    const { fn, unit, word, plan, launch, scratch } = u;
    const { arithmetic } = this;
    const { batch, row, rowEnd, column, columns } = this.block(u, unit);
    const first = fn.name(i32.add(word('partial'), i32.mul(unit, i32.mul(plan('pieces'), plan('partialBytes')))));
    const sums = fn.name(i32.add(scratch, plan('scratchSums')));
    const i = fn.name(row);
    const [at, source, out, piece, total] = [fn.local('i32'), fn.local('i32'), fn.local('i32'), fn.local('i32'), fn.local('v128')]; // prettier-ignore
    fn.while(i, rowEnd, arithmetic.rows, () => {
      const below = fn.name(i32.sub(rowEnd, i));
      const rows = fn.name(i32.select(i32.ltS(below, i32.const(arithmetic.rows)), below, i32.const(arithmetic.rows)));
      const bytes = fn.name(i32.mul(rows, plan('width')));
      const from = fn.name(i32.add(first, i32.mul(i32.sub(i, row), plan('width'))));
      fn.set(at, i32.const(0));
      fn.set(out, sums);
      fn.while(at, bytes, 16, () => {
        fn.set(source, i32.add(from, at));
        fn.set(total, v128.load(source));
        fn.set(piece, i32.const(1));
        fn.while(piece, plan('pieces'), 1, () => {
          fn.add(source, plan('partialBytes'));
          fn.set(total, arithmetic.add(total, v128.load(source)));
        });
        fn.do(v128.store(i32.add(sums, at), total));
      });
      fn.do(callCode(this.finish, [launch, batch, sums, i, rows, column, columns]));
    });
  }
}
