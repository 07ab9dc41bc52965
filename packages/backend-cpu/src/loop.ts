// The fused kernel: passes over a row's columns, one for each reduction stage and one for the outputs. There are two
// schedules. Row by row, a stage is a local. Strip by strip, for columns that are far apart in memory while rows are
// neighbours, the columns are walked outside of a strip of rows and a stage is an array over the strip.

import { isFloat, postorder } from '@rushlight/core/kernel';
import type { Expr, LoopProgram, Stage } from '@rushlight/core/kernel';
import { type Cell, accumulate, accumulatePosition, combined, identity, localCell, stripCell } from './accumulator.ts';
import { type Code, type Value, apply, both, choose, number, plus, test, times, zero } from './code.ts';
import { withinGuards } from './interior.ts';
import { type Leaf, Lowering, isQuick, stored } from './lower-expr.ts';
import { OperandAccess } from './operand-access.ts';
import { type Affine, CodeBuilder, type LoopRange, Scope, rowMajor } from './scope.ts';

/** Rows of a strip: its accumulators shall stay in the first-level cache. */
const stripLength = 512;
/** Independent partial sums of a row: a chain of additions waits for each, four chains do not. */
const chains = 4;
/** Elements that a short loop body takes at a time. */
const unrolled = 4;

/**
 * The code of a program for the innermost loop `inner`: the last dim of the columns for row by row, a dim of the rows for
 * strip by strip; where there are no columns simply the dim to walk innermost. With `fromZero` all offsets are 0.
 */
export function scheduleLoop(program: LoopProgram, inner: number, fromZero = false): Code {
  return new LoopSchedule(program, fromZero).run(inner);
}

class LoopSchedule {
  private readonly program: LoopProgram;
  private readonly code = new CodeBuilder();
  private readonly rank: number;
  private readonly inputs: readonly OperandAccess[];
  private readonly outputs: readonly OperandAccess[];
  private readonly rowIndex: Affine;
  private readonly columnIndex: Affine;
  private readonly totals: Cell[] = [];
  private readonly positions: Cell[] = [];

  constructor(program: LoopProgram, fromZero: boolean) {
    this.program = program;
    this.rank = program.rowRank + program.columnRank;
    const access = (slot: number, type: LoopProgram['inputs'][number]): OperandAccess =>
      new OperandAccess(this.code, slot, type, this.rank, fromZero);
    this.inputs = program.inputs.map((type, slot) => access(slot, type));
    this.outputs = program.outputs.map((type, k) => access(program.inputs.length + k, type));
    this.rowIndex = rowMajor(this.code, 0, program.rowRank);
    this.columnIndex = rowMajor(this.code, program.rowRank, this.rank);
  }

  private range(dim: number): LoopRange {
    return { dim, to: this.code.size(dim) };
  }

  private columnRanges(): LoopRange[] {
    return Array.from({ length: this.program.columnRank }, (_, d) => this.range(this.program.rowRank + d));
  }

  /** The number of columns. */
  private width(): Value {
    return this.columnRanges().reduce<Value>((product, { to }) => times(product, to), number(1));
  }

  run(inner: number): Code {
    const { rowRank, columnRank, stages, outputs } = this.program;
    const root = new Scope(this.code);
    const rows = Array.from({ length: rowRank }, (_, d) => d).filter((d) => columnRank > 0 || d !== inner);
    const ranges = (dims: readonly number[]): LoopRange[] => dims.map((dim) => this.range(dim));
    if (columnRank > 0 && inner < rowRank) {
      const strip = { ...this.range(inner), step: stripLength };
      root.within([...ranges(rows.filter((d) => d !== inner)), strip], (scope) => this.strip(scope, inner));
    } else if (columnRank > 0) {
      root.within(ranges(rows), (scope) => this.row(scope));
    } else {
      // Without columns the row is the element, and its loop the innermost.
      const roots = [...stages, ...outputs].map(({ expr }) => expr);
      const order = rowRank > 0 ? [...rows, inner] : [];
      this.over(root, ranges(order), roots, (scope) => this.row(scope), stages.length ? 1 : lanesFor(roots));
    }
    return this.code.finish();
  }

