// Random matrix products and convolutions: all strides, batches, depths of nothing and of many blocks, epilogues.

import { input, program, scalar } from '@rushlight/core/kernel';
import type { ConvProgram, DType, MatmulProgram } from '@rushlight/core/kernel';
import type { Entry } from '../harness.ts';
import { bounded, Expressions, sumOf } from './draw-expr.ts';
import type { Draw } from './draw.ts';
import { drawOperand, type DrawnOperand, type OperandOptions } from './draw-operand.ts';
import { randomLaunches, type LaunchCase } from './launch-case.ts';
import { drawScalar } from './loops.ts';

/** What is done to a sum of products: itself, or an expression of it, of extra operands and of numbers. */
function drawEpilogue(
  draw: Draw,
  dtypes: readonly DType[],
  dtype: DType,
  depth: number,
  extras: readonly DrawnOperand[],
) {
  const scalars = draw.list(0, 1, () => draw.of(dtypes));
  const product = { expr: input(0, dtype), max: 4, unit: -4 };
  const total = { ...bounded(input(0, dtype)), ...(dtype.startsWith('float') && sumOf(product, depth)) };
  const leaves = [
    total,
    ...extras.map(({ type }, k) => bounded(input(k + 1, type.dtype))),
    ...scalars.map((kind, k) => bounded(scalar(k, kind))),
  ];
  const plain = extras.length === 0 && scalars.length === 0 && draw.chance(50);
  const { expr } = plain ? total : new Expressions(draw, leaves, dtypes).make(dtype, 3);
  return { scalars, epilogue: expr, numbers: scalars.map((kind) => drawScalar(draw, kind)) };
}

const numeric = (dtypes: readonly DType[]): DType[] => dtypes.filter((dtype) => dtype !== 'bool');

/** Sizes of m, n and k: mostly small, now and then beyond one block of each. */
function drawExtent(draw: Draw): number[] {
  const kind = draw.int(1, 100);
  if (kind <= 15) return [draw.int(1, 4), draw.int(1, 4), draw.int(250, 530)];
  if (kind <= 22) return [draw.int(60, 140), draw.int(1, 3), draw.int(0, 3)];
  if (kind <= 29) return [draw.int(1, 4), draw.int(250, 270), draw.int(0, 4)];
  if (kind <= 39) return [draw.int(14, 18), draw.int(14, 18), draw.int(5, 9)];
  return draw.sizes(3, 600);
}

function drawMatmul(draw: Draw, dtypes: readonly DType[]): LaunchCase {
  const batchRank = draw.int(0, 2);
  const extent = drawExtent(draw);
  const box = [...draw.sizes(batchRank, 4), ...extent];
  const groups = [batchRank, 1, 1, 1];
  const [m, n, k] = [batchRank, batchRank + 1, batchRank + 2];
  const dtype = draw.of(numeric(dtypes));
  const along = (still: number): boolean[] => box.map((_, d) => d !== still && (d >= batchRank || draw.chance(75)));
  const [a, b] = [
    drawOperand(draw, dtype, box, { groups, moves: along(n) }),
    drawOperand(draw, dtype, box, { groups, moves: along(m) }),
  ];
  const extras = draw.list(0, 2, () =>
    drawOperand(draw, draw.of(dtypes), box, { groups, moves: box.map((_, d) => d !== k && draw.chance(70)) }),
  );
  const out = drawOperand(draw, draw.of([dtype, dtype, ...dtypes]), box, {
    groups,
    moves: box.map((_, d) => d !== k),
    written: true,
  });
  const { scalars, epilogue, numbers } = drawEpilogue(draw, dtypes, dtype, box[k] ?? 0, extras);
  const matmul = program<MatmulProgram>({
    kind: 'matmul',
    batchRank,
    inputs: [a.type, b.type, ...extras.map((operand) => operand.type)],
    scalars,
    epilogue,
    output: out.type,
  });
  return { launch: { program: matmul, sizes: box, scalars: numbers }, operands: [a, b, ...extras, out] };
}

function drawConv(draw: Draw, dtypes: readonly DType[]): LaunchCase {
  const spatial = draw.int(1, 3);
  const dims = Array.from({ length: spatial }, () => {
    const [kernel, stride, padding, dilation] = [draw.int(1, 3), draw.int(1, 3), draw.int(0, 2), draw.int(1, 2)];
    const image = draw.int(1, [17, 7, 4][spatial - 1] ?? 4);
    const covered = Math.floor((image + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
    // A transposed convolution may ask for another size than the one that covers the image.
    return { kernel, stride, padding, dilation, image, out: draw.chance(90) ? Math.max(0, covered) : draw.int(1, 5) };
  });
  const [n, g, ci, co] = [draw.int(0, 3), draw.int(1, 2), draw.int(1, 4), draw.int(1, 4)];
  const pick = (field: 'kernel' | 'stride' | 'padding' | 'dilation' | 'image' | 'out'): number[] =>
    dims.map((dim) => dim[field]);
  const x = [n, g, ci, ...pick('image')];
  const w = [g, co, ci, ...pick('kernel')];
  const y = [n, g, co, ...pick('out')];
  const direction = draw.of(['forward', 'inputGradient', 'weightGradient'] as const);
  const [first, second, written] = { forward: [x, w, y], inputGradient: [w, y, x], weightGradient: [x, y, w] }[direction] as [number[], number[], number[]]; // prettier-ignore
  const dtype = draw.of(numeric(dtypes));
  // No infinities: 0 · ∞ at a border is NaN for an implementation by copies, and 0 for one that leaves the border out.
  const finite: OperandOptions = { special: false };
  const [a, b] = [drawOperand(draw, dtype, first, finite), drawOperand(draw, dtype, second, finite)];
  const extras = draw.list(0, 1, () =>
    drawOperand(draw, draw.of(dtypes), written, { moves: written.map(() => draw.chance(50)) }),
  );
  const out = drawOperand(draw, draw.of([dtype, dtype, ...dtypes]), written, { written: true });
  const all = [n, g, ci, co, ...pick('image'), ...pick('kernel'), ...pick('out')];
  const depth = all.reduce((total, size) => total * Math.max(size, 1), 1); // more than any one sum has
  const { scalars, epilogue, numbers } = drawEpilogue(draw, dtypes, dtype, depth, extras);
  const conv = program<ConvProgram>({
    kind: 'conv',
    direction,
    spatial,
    inputs: [a.type, b.type, ...extras.map((operand) => operand.type)],
    scalars,
    epilogue,
    output: out.type,
  });
  const geometry = { stride: pick('stride'), padding: pick('padding'), dilation: pick('dilation') };
  return { launch: { program: conv, sizes: all, scalars: numbers, geometry }, operands: [a, b, ...extras, out] };
}

export const productTests: readonly Entry[] = [
  randomLaunches('matmul: random launches', 150, drawMatmul),
  randomLaunches('conv: random launches', 150, drawConv),
];
