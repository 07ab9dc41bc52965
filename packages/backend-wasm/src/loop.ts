// The fused kernel. Vectors run along one dim, the lane: of the columns, when a row's reductions end across the lanes, or
// of the rows, when four rows are reduced side by side. Everything else is loops around that. A unit of work is a row, or a
// block of neighbouring elements along the lane where that is a dim of rows.

import { postorder } from '@rushlight/core/kernel';
import type { Expr, LoopProgram, Stage } from '@rushlight/core/kernel';
import { i32, i32x4, ModuleBuilder, v128, type I32, type Local, type V128 } from './assembler/index.ts';
import { accumulatorOf, acrossLanes, combined, identity, isArg, newCell, rounded, setCell, type Cell } from './cell.ts';
import { eachGroup } from './each-group.ts';
import { Emitter } from './emitter.ts';
import { Extremes } from './extremes.ts';
import { laneNumber, leaveIfFailed, recordFailure } from './failure.ts';
import { LaunchParams } from './launch-params.ts';
import type { Compiled } from './launch-plans.ts';
import { Lowering } from './lower-expr.ts';
import { KernelFunctionBuilder, type Machine } from './machine.ts';
import { cost } from './math/index.ts';
import { OperandAccess, type LaneClass } from './operand-access.ts';
import { Scope, type Affine, type Group } from './scope.ts';
import { onlyColumn } from './one-column.ts';
import { eachUnit, type UnitDim } from './units.ts';
import { castVec } from './vector-cast.ts';
import { splatNumber, stored } from './vector-memory.ts';
import { applyBinary } from './vector-ops.ts';
import { firstEverywhere, firstLanes, lanesOf, selectLanes, type Vec } from './vector.ts';

/** What a launch chooses: the lane, −1 where there are no dims, and how each operand moves along it. */
export interface LoopVariant {
  readonly lane: number;
  readonly classes: readonly LaneClass[];
}

/** Elements of a block where nothing is reduced. */
const elementBlock = 4096;

/** Groups that the body of the innermost loop takes at a time: of a long one the processor finds enough to do in each. */
function groupsAtOnce({ stages, outputs }: LoopProgram): number {
  const nodes = postorder([...stages, ...outputs].map(({ expr }) => expr)).length;
  return nodes <= 32 ? 4 : nodes <= 96 ? 2 : 1;
}

/** Elements of a block along the lane, where it is a dim of rows. */
export const blockAlong = (program: LoopProgram): number =>
  program.columnRank > 0 ? 4 * groupsAtOnce(program) : elementBlock;

export function compileLoop(program: LoopProgram, variant: LoopVariant, machine: Machine): Compiled<LoopProgram> {
  return new LoopEmitter(program, variant, machine).run();
}

/** A place of code: a level, and whether the groups of a vector differ there. */
interface Place {
  readonly level: number;
  readonly varies: boolean;
}

class LoopEmitter {
  private readonly program: LoopProgram;
  private readonly machine: Machine;
  private readonly lane: number;
  private readonly fn = new KernelFunctionBuilder();
  private readonly params = new LaunchParams<LoopProgram>(this.fn);
  private readonly e: Emitter;
  private readonly module = new ModuleBuilder();
  private readonly rank: number;
  private readonly inputs: readonly OperandAccess[];
  private readonly outputs: readonly OperandAccess[];
  private readonly rowIndex: Affine;
  private readonly columnIndex: Affine;
  /** Groups that the body of the innermost loop takes at a time. */
  private readonly unroll: number;
  /** By stage, what is known of its result at a place: per group where vectors run along rows. */
  private readonly results: ((group: Group | undefined) => Cell)[] = [];
  private readonly resultPlace: { level: number; varies: boolean } = { level: 0, varies: false };
  /** What is written where an output will be, by the pass of a stage, so that the outputs' pass need not compute it again. */
  private readonly stashed = new Map<Expr, OperandAccess>();

