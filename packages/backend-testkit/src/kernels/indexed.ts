// Random gathers and scatters: several indices, negative ones, ones out of range, every reduction.

import { program } from '@rushlight/core/kernel';
import type { DType, GatherProgram, IndexedDim, OperandType, ScatterProgram } from '@rushlight/core/kernel';
import type { Entry } from '../harness.ts';
import type { Draw } from './draw.ts';
import { drawOperand, type DrawnOperand, type Values } from './draw-operand.ts';
import { randomLaunches, type LaunchCase } from './launch-case.ts';

interface DrawnIndices {
  readonly operands: readonly DrawnOperand[];
  readonly sizes: readonly number[];
}

/** Indices of which, mostly, none is out of range. */
function drawIndices(draw: Draw, box: readonly number[], wrap: boolean): DrawnIndices {
  const bad = draw.chance(12);
  const sizes = draw.list(1, 2, () => draw.int(1, 6));
  const operands = sizes.map((size) => {
    const operand = drawOperand(draw, 'int32', box, { moves: box.map(() => draw.chance(70)), special: bad });
    if (bad && draw.chance(50)) return operand;
    const data = operand.data.map((v) => (((v % size) + size) % size) - (wrap && v % 3 === 0 ? size : 0));
    if (bad && data.length > 0) data[draw.int(0, data.length - 1)] = draw.of([size, -size - 1]);
    return { ...operand, data };
  });
  return { operands, sizes };
}

/** The operand in which indices move as well: its buffer has room for each of them. */
function drawIndexed(
  draw: Draw,
  dtype: DType,
  box: readonly number[],
  sizes: readonly number[],
  options: { written: boolean; values?: Values },
): { operand: DrawnOperand; indexed: IndexedDim[] } {
  const rank = box.length;
  const moves = box.map(() => draw.chance(60));
  const walked = [...box.map((size, d) => (moves[d] ? size : 1)), ...sizes];
  const all = drawOperand(draw, dtype, walked, { ...options, moves: walked.map(() => true), groups: [rank] });
  const strides = all.view.strides.slice(0, rank).map((stride, d) => (moves[d] ? stride : 0));
  const letters = Array.from(all.type.strides.slice(0, rank), (letter, d) => (moves[d] ? letter : '0')).join('');
  const operand = { ...all, type: { ...all.type, strides: letters }, view: { ...all.view, strides } };
  return { operand, indexed: sizes.map((size, k) => ({ size, stride: all.view.strides[rank + k] ?? 0 })) };
}

function drawGather(draw: Draw, dtypes: readonly DType[]): LaunchCase {
  const box = draw.sizes(draw.int(0, 3));
  const wrap = draw.chance(50);
  const dtype = draw.of(dtypes);
  const indices = drawIndices(draw, box, wrap);
  const { operand: source, indexed } = drawIndexed(draw, dtype, box, indices.sizes, { written: false });
  const out = drawOperand(draw, dtype, box, { written: true });
  const inputs: [OperandType, ...OperandType[]] = [source.type, ...indices.operands.map((operand) => operand.type)];
  const gather = program<GatherProgram>({ kind: 'gather', rank: box.length, wrap, inputs, output: out.type });
  return {
    launch: { program: gather, sizes: box, scalars: [], indexed },
    operands: [source, ...indices.operands, out],
  };
}

function drawScatter(draw: Draw, dtypes: readonly DType[]): LaunchCase {
  const box = draw.sizes(draw.int(0, 3));
  const wrap = draw.chance(50);
  const reduce = draw.of(['set', 'add', 'mul', 'max', 'min'] as const);
  // Exact in every order of additions, in float16 too: up to 400 integers of at most 4.
  const values = reduce === 'mul' ? 'signs' : reduce === 'add' ? 'whole' : 'quarters';
  const dtype = draw.of(reduce === 'add' ? dtypes.filter((d) => d !== 'bool') : dtypes);
  const indices = drawIndices(draw, box, wrap);
  const source = drawOperand(draw, dtype, box, {
    values,
    guards: draw.chance(10) && reduce !== 'add' && reduce !== 'mul',
  });
  const { operand: out, indexed } = drawIndexed(draw, dtype, box, indices.sizes, { written: true, values });
  const inputs: [OperandType, ...OperandType[]] = [source.type, ...indices.operands.map((operand) => operand.type)];
  const scatter = program<ScatterProgram>({
    kind: 'scatter',
    rank: box.length,
    wrap,
    reduce,
    inputs,
    output: out.type,
  });
  return {
    launch: { program: scatter, sizes: box, scalars: [], indexed },
    operands: [source, ...indices.operands, out],
  };
}

export const indexedTests: readonly Entry[] = [
  randomLaunches('gather: random launches', 200, drawGather),
  randomLaunches('scatter: random launches', 250, drawScatter),
];
