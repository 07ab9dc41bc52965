import {
  binary, binaryOps, cast, compare, comparisonOps, constant, dtypes, index, input, isFloat, position, program, scalar, select, stage, unary,
  unaryOps, type Check, type DType, type Expr, type LoopOutput, type LoopProgram, type Stage,
} from '@rushlight/core/kernel'; // prettier-ignore
import { expect, test } from 'vitest';
import { type Case, type Draw, drawOperand, isDisjoint, property, sizes } from './differential.ts';

/** Random expressions over given leaves. `exact` keeps to operations whose float results sum to the same in any order. */
class Expressions {
  private readonly draw: Draw;
  private readonly leaves: readonly Expr[];
  private readonly made: Expr[] = [];

  constructor(draw: Draw, leaves: readonly Expr[]) {
    this.draw = draw;
    this.leaves = leaves;
  }

  make(dtype: DType, depth: number, exact = false): Expr {
    const { draw } = this;
    const known = this.made.filter((e) => e.dtype === dtype);
    if (!exact && known.length && draw.chance(15)) return draw.of(known);
    if (depth === 0) return this.leaf(dtype, exact);
    const e = this.compose(dtype, depth - 1, exact);
    if (!exact) this.made.push(e);
    return e;
  }

  private leaf(dtype: DType, exact: boolean): Expr {
    const leaves = this.leaves.filter((e) => e.dtype === dtype && (!exact || e.op === 'input'));
    if (leaves.length && this.draw.chance(85)) return this.draw.of(leaves);
    if (exact || this.draw.chance(50)) return constant(this.draw.int(-6, 6) / (isFloat(dtype) ? 4 : 1), dtype);
    return cast(this.draw.of(this.leaves.length ? this.leaves : [constant(1, dtype)]), dtype);
  }

  private compose(dtype: DType, depth: number, exact: boolean): Expr {
    const { draw } = this;
    const part = (of: DType = dtype): Expr => this.make(of, draw.int(0, depth), exact);
    const condition = (): Expr => {
      const kind = draw.of(dtypes);
      return compare(draw.of(comparisonOps), this.make(kind, 0, exact), this.make(kind, 0, exact));
    };
    const float = isFloat(dtype);
    if (draw.chance(15)) return select(condition(), part(), part());
    if (dtype === 'bool' && draw.chance(50)) return condition();
    if (exact && float) {
      return draw.chance(20)
        ? unary(draw.of(['neg', 'abs']), part())
        : binary(draw.of(['add', 'sub', 'mul', 'min', 'max']), part(), part());
    }
    if (draw.chance(20)) return cast(part(draw.of(dtypes)), dtype);
    if (draw.chance(40)) return unary(draw.of(unaryOps.filter((op) => !float || op !== 'not')), part());
    const bitwise = ['and', 'or', 'xor', 'shl', 'shr', 'mulhi'];
    return binary(draw.of(binaryOps.filter((op) => !float || !bitwise.includes(op))), part(), part());
  }
}

function drawLoop(draw: Draw): Case {
  const [rowRank, columnRank] = [draw.int(0, 3), draw.int(0, 3)];
  return drawLoopOver(draw, sizes(draw, rowRank + columnRank), rowRank);
}

/** More rows than are taken in one strip. */
const drawManyRows = (draw: Draw): Case => drawLoopOver(draw, [draw.int(500, 1300), draw.int(1, 4)], 1);

function drawLoopOver(draw: Draw, box: readonly number[], rowRank: number): Case {
  const rank = box.length;
  const columnRank = rank - rowRank;
  const ends = [rowRank - 1, rank - 1];
  const kinds = draw.list(1, 3, () => draw.of(dtypes));
  const drawn = kinds.map((dtype) =>
    drawOperand(draw, dtype, box, { ends, moves: box.map(() => draw.chance(75)), guards: draw.chance(25) }),
  );
  const scalars = draw.list(0, 2, () => draw.of(dtypes));
  const leaves: Expr[] = [
    ...kinds.map((dtype, k) => input(k, dtype)),
    ...scalars.map((dtype, k) => scalar(k, dtype)),
    index('row'),
  ];
  const rowLeaves = drawn
    .flatMap(({ type }, k) => (type.guards || /[1s]/.test(type.strides.slice(rowRank)) ? [] : [input(k, type.dtype)]))
    .concat(leaves.filter((e) => e.op === 'scalar' || e.op === 'index'));
  leaves.push(index('column'));
  const stages: Stage[] = draw.list(0, columnRank ? 3 : 1, (k) => {
    const reduce = draw.of(['sum', 'prod', 'max', 'min', 'argmax', 'argmin'] as const);
    const dtype = draw.of(dtypes);
    const expr = new Expressions(draw, leaves).make(dtype, 3, reduce === 'sum');
    const made = [stage(k, dtype), ...(reduce.startsWith('arg') ? [position(k)] : [])];
    leaves.push(...made);
    rowLeaves.push(...made);
    return { reduce, expr };
  });
  const sharing = drawn.map((_, k) => k);
  const operands = [...drawn];
  const always = columnRank === 0 ? draw.of(['row', 'element'] as const) : undefined;
  const outputs = draw.list(1, 3, (): LoopOutput => {
    const per = always ?? draw.of(['row', 'element'] as const);
    const dtype = draw.of(dtypes);
    const expr = new Expressions(draw, per === 'row' ? rowLeaves : leaves).make(draw.of([dtype, dtype, ...dtypes]), 4);
    const free = drawn.findIndex(({ type, view }, k) =>
      !type.guards && !sharing.slice(drawn.length).includes(k) && draw.chance(30) &&
      view.strides.every((s, d) => (s !== 0) === (per === 'element' || d < rowRank)) && isDisjoint(view, box)); // prettier-ignore
    const reused = drawn[free];
    const operand = reused ?? drawOperand(draw, dtype, box, { ends, moves: box.map((_, d) => per === 'element' || d < rowRank), written: true }); // prettier-ignore
    sharing.push(reused ? free : operands.length);
    operands.push(operand);
    return { ...operand.type, per, expr, ...(reused && { inout: free }) };
  });
  const checks: Check[] = draw.chance(20)
    ? draw.list(1, 2, () => {
        const per = draw.of(['row', 'element'] as const);
        const expressions = new Expressions(draw, per === 'row' ? rowLeaves : leaves);
        return { per, fails: expressions.make('bool', 2), value: expressions.make('int32', 1) };
      })
    : [];
  const inputs = drawn.map((d) => d.type);
  const loop = program<LoopProgram>({ kind: 'loop', rowRank, columnRank, inputs, scalars, stages, outputs, checks });
  return { launch: { program: loop, sizes: box, scalars: scalars.map(() => draw.int(-8, 8) / 4) }, operands, sharing };
}

test.each([
  ['loops agree', drawLoop, 600],
  ['loops over many rows agree', drawManyRows, 40],
] as const)('%s with the reference', { timeout: 60_000 }, (_, draw, runs) => {
  property(draw, runs, (actual, expected) => expect(actual).toEqual(expected));
});