  /** Everything for the row at the scope. */
  private row(scope: Scope): void {
    const { program } = this;
    const columns = this.columnRanges();
    program.stages.forEach((stage, k) => {
      if (columns.length > 0 && gainsFromChains(stage)) return this.splitSum(scope, stage, k);
      const total = localCell(scope, identity(stage.reduce, stage.expr.dtype));
      const position = localCell(scope, number(-1));
      this.over(scope, columns, [stage.expr], (inner) => this.reduce(inner, stage, total, position));
      this.finishStage(scope, k, total, position);
    });
    this.checks(scope, 'row');
    this.eachElement(scope, columns);
    this.store(scope, 'row');
  }

  /** Everything for the rows of one strip: the scope's innermost loop steps through dim `dim` a strip at a time. */
  private strip(scope: Scope, dim: number): void {
    const { program } = this;
    const start = scope.loops[scope.depth - 1]?.counter ?? zero;
    const rest = apply('sub', 'float64', this.code.size(dim), start);
    const length = this.code.name(scope.block, apply('min', 'float64', rest, number(stripLength)));
    const rows = [{ dim, to: length }];
    const elements = [...this.columnRanges(), ...rows];
    program.stages.forEach((stage, k) => {
      const [total, position] = [stripCell(scope, stripLength), stripCell(scope, stripLength)];
      scope.within(rows, (inner) => {
        total.set(inner, identity(stage.reduce, stage.expr.dtype));
        if (isArg(stage)) position.set(inner, number(-1));
      });
      const split = isArg(stage) ? 1 : lanesFor([stage.expr]);
      this.over(scope, elements, [stage.expr], (inner) => this.reduce(inner, stage, total, position), split);
      if (isArg(stage)) scope.within(rows, (inner) => this.finishStage(inner, k, total, position));
      else this.finishStage(scope, k, total, position);
    });
    this.eachElement(scope, elements);
    if (program.outputs.some((o) => o.per === 'row')) scope.within(rows, (inner) => this.store(inner, 'row'));
  }

  private reduce(inner: Scope, { reduce, expr }: Stage, total: Cell, position: Cell): void {
    const value = this.lowering(inner, [expr]).value(expr);
    if (reduce !== 'argmax' && reduce !== 'argmin') return accumulate(inner, reduce, expr.dtype, total, value);
    const cells = { total, position };
    accumulatePosition(inner, reduce, expr.dtype, cells, value, (at) => at.inline(this.columnIndex));
  }

  /** A sum along the innermost columns in several chains. */
  private splitSum(scope: Scope, stage: Stage, k: number): void {
    const cells = Array.from({ length: chains }, () => localCell(scope, number(0)));
    const [first, ...others] = cells;
    if (!first) return;
    const body = (inner: Scope, lane: number): void => this.reduce(inner, stage, cells[lane] ?? first, first);
    this.over(scope, this.columnRanges(), [stage.expr], body, chains);
    const sum = others.reduce<Value>(
      (total, cell) => combined('sum', stage.expr.dtype, total, cell.get(scope)),
      first.get(scope),
    );
    first.set(scope, sum);
    this.totals[k] = first;
  }

  /** The first of columns that are all as low as the identity is column 0. */
  private finishStage(scope: Scope, k: number, total: Cell, position: Cell): void {
    const stage = this.program.stages[k];
    if (stage && isArg(stage)) {
      const found = position.get(scope);
      position.set(scope, choose(both(test('lt', found, zero), test('gt', this.width(), zero)), zero, found));
    }
    this.totals[k] = total;
    this.positions[k] = position;
  }