  constructor(program: LoopProgram, { lane, classes }: LoopVariant, machine: Machine) {
    this.program = program;
    this.machine = machine;
    this.lane = lane;
    this.rank = program.rowRank + program.columnRank;
    this.e = new Emitter(this.module, this.fn, machine.features);
    const access = (slot: number, type: LoopProgram['inputs'][number]): OperandAccess =>
      new OperandAccess(this.e, this.params, slot, type, { dim: lane, moves: classes[slot] ?? 's' });
    this.inputs = program.inputs.map((type, slot) => access(slot, type));
    this.outputs = program.outputs.map((type, k) => access(program.inputs.length + k, type));
    this.rowIndex = this.rowMajor('row', 0, program.rowRank);
    this.columnIndex = this.rowMajor('column', program.rowRank, this.rank);
    this.unroll = lane < 0 ? 1 : groupsAtOnce(program);
  }

  private size(dim: number): Local<'i32'> {
    return this.params.i32(`size ${dim}`, ({ sizes }) => sizes[dim] ?? 1);
  }

  /** The row-major number of a position in the dims from `from` to `to`. */
  private rowMajor(name: string, from: number, to: number): Affine {
    const steps = Array.from({ length: this.rank }, (_, d): I32 | undefined => {
      if (d < from || d >= to) return undefined;
      return this.params.i32(`${name} ${d}`, ({ sizes }) => sizes.slice(d + 1, to).reduce((x, y) => x * y, 1));
    });
    return { base: i32.const(0), steps };
  }

  run(): Compiled<LoopProgram> {
    const { fn, program, lane } = this;
    const { rowRank } = program;
    const laneIsRow = lane < rowRank;
    const root = new Scope(fn, lane);
    const unitDims: UnitDim[] = [];
    for (let dim = 0; dim < rowRank; dim++) if (dim !== lane) unitDims.push({ dim, size: this.size(dim) });
    const block = blockAlong(program);
    if (laneIsRow && lane >= 0) {
      // The counter of blocks stands for no dim: it only says where the elements of a unit begin.
      const blocks = this.params.i32('blocks', ({ sizes }) => Math.ceil((sizes[lane] ?? 1) / block));
      unitDims.push({ dim: this.rank, size: blocks });
    }
    eachUnit(fn, root, unitDims, (scope, counters) => {
      if (lane < 0) return this.single(scope);
      if (!laneIsRow) return this.row(scope);
      const start = fn.name(i32.mul(counters.at(-1) ?? i32.const(0), i32.const(block)));
      const end = fn.name(i32.add(start, i32.const(block)));
      fn.set(end, i32.select(i32.ltS(end, this.size(lane)), end, this.size(lane)));
      eachGroup(fn, scope, start, end, this.unroll, (inner, groups) => this.rows(inner, groups));
    });
    this.module.add(fn, 'run');
    return { kernel: this.machine.compile(this.module), params: this.params };
  }

  /** A nest of plain loops over dims. */
  private nest(scope: Scope, dims: readonly number[], body: (inner: Scope) => void): void {
    const [dim, ...rest] = dims;
    if (dim === undefined) return body(scope);
    this.fn.for(this.size(dim), (counter) => this.nest(scope.enter(dim, counter), rest, body));
  }

  private columns(): number[] {
    const { rowRank } = this.program;
    return Array.from({ length: this.rank - rowRank }, (_, d) => rowRank + d).filter((d) => d !== this.lane);
  }

  /** A program without dims: one element. */
  private single(scope: Scope): void {
    const one: Group = { offset: 0, valid: this.fn.name(i32.const(1)) };
    this.rows(scope, [one]);
  }

  /** One row, its columns along the lane. */
  private row(scope: Scope): void {
    const { fn, program } = this;
    const over = (body: (inner: Scope, groups: readonly Group[]) => void): void =>
      this.nest(scope, this.columns(), (outer) => {
        const counter = fn.name(i32.const(0));
        eachGroup(fn, outer, counter, this.size(this.lane), this.unroll, body);
      });
    this.beginResults(scope, false);
    program.stages.forEach((stage, k) => {
      const column = onlyColumn(stage, (x) => this.isOfRow(x, scope));
      if (column && this.columns().length === 0)
        this.finish(k, stage, [[undefined, this.atColumn(scope, stage, column)]]);
      else this.finish(k, stage, [[undefined, this.reduceRow(scope, stage, over)]]);
    });
    this.checks(scope, 'row', undefined);
    if (this.has('element')) {
      over((inner, groups) => {
        for (const group of groups) this.checks(inner, 'element', group);
        this.store(inner, 'element', groups);
      });
    }
    this.store(scope, 'row', [undefined]);
  }

