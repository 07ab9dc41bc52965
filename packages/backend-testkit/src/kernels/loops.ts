// Random loops: any rank of rows and columns, several stages of every reduction, outputs per row and per element, updates
// in place, checks on data.

import { index, input, isFloat, position, program, scalar, stage, unary } from '@rushlight/core/kernel';
import type { Check, DType, LoopOutput, LoopProgram, Reduction, Stage } from '@rushlight/core/kernel';
import type { Entry } from '../harness.ts';
import { bounded, Expressions, sumOf, type Bounded } from './draw-expr.ts';
import type { Draw } from './draw.ts';
import { drawOperand, isDisjoint, type DrawnOperand } from './draw-operand.ts';
import { randomLaunches, type LaunchCase } from './launch-case.ts';

const reductions: readonly Reduction[] = ['sum', 'prod', 'max', 'min', 'argmax', 'argmin'];

interface LoopLimits {
  readonly rank: number;
  readonly stages: number;
  readonly checks: boolean;
  readonly elements?: number;
}

function drawLoop(draw: Draw, dtypes: readonly DType[], limits: LoopLimits): LaunchCase {
  const rowRank = draw.int(0, limits.rank);
  const columnRank = limits.stages > 0 ? draw.int(1, limits.rank) : draw.int(0, limits.rank);
  const groups = [rowRank, columnRank];
  const box = draw.sizes(rowRank + columnRank, limits.elements);
  const width = box.slice(rowRank).reduce((n, size) => n * size, 1);
  const inputs = draw.list(1, 3, () =>
    drawOperand(draw, draw.of(dtypes), box, { groups, guards: draw.chance(20), moves: box.map(() => draw.chance(75)) }),
  );
  const scalars = draw.list(0, 2, () => draw.of(dtypes));
  const leaves: Bounded[] = [
    ...inputs.map(({ type }, k) => bounded(input(k, type.dtype))),
    ...scalars.map((dtype, k) => bounded(scalar(k, dtype))),
    { expr: index('row'), max: 11, unit: 0 },
  ];
  // What has one value per row: inputs that stay where they are along the columns, scalars, the row, results of stages.
  const rowLeaves = leaves.filter(({ expr }) => expr.op !== 'input' || staysInRow(inputs[expr.value], rowRank));
  leaves.push({ expr: index('column'), max: 11, unit: 0 });
  if (columnRank === 0) rowLeaves.push({ expr: index('column'), max: 0, unit: 0 });

  const stages = draw.list(Math.min(limits.stages, 1), limits.stages, (k): Stage => {
    const reduce = draw.of(reductions);
    const made = drawStage(draw, dtypes, leaves, reduce, width);
    const results = [{ ...made.result, expr: stage(k, made.expr.dtype) }];
    if (reduce === 'argmax' || reduce === 'argmin') results.push({ expr: position(k), max: 11, unit: 0 });
    leaves.push(...results);
    rowLeaves.push(...results);
    return { reduce, expr: made.expr };
  });

  const operands: DrawnOperand[] = [...inputs];
  // What a row's elements update, its own outputs may not read.
  let rowsWereWritten = false;
  const updatedByElements = new Set<number>();
  const outputs = draw.list(1, 3, (): LoopOutput => {
    const per = columnRank === 0 ? 'row' : draw.of(['row', 'element'] as const);
    const dtype = draw.of(dtypes);
    const readable = rowLeaves.filter(({ expr }) => expr.op !== 'input' || !updatedByElements.has(expr.value));
    const made = new Expressions(draw, per === 'row' ? readable : leaves, dtypes).make(
      draw.of([dtype, draw.of(dtypes)]),
      4,
    );
    const used = box.map((size, d) => (per === 'row' && d >= rowRank ? 1 : size));
    const moves = box.map((_, d) => per === 'element' || d < rowRank);
    const updated = inputs.findIndex((operand) =>
      !operands.includes(operand, inputs.length) && draw.chance(30) && operand.type.guards.length === 0 &&
      (per === 'element' ? !rowsWereWritten : staysInRow(operand, rowRank)) && isDisjoint(operand, used)); // prettier-ignore
    const operand = inputs[updated] ?? drawOperand(draw, dtype, box, { groups, moves, written: true });
    if (per === 'element' && updated >= 0) updatedByElements.add(updated);
    rowsWereWritten ||= per === 'row' && columnRank > 0;
    operands.push(operand);
    return { ...operand.type, per, expr: made.expr, ...(updated >= 0 && { inout: updated }) };
  });

  const checks = limits.checks
    ? draw.list(1, 2, (): Check => {
        const per = columnRank === 0 ? 'row' : draw.of(['row', 'element'] as const);
        const expressions = new Expressions(draw, per === 'row' ? rowLeaves : leaves, dtypes);
        // Mostly rare, so that it is not always the first element that fails.
        const never = expressions.condition(1).and(expressions.condition(1));
        return {
          per,
          fails: draw.chance(70) ? never.and(expressions.condition(0)) : never,
          value: expressions.make(draw.of(dtypes), 1).expr,
        };
      })
    : [];
  const loop = program<LoopProgram>({
    kind: 'loop',
    rowRank,
    columnRank,
    inputs: inputs.map((operand) => operand.type),
    scalars,
    stages,
    outputs,
    checks,
  });
  return {
    launch: { program: loop, sizes: box, scalars: scalars.map((dtype) => drawScalar(draw, dtype)) },
    operands,
    together: draw.chance(20),
  };
}