  /** Loops in which the given expressions are computed, the innermost one `lanes` steps at a time. */
  private over(
    scope: Scope,
    ranges: readonly LoopRange[],
    roots: readonly Expr[],
    body: (inner: Scope, lane: number) => void,
    lanes = 1,
  ): void {
    const slots = new Set(postorder(roots).flatMap((e) => (e.op === 'input' ? [e.value] : [])));
    const inputs = this.inputs.filter((_, slot) => slots.has(slot));
    const last = ranges.length - 1;
    const split = ranges.map((range, k) => (k === last ? { ...range, lanes } : range));
    withinGuards(scope, split, inputs, body);
  }

  private eachElement(scope: Scope, ranges: readonly LoopRange[]): void {
    const outputs = this.program.outputs.filter((o) => o.per === 'element');
    const checks = this.program.checks.filter((c) => c.per === 'element');
    if (!outputs.length && !checks.length) return;
    const roots = [...outputs.map((o) => o.expr), ...checks.flatMap((c) => [c.fails, c.value])];
    const body = (inner: Scope): void => {
      this.checks(inner, 'element');
      this.store(inner, 'element');
    };
    this.over(scope, ranges, roots, body, lanesFor(roots));
  }

  private checks(scope: Scope, per: 'row' | 'element'): void {
    const checks = this.program.checks.flatMap((c, check) => (c.per === per ? { ...c, check } : []));
    if (!checks.length) return;
    const lowering = this.lowering(scope, checks.flatMap((c) => [c.fails, c.value])); // prettier-ignore
    const row = scope.inline(this.rowIndex);
    const position = per === 'row' ? row : plus(times(row, this.width()), scope.inline(this.columnIndex));
    for (const { fails, value, check } of checks) {
      scope.push({ kind: 'fail', condition: lowering.value(fails), check, value: lowering.value(value), position });
    }
  }

  /** Computes all outputs of an element or a row, then stores them: they may update what they read. */
  private store(scope: Scope, per: 'row' | 'element'): void {
    const slots = this.program.outputs.flatMap((o, k) => (o.per === per ? [k] : []));
    const lowering = this.lowering(scope, slots.flatMap((k) => this.program.outputs[k]?.expr ?? [])); // prettier-ignore
    const writes = slots.flatMap((k) => {
      const [output, access] = [this.program.outputs[k], this.outputs[k]];
      if (!output || !access) return [];
      const value = stored(lowering.value(output.expr), output.expr.dtype, output.dtype);
      return [{ access, value: slots.length > 1 ? this.code.name(scope.block, value) : value }];
    });
    for (const { access, value } of writes) access.store(scope, value);
  }

  private lowering(scope: Scope, roots: readonly Expr[]): Lowering {
    return new Lowering(scope, roots, (e, at) => this.leaf(e, at));
  }

  private leaf(e: Expr, scope: Scope): Leaf {
    switch (e.op) {
      case 'input': {
        const access = this.inputs[e.value];
        if (access) return access.load(scope);
        break;
      }
      case 'scalar': {
        const value = this.code.param('scalars', e.value);
        return { level: 0, value: () => (isFloat(e.dtype) ? value : apply('add', e.dtype, value, zero)) };
      }
      case 'index': {
        const affine = e.value === 0 ? this.rowIndex : this.columnIndex;
        const level = scope.levelOf(affine);
        return { level, value: () => scope.index(affine, level) };
      }
      case 'stage':
      case 'position': {
        const cell = (e.op === 'stage' ? this.totals : this.positions)[e.value];
        if (cell) return { level: cell.level(scope), value: () => cell.get(scope) };
        break;
      }
      default:
    }
    throw new TypeError(`cpu: a loop's expression holds ${e.op} ${e.value}, which the program does not declare.`);
  }
}

const isArg = ({ reduce }: Stage): boolean => reduce === 'argmax' || reduce === 'argmin';

/** Whether additions, and not what is added, are what a sum waits for. */
const gainsFromChains = ({ reduce, expr }: Stage): boolean =>
  reduce === 'sum' && isFloat(expr.dtype) && isQuick([expr], 8);

/** How many elements to take at a time where they do not wait for one another. */
const lanesFor = (roots: readonly Expr[]): number => (isQuick(roots, 32) ? unrolled : 1);