  private isOfRow(x: Expr, scope: Scope): boolean {
    return postorder([x]).every((leaf) => {
      const { level, varies } = leaf.args.length === 0 ? this.placeOf(leaf, scope) : { level: 0, varies: false };
      return level <= scope.depth && !varies && !(leaf.op === 'index' && leaf.value === 1);
    });
  }

  /** A stage over the columns of a row. */
  private reduceRow(
    scope: Scope,
    stage: Stage,
    over: (body: (inner: Scope, groups: readonly Group[]) => void) => void,
  ): Cell {
    const { e } = this;
    const { reduce, expr } = stage;
    const dtype = accumulatorOf(reduce, expr.dtype);
    const stash = this.stashOf(scope, stage);
    // Neighbours are summed as they are, and only their sum is kept at length: converting each would take as long as reading it.
    const joins = reduce === 'sum' && dtype !== expr.dtype;
    const extreme =
      lanesOf(dtype) === 'f32' && (reduce === 'max' || reduce === 'min') ? new Extremes(e, reduce) : undefined;
    const cells = Array.from({ length: joins ? 1 : this.unroll }, () => newCell(e, reduce, dtype));
    over((inner, groups) => {
      const values = groups.map((group) => this.element(inner, group, stage));
      if (stash)
        groups.forEach((group) =>
          stash.store(inner, group, stored(e, expr.dtype, this.lowering(inner, group).value(expr))),
        );
      if (extreme) return extreme.add(values.map(({ total }) => total));
      const parts = joins ? [{ total: this.sum(values.map(({ total }) => total)), position: undefined }] : values;
      parts.forEach((part, g) => this.accumulate(stage, cells[g] as Cell, part));
    });
    if (stash) this.stashed.set(expr, stash);
    if (extreme) return acrossLanes(e, reduce, dtype, extreme.result());
    return acrossLanes(
      e,
      reduce,
      dtype,
      cells.reduce((sum, cell) => combined(e, reduce, dtype, sum, cell)),
    );
  }

  /** The sum of float32 vectors, in pairs. */
  private sum(values: readonly Vec[]): Vec {
    const half = Math.ceil(values.length / 2);
    const [first] = values;
    if (values.length === 1 && first) return first;
    return applyBinary(this.e, 'add', 'float32', this.sum(values.slice(0, half)), this.sum(values.slice(half)));
  }

  /** The output in whose place the summands of a stage may wait: one that is computed from them, of their dtype, and still free. */
  private stashOf(scope: Scope, { expr }: Stage): OperandAccess | undefined {
    // Those that are the same along the lane are computed outside of the loop that would fetch them.
    const varies = postorder([expr]).some((leaf) => leaf.args.length === 0 && this.placeOf(leaf, scope).varies);
    if (expr.dtype !== 'float32' || !varies || !isSlow(expr)) return undefined;
    const taken = [...this.stashed.values()];
    return this.outputs.find((access, k) => {
      const output = this.program.outputs[k];
      if (output?.per !== 'element' || output.dtype !== 'float32' || output.inout !== undefined) return false;
      return !taken.includes(access) && postorder([output.expr]).includes(expr);
    });
  }

  /** A sum of which only one column is not 0. */
  private atColumn(scope: Scope, stage: Stage, column: Expr): Cell {
    const { fn, e } = this;
    const cell = newCell(e, stage.reduce, accumulatorOf(stage.reduce, stage.expr.dtype));
    const [lanes] = this.lowering(scope, undefined).value(column) as [Local<'v128'>];
    const counter = fn.name(i32x4.extractLane(lanes, 0));
    fn.if(i32.ltU(counter, this.size(this.lane)), () => {
      const one: Group = { offset: 0, valid: fn.name(i32.const(1)) };
      const inner = scope.enter(this.lane, counter);
      this.accumulate(stage, cell, this.element(inner, one, stage));
    });
    return acrossLanes(e, stage.reduce, accumulatorOf(stage.reduce, stage.expr.dtype), cell);
  }