const staysInRow = (operand: DrawnOperand | undefined, rowRank: number): boolean =>
  operand?.type.guards.length === 0 && !/[1s]/.test(operand.type.strides.slice(rowRank));

function drawStage(draw: Draw, dtypes: readonly DType[], leaves: readonly Bounded[], reduce: Reduction, width: number) {
  const additive = reduce === 'sum' || reduce === 'prod';
  const dtype = draw.of(additive ? dtypes.filter((d) => d !== 'bool') : dtypes);
  const x = new Expressions(draw, leaves, dtypes).make(dtype, 3);
  if (!isFloat(dtype)) return { expr: x.expr, result: bounded(x.expr) };
  // Products of −1, 0 and 1 stay such; a sum that float32 could round becomes one of signs.
  if (reduce === 'prod') return { expr: unary('sign', x.expr), result: { max: 0, unit: 0 } };
  if (reduce !== 'sum') return { expr: x.expr, result: x };
  const total = sumOf(x, width);
  const signs = { expr: unary('sign', x.expr), max: 0, unit: 0 };
  return total ? { expr: x.expr, result: total } : { expr: signs.expr, result: sumOf(signs, width) ?? x };
}

/** A number that the dtype holds. */
export function drawScalar(draw: Draw, dtype: DType): number {
  if (dtype === 'bool') return draw.int(0, 1);
  if (dtype === 'uint8') return draw.int(0, 9);
  return isFloat(dtype) ? draw.int(-16, 16) / 4 : draw.int(-9, 9);
}

export const loopTests: readonly Entry[] = [
  randomLaunches('loop: element-wise', 250, (draw, dtypes) =>
    drawLoop(draw, dtypes, { rank: 3, stages: 0, checks: false }),
  ),
  randomLaunches('loop: reductions', 250, (draw, dtypes) =>
    drawLoop(draw, dtypes, { rank: 3, stages: 3, checks: false }),
  ),
  randomLaunches('loop: long rows', 20, (draw, dtypes) => drawLoop(draw, dtypes, { rank: 1, stages: 2, checks: false, elements: 2000 })), // prettier-ignore
  randomLaunches('loop: checks on data', 150, (draw, dtypes) =>
    drawLoop(draw, dtypes, { rank: 2, stages: 1, checks: true }),
  ),
];
