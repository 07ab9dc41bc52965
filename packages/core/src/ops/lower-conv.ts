// A convolution as one loop: its rows are the positions that are written, its columns what is summed over. The operand
// whose spatial positions follow from two others (i = o·stride + k·dilation − padding) is read through a guard per dim;
// in the input gradient the same guard is turned around, and the stride becomes its step.

import type { Dispatch, StorageOperand } from '../dispatch.ts';
import {
  foldGuards, input, mergeDims, program, rewrite, stage, strideClasses, type ConvProgram, type Guard, type LoopProgram,
  type OperandType,
} from '../kernel/index.ts'; // prettier-ignore
import { programMemo } from './program-memo.ts';

type LoopOf = (operands: readonly OperandType[], rowRank: number, columnRank: number) => LoopProgram;

const loops = new WeakMap<ConvProgram, LoopOf>();

function loopsOf(p: ConvProgram): LoopOf {
  let found = loops.get(p);
  if (!found) loops.set(p, (found = programMemo((...types) => loopOf(p, ...types))));
  return found;
}

function loopOf(
  { inputs: [a, b], scalars, epilogue }: ConvProgram,
  operands: readonly OperandType[],
  rowRank: number,
  columnRank: number,
): LoopProgram {
  // The epilogue's input 0 is the sum and its extras begin at 1; the loop's extras come after the two factors.
  const expr = rewrite(epilogue, (e) => {
    if (e.op !== 'input') return undefined;
    return e.value === 0 ? stage(0, e.dtype) : input(e.value + 1, e.dtype);
  });
  return program<LoopProgram>({
    kind: 'loop',
    rowRank,
    columnRank,
    inputs: operands.slice(0, -1),
    scalars,
    stages: [{ reduce: 'sum', expr: input(0, a.dtype).mul(input(1, b.dtype)) }],
    outputs: operands.slice(-1).map((output) => ({ ...output, per: 'row', expr })),
    checks: [],
  });
}

/** The loop that computes what a conv launch would. */
export function lowerConv({ geometry, sizes, operands, ...request }: Dispatch): Dispatch[] {
  const p = request.program as ConvProgram;
  if (!geometry) throw new TypeError('conv: the launch has no geometry.');
  const { direction, spatial } = p;
  // Dims are named by their place in `sizes`: n, g, ci, co, …i, …k, …o.
  const run = (part: number): number[] => Array.from({ length: spatial }, (_, d) => 4 + part * spatial + d);
  const [i, k, o] = [run(0), run(1), run(2)];
  const [x, w, y] = [[0, 1, 2, ...i], [1, 3, 2, ...k], [0, 1, 3, ...o]]; // prettier-ignore
  const { rows, columns, factors } = {
    forward: { rows: y, columns: [2, ...k], factors: [x, w] },
    inputGradient: { rows: x, columns: [3, ...k], factors: [w, y] },
    weightGradient: { rows: w, columns: [0, ...o], factors: [x, y] },
  }[direction];
  const order = [...rows, ...columns];
  const loopSizes = order.map((dim) => sizes[dim] ?? 1);

  const guard = (d: number, missing: number, memoryStride: number): Guard => {
    const [stride = 1, padding = 0, dilation = 1] = [geometry.stride[d], geometry.padding[d], geometry.dilation[d]];
    const along = (dim: number | undefined, step: number, by: number): number[] =>
      order.map((other) => (other === dim ? step : other === k[d] ? by : 0));
    const walk =
      missing === i[d]
        ? { coefficients: along(o[d], stride, dilation), start: -padding, step: 1 }
        : { coefficients: along(i[d], 1, -dilation), start: padding, step: stride };
    return { ...walk, size: sizes[missing] ?? 1, stride: memoryStride };
  };
  const views = operands.map((operand, slot): StorageOperand => {
    const dims = factors[slot] ?? rows;
    const strides = order.map((dim) => operand.strides[dims.indexOf(dim)] ?? 0);
    const guards = dims.flatMap((dim, at) =>
      order.includes(dim) ? [] : [guard(at - 3, dim, operand.strides[at] ?? 0)],
    );
    return { storage: operand.storage, ...foldGuards(loopSizes, { offset: operand.offset, strides, guards }) };
  });
  const merged = mergeDims(loopSizes, [rows.length, columns.length], views);
  const [rowRank = 0, columnRank = 0] = merged.groups;
  const types = merged.views.map((view): OperandType => ({
    dtype: view.storage.dtype,
    strides: strideClasses(view.strides, merged.groups),
    guards: view.guards?.length ?? 0,
  }));
  const lowered = loopsOf(p)(types, rowRank, columnRank);
  return [{ ...request, program: lowered, sizes: merged.sizes, operands: merged.views }];
}