  /** Rows side by side, each in a lane of its own. */
  private rows(scope: Scope, groups: readonly Group[]): void {
    const { e, program } = this;
    this.beginResults(scope, true);
    program.stages.forEach((stage, k) => {
      const cells = groups.map((group): [Group, Cell] => [
        group,
        newCell(e, stage.reduce, accumulatorOf(stage.reduce, stage.expr.dtype)),
      ]);
      this.nest(scope, this.columns(), (inner) => {
        for (const [group, cell] of cells) this.accumulate(stage, cell, this.element(inner, group, stage));
      });
      this.finish(k, stage, cells);
    });
    for (const group of groups) this.checks(scope, 'row', group);
    const isElement = program.columnRank === 0;
    if (this.has('element') && !isElement) {
      this.nest(scope, this.columns(), (inner) => {
        for (const group of groups) this.checks(inner, 'element', group);
        this.store(inner, 'element', groups);
      });
    }
    if (isElement) for (const group of groups) this.checks(scope, 'element', group);
    this.store(scope, isElement ? 'any' : 'row', groups);
  }

  private has(per: 'row' | 'element'): boolean {
    const { outputs, checks } = this.program;
    return outputs.some((o) => o.per === per) || checks.some((c) => c.per === per);
  }

  private beginResults(scope: Scope, varies: boolean): void {
    this.results.length = 0;
    Object.assign(this.resultPlace, { level: scope.depth, varies });
  }

  /** What a stage reduces, of a group. */
  private element(scope: Scope, group: Group, { reduce, expr }: Stage): Cell {
    const { e, fn } = this;
    const { dtype } = expr;
    const total = this.lowering(scope, group).value(expr);
    const position = isArg(reduce) ? this.indexOf(scope, group, this.columnIndex) : undefined;
    if (!group.valid || this.lane < this.program.rowRank) return { total, position };
    // Lanes that are not there count for nothing where they are of one row.
    const there = fn.name(firstLanes(e, group.valid));
    return {
      total: selectLanes(e, there, total, identity(e, reduce, dtype), lanesOf(dtype)),
      position: position && fn.name(v128.or(position, v128.not(there))),
    };
  }

  /** Combines an element of each lane into a cell. */
  private accumulate({ reduce, expr: { dtype } }: Stage, cell: Cell, { total, position }: Cell): void {
    const { e } = this;
    const kept = accumulatorOf(reduce, dtype);
    const converted = castVec(e, lanesOf(dtype) === 'f32' ? 'float32' : dtype, kept, total);
    setCell(e, cell, combined(e, reduce, kept, cell, { total: converted, position }));
  }

  private finish(k: number, { reduce, expr }: Stage, cells: readonly (readonly [Group | undefined, Cell])[]): void {
    const { e, fn } = this;
    for (const [, { position }] of cells) {
      if (!isArg(reduce) || !position) continue;
      // The first of columns that are all as low as the identity is column 0.
      const width = i32x4.splat(this.params.i32('width', ({ sizes, program }) => sizes.slice(program.rowRank).reduce((x, y) => x * y, 1))); // prettier-ignore
      const unfound = v128.and(i32x4.ltS(position, e.i32(0)), i32x4.gtS(width, e.i32(0)));
      fn.set(position, v128.bitselect(e.i32(0), position, unfound));
    }
    const results = new Map(
      cells.map(([group, cell]) => {
        const { total, position } = rounded(e, reduce, expr.dtype, cell);
        // V8 makes 256-bit code of what all lanes share only if it sees that they do.
        return [group, { total: group ? total : firstEverywhere(e, total), position }];
      }),
    );
    this.results[k] = (group) => results.get(group) ?? ([...results.values()][0] as Cell);
  }

  private lowering(scope: Scope, group: Group | undefined): Lowering<Place> {
    return new Lowering<Place>(this.e, {
      outermost: { level: 0, varies: false },
      inner: (a, b) => ({ level: Math.max(a.level, b.level), varies: a.varies || b.varies }),
      placeOf: (leaf) => this.placeOf(leaf, scope),
      leaf: (leaf) => this.leaf(leaf, scope, group),
      once: (x, { level, varies }, make) => {
        const stash = this.stashed.get(x);
        return scope.once(x, level, varies ? group : undefined, stash ? () => stash.load(scope, group) : make);
      },
    });
  }

  private placeOf(leaf: Expr, scope: Scope): Place {
    switch (leaf.op) {
      case 'input':
        return this.inputs[leaf.value]?.place(scope) ?? this.unknown(leaf);
      case 'index': {
        const affine = leaf.value === 0 ? this.rowIndex : this.columnIndex;
        return { level: scope.levelOf(affine), varies: affine.steps[this.lane] !== undefined };
      }
      case 'stage':
      case 'position':
        return this.resultPlace;
      default:
        return { level: 0, varies: false };
    }
  }

