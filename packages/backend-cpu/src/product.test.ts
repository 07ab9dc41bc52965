import {
  binary, cast, dtypes, input, maximum, program, scalar, type ConvProgram, type DType, type Expr, type MatmulProgram,
} from '@rushlight/core/kernel'; // prettier-ignore
import { expect, test } from 'vitest';
import { type Case, type Draw, type DrawnOperand, drawOperand, property, sizes } from './differential.ts';

// No infinities here: ∞ − ∞ apart, a product of them with the zeros of a border would not be what the reference leaves out.
function finite({ type, view, data }: DrawnOperand): DrawnOperand {
  const isFinite = (v: number): boolean => (type.dtype === 'float16' ? (v & 0x7c00) !== 0x7c00 : Number.isFinite(v));
  return { type, view, data: data.map((v) => (isFinite(v) ? v : type.dtype === 'float16' ? 0x3c00 : 1)) };
}

/** The operand with guards that do not depend on a dim in which it does not move. */
function unmoved({ type, view, data }: DrawnOperand, dim: number): DrawnOperand {
  const guards = view.guards?.map((guard) => ({ ...guard, coefficients: guard.coefficients.with(dim, 0) }));
  return { type, view: { ...view, ...(guards && { guards }) }, data };
}

/** An epilogue over the sum and extras of the given dtypes, and the dtype it gives. */
function drawEpilogue(draw: Draw, dtype: DType, extras: readonly DType[], scalars: readonly DType[]): Expr {
  const parts = [...extras.map((d, k) => input(1 + k, d)), ...scalars.map((d, k) => scalar(k, d))];
  const sum = input(0, dtype);
  if (draw.chance(40)) return sum;
  return parts.reduce((e, part) => maximum(binary(draw.of(['add', 'mul']), e, cast(part, dtype)), -3), sum);
}

const scalarValues = (draw: Draw, scalars: readonly DType[]): number[] => scalars.map(() => draw.int(-4, 4) / 2);

function drawMatmul(draw: Draw): Case {
  const batchRank = draw.int(0, 2);
  const batch = sizes(draw, batchRank, 8);
  const long = draw.chance(15);
  const extent = long
    ? [draw.int(1, 6), draw.int(1, 6), draw.int(250, 530)]
    : draw.chance(10)
      ? [draw.int(100, 140), draw.int(1, 3), draw.int(0, 5)]
      : draw.chance(10)
        ? [draw.int(1, 5), draw.int(250, 270), draw.int(0, 4)]
        : sizes(draw, 3, 4000);
  const box = [...batch, ...extent];
  const dtype = draw.of<DType>(['float32', 'float32', 'float64', 'float16', 'int32', 'uint8', 'bool']);
  const [m, n, k] = [batchRank, batchRank + 1, batchRank + 2];
  const ends = [batchRank - 1, m, n, k];
  const along = (without: number): boolean[] => box.map((_, d) => (d < batchRank ? draw.chance(75) : d !== without));
  const factor = (without: number): DrawnOperand => {
    const options = { ends, moves: along(without), guards: draw.chance(8) };
    return finite(unmoved(drawOperand(draw, dtype, box, options), without));
  };
  const [a, b] = [factor(n), factor(m)];
  const kinds = draw.list(0, 2, () => draw.of(dtypes));
  const extras = kinds.map((kind) => {
    const options = { ends, moves: box.map((_, d) => d !== k && draw.chance(70)), guards: draw.chance(10) };
    return finite(unmoved(drawOperand(draw, kind, box, options), k));
  });
  const scalars = draw.list(0, 1, () => dtype);
  const written = { ends, moves: box.map((_, d) => d !== k), written: true };
  const out = drawOperand(draw, draw.of([dtype, dtype, ...dtypes]), box, written);
  const structure = {
    kind: 'matmul',
    batchRank,
    inputs: [a.type, b.type, ...extras.map((e) => e.type)],
    scalars,
    epilogue: drawEpilogue(draw, dtype, kinds, scalars),
    output: out.type,
  } as const;
  const launch = { program: program<MatmulProgram>(structure), sizes: box, scalars: scalarValues(draw, scalars) };
  return { launch, operands: [a, b, ...extras, out] };
}

function drawConv(draw: Draw): Case {
  const spatial = draw.int(1, 3);
  const dims = Array.from({ length: spatial }, () => {
    const [kernel, stride, padding, dilation] = [draw.int(1, 3), draw.int(1, 3), draw.int(0, 2), draw.int(1, 2)];
    const image = draw.int(1, spatial === 1 ? 20 : 7);
    const covered = Math.floor((image + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
    // A transposed convolution may ask for another size than the one that covers the image.
    const out = draw.chance(90) ? Math.max(0, covered) : draw.int(1, 6);
    return { kernel, stride, padding, dilation, image, out };
  });
  const [n, g, ci, co] = [draw.int(1, 3), draw.int(1, 2), draw.int(1, 5), draw.int(1, 5)];
  const [image, kernel, out] = (['image', 'kernel', 'out'] as const).map((field) => dims.map((d) => d[field])) as [number[], number[], number[]]; // prettier-ignore
  const direction = draw.of(['forward', 'inputGradient', 'weightGradient'] as const);
  const [x, w, y] = [
    [n, g, ci, ...image],
    [g, co, ci, ...kernel],
    [n, g, co, ...out],
  ];
  const boxes = { forward: [x, w, y], inputGradient: [w, y, x], weightGradient: [x, y, w] }[direction] as [
    number[],
    number[],
    number[],
  ];
  const dtype = draw.of<DType>(['float32', 'float32', 'float64', 'float16', 'int32', 'uint8']);
  const operand = (
    box: number[],
    kind: DType,
    options: { moves?: boolean[]; written?: boolean; guards?: boolean } = {},
  ) =>
    finite(
      drawOperand(draw, kind, box, {
        ends: [box.length - 1],
        moves: box.map(() => options.written ?? draw.chance(95)),
        ...options,
      }),
    );
  const [a, b] = [operand(boxes[0], dtype), operand(boxes[1], dtype)];
  const kinds = draw.list(0, 1, () => draw.of(dtypes));
  const extras = kinds.map((kind) =>
    operand(boxes[2], kind, { moves: boxes[2].map(() => draw.chance(50)), guards: draw.chance(10) }),
  );
  const scalars = draw.list(0, 1, () => dtype);
  const result = operand(boxes[2], draw.of([dtype, dtype, ...dtypes]), { written: true });
  const structure = {
    kind: 'conv',
    direction,
    spatial,
    inputs: [a.type, b.type, ...extras.map((e) => e.type)],
    scalars,
    epilogue: drawEpilogue(draw, dtype, kinds, scalars),
    output: result.type,
  } as const;
  const geometry = {
    stride: dims.map((d) => d.stride),
    padding: dims.map((d) => d.padding),
    dilation: dims.map((d) => d.dilation),
  };
  const all = [n, g, ci, co, ...image, ...kernel, ...out];
  const launch = {
    program: program<ConvProgram>(structure),
    sizes: all,
    scalars: scalarValues(draw, scalars),
    geometry,
  };
  return { launch, operands: [a, b, ...extras, result] };
}

test.each([
  ['matmul', drawMatmul, 400],
  ['conv', drawConv, 400],
] as const)('%s agrees with the reference', { timeout: 60_000 }, (_, draw, runs) => {
  property(draw, runs, (actual, expected) => expect(actual).toEqual(expected));
});
