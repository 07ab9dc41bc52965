import {
  dtypes, program, type DType, type GatherProgram, type ScanProgram, type ScatterProgram, type SortProgram,
} from '@rushlight/core/kernel'; // prettier-ignore
import { expect, test } from 'vitest';
import { type Case, type Draw, type DrawnOperand, drawOperand, property, sizes } from './differential.ts';

/** Indices of which, mostly, none is out of range. */
function drawIndices(draw: Draw, box: readonly number[], wrap: boolean) {
  const bad = draw.chance(15);
  const rank = box.length;
  return draw.list(1, 2, () => {
    const size = draw.int(1, 6);
    const operand = drawOperand(draw, 'int32', box, { ends: [rank - 1], moves: box.map(() => draw.chance(60)) });
    const data = operand.data.map((v) => (bad ? v : (((v % size) + size) % size) - (wrap && v % 3 === 0 ? size : 0)));
    return { operand: { ...operand, data }, size };
  });
}

/** The operand that indices move in as well: its buffer has room for every one of them. */
function indexedOperand(
  draw: Draw,
  dtype: DType,
  box: readonly number[],
  moves: boolean[],
  indexSizes: readonly number[],
  written: boolean,
) {
  const whole = [...box.map((size, d) => (moves[d] ? size : 1)), ...indexSizes];
  const all = drawOperand(draw, dtype, whole, { ends: [box.length - 1], moves: whole.map(() => true), written });
  const strides = all.view.strides.slice(0, box.length).map((s, d) => (moves[d] ? s : 0));
  const letters = Array.from(moves, (moving, d) => (moving ? (all.type.strides[d] ?? '0') : '0')).join('');
  const operand: DrawnOperand = { ...all, type: { ...all.type, strides: letters }, view: { ...all.view, strides } };
  const indexed = indexSizes.map((size, k) => ({ size, stride: all.view.strides[box.length + k] ?? 0 }));
  return { operand, indexed };
}

function drawGather(draw: Draw): Case {
  const box = sizes(draw, draw.int(0, 3));
  const rank = box.length;
  const wrap = draw.chance(50);
  const indices = drawIndices(draw, box, wrap);
  const dtype = draw.of(dtypes);
  const moves = box.map(() => draw.chance(60));
  const { operand: source, indexed } = indexedOperand(draw, dtype, box, moves, indices.map((i) => i.size), false); // prettier-ignore
  const out = drawOperand(draw, dtype, box, { ends: [rank - 1], moves: box.map(() => true), written: true });
  const operands = [source, ...indices.map((i) => i.operand), out];
  const [sourceType, ...indexTypes] = operands.slice(0, -1).map((o) => o.type);
  const gather = program<GatherProgram>({
    kind: 'gather',
    rank,
    wrap,
    inputs: [sourceType!, ...indexTypes],
    output: out.type,
  });
  return { launch: { program: gather, sizes: box, scalars: [], indexed }, operands };
}

function drawScatter(draw: Draw): Case {
  const box = sizes(draw, draw.int(0, 3));
  const rank = box.length;
  const wrap = draw.chance(50);
  const indices = drawIndices(draw, box, wrap);
  const dtype = draw.of(dtypes);
  const source = drawOperand(draw, dtype, box, {
    ends: [rank - 1],
    moves: box.map(() => draw.chance(80)),
    guards: draw.chance(10),
  });
  const moves = box.map(() => draw.chance(60));
  const { operand: out, indexed } = indexedOperand(draw, dtype, box, moves, indices.map((i) => i.size), true); // prettier-ignore
  const reduce = draw.of(['set', 'add', 'mul', 'max', 'min'] as const);
  const operands = [source, ...indices.map((i) => i.operand), out];
  const [sourceType, ...indexTypes] = operands.slice(0, -1).map((o) => o.type);
  const scatter = program<ScatterProgram>({
    kind: 'scatter',
    rank,
    wrap,
    reduce,
    inputs: [sourceType!, ...indexTypes],
    output: out.type,
  });
  return { launch: { program: scatter, sizes: box, scalars: [], indexed }, operands };
}

function drawScan(draw: Draw): Case {
  const box = sizes(draw, draw.int(1, 3), draw.chance(10) ? 3000 : 400);
  const rank = box.length;
  const reduce = draw.of(['sum', 'prod', 'max', 'min'] as const);
  const dtype = draw.of(dtypes);
  const moves = box.map((_, d) => d === rank - 1 || draw.chance(80));
  const input = drawOperand(draw, dtype, box, { ends: [rank - 1], moves, guards: draw.chance(10) });
  const written = { ends: [rank - 1], moves: box.map(() => true), written: true };
  const outputs = [drawOperand(draw, draw.of([dtype, dtype, ...dtypes]), box, written)];
  if (reduce === 'max' || reduce === 'min') outputs.push(drawOperand(draw, 'int32', box, written));
  const scan = program<ScanProgram>({
    kind: 'scan',
    rank,
    reduce,
    input: input.type,
    outputs: outputs.map((o) => o.type),
  });
  return { launch: { program: scan, sizes: box, scalars: [] }, operands: [input, ...outputs] };
}

function drawSort(draw: Draw): Case {
  const box = sizes(draw, draw.int(1, 3));
  const rank = box.length;
  const dtype = draw.of(dtypes);
  const input = drawOperand(draw, dtype, box, {
    ends: [rank - 1],
    moves: box.map(() => draw.chance(90)),
    guards: draw.chance(10),
  });
  const written = { ends: [rank - 1], moves: box.map(() => true), written: true };
  const [values, places] = [drawOperand(draw, dtype, box, written), drawOperand(draw, 'int32', box, written)];
  const outputs = [values.type, places.type] as const;
  const sort = program<SortProgram>({ kind: 'sort', rank, descending: draw.chance(50), input: input.type, outputs });
  return { launch: { program: sort, sizes: box, scalars: [] }, operands: [input, values, places] };
}

test.each([
  ['gather', drawGather, 300],
  ['scatter', drawScatter, 300],
  ['scan', drawScan, 200],
  ['sort', drawSort, 200],
] as const)('%s agrees with the reference', { timeout: 60_000 }, (_, draw, runs) => {
  property(draw, runs, (actual, expected) => expect(actual).toEqual(expected));
});