  private leaf(leaf: Expr, scope: Scope, group: Group | undefined): Vec {
    switch (leaf.op) {
      case 'input':
        return (this.inputs[leaf.value] ?? this.unknown(leaf)).load(scope, group);
      case 'scalar':
        return splatNumber(this.e, leaf.dtype, this.params.f64(`scalar ${leaf.value}`, ({ scalars }) => scalars[leaf.value] ?? 0)); // prettier-ignore
      case 'index':
        return [this.indexOf(scope, group, leaf.value === 0 ? this.rowIndex : this.columnIndex)];
      case 'stage':
      case 'position': {
        const cell = this.results[leaf.value]?.(group) ?? this.unknown(leaf);
        return leaf.op === 'stage' ? cell.total : [cell.position ?? this.unknown(leaf)];
      }
      default:
        return this.unknown(leaf);
    }
  }

  private unknown({ op, value }: Expr): never {
    throw new TypeError(`wasm: a loop's expression holds ${op} ${value}, which the program does not declare.`);
  }

  /** A position of each lane, by a linear function of the counters. */
  private indexOf(scope: Scope, group: Group | undefined, affine: Affine): Local<'v128'> {
    const { fn, e } = this;
    const at = scope.value(affine);
    const step = affine.steps[this.lane];
    if (!step || !group) return fn.name(i32x4.splat(at));
    const start = group.offset === 0 ? at : i32.add(at, i32.mul(i32.const(group.offset), step));
    return fn.name(i32x4.add(i32x4.splat(start), i32x4.mul(e.ramp(), i32x4.splat(step))));
  }

  private checks(scope: Scope, per: 'row' | 'element', group: Group | undefined): void {
    const { fn, e } = this;
    const checks = this.program.checks.flatMap((c, check) => (c.per === per ? { ...c, check } : []));
    if (checks.length === 0) return;
    const lowering = this.lowering(scope, group);
    for (const { fails, value, check } of checks) {
      const [mask] = lowering.value(fails) as [Local<'v128'>];
      const valid = group?.valid;
      const failing = fn.name(valid ? v128.and(mask, firstLanes(e, valid)) : (mask as V128));
      const shown = lowering.value(value);
      fn.if(v128.anyTrue(failing), () => {
        const row = this.indexOf(scope, group, this.rowIndex);
        const width = this.params.i32('width', ({ sizes, program }) => sizes.slice(program.rowRank).reduce((x, y) => x * y, 1)); // prettier-ignore
        const position =
          per === 'row'
            ? row
            : fn.name(i32x4.add(i32x4.mul(row, i32x4.splat(width)), this.indexOf(scope, group, this.columnIndex)));
        const lanes = group ? [0, 1, 2, 3] : [0];
        for (const lane of lanes) {
          fn.if(i32x4.extractLane(failing, lane), () =>
            recordFailure(e, fn.thread, i32x4.extractLane(position, lane), check, laneNumber(shown, value.dtype, lane)),
          );
        }
      });
    }
    leaveIfFailed(e, fn.thread);
  }

  /**
   * Computes all outputs of two groups, then stores them: they may update what they read. V8 makes 256-bit code of two groups
   * only if no store lies between them.
   */
  private store(scope: Scope, per: 'row' | 'element' | 'any', groups: readonly (Group | undefined)[]): void {
    const { e, program } = this;
    for (let first = 0; first < groups.length; first += 2) {
      const writes = groups.slice(first, first + 2).flatMap((group) => {
        const lowering = this.lowering(scope, group);
        return program.outputs.flatMap((output, k) => {
          const access = this.outputs[k];
          if (!access || (per !== 'any' && output.per !== per)) return [];
          return [{ access, group, value: stored(e, output.dtype, lowering.value(output.expr), output.expr.dtype) }];
        });
      });
      for (const { access, group, value } of writes) access.store(scope, group, value);
    }
  }
}

/** Whether it takes long enough to be worth a trip through memory. */
const isSlow = (x: Expr): boolean => postorder([x]).some(({ op }) => Object.hasOwn(cost, op));
