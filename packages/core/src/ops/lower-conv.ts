// A convolution as one loop: its rows are the positions that are written, its columns what is summed over. The operand
// whose spatial positions follow from two others (i = o·stride + k·dilation − padding) is read through a guard per dim;
// in the input gradient the same guard is turned around, and the stride becomes its step.

import type { Dispatch, StorageOperand } from '../dispatch.ts';
import { foldGuards, rewrite, type ConvProgram, type Guard } from '../kernel/index.ts';
import { loweredLoop } from './lowered-loop.ts';

const loops = new WeakMap<ConvProgram, ReturnType<typeof loopOf>>();

function loopOf({ scalars, epilogue }: ConvProgram) {
  return loweredLoop((k) => {
    const sum = k.sum(k.input(0).mul(k.input(1)));
    for (const dtype of scalars) k.scalar(dtype);
    // The epilogue's input 0 is the sum and its extras begin at 1; the loop's extras come after the two factors.
    k.perRow(rewrite(epilogue, (e) => (e.op !== 'input' ? undefined : e.value === 0 ? sum : k.input(e.value + 1))));
  });
}

/** Runs the loop that computes what a conv launch would. */
export function lowerConv(
  { device, program, geometry, sizes, operands, scalars }: Dispatch,
  run: (part: Dispatch) => void,
): void {
  const p = program as ConvProgram;
  if (!geometry) throw new TypeError('conv: the launch has no geometry.');
  const { direction, spatial } = p;
  // Dims are named by their place in `sizes`: n, g, ci, co, …i, …k, …o.
  const dims = (part: number): number[] => Array.from({ length: spatial }, (_, d) => 4 + part * spatial + d);
  const [i, k, o] = [dims(0), dims(1), dims(2)];
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
    const own = factors[slot] ?? rows;
    const strides = order.map((dim) => operand.strides[own.indexOf(dim)] ?? 0);
    const guards = own.flatMap((dim, at) =>
      order.includes(dim) ? [] : [guard(at - 3, dim, operand.strides[at] ?? 0)],
    );
    return { storage: operand.storage, ...foldGuards(loopSizes, { offset: operand.offset, strides, guards }) };
  });
  let loop = loops.get(p);
  if (!loop) loops.set(p, (loop = loopOf(p)));
  const [inputs, outputs] = [views.slice(0, -1), views.slice(-1)];
  run(loop({ device, sizes: loopSizes, rowRank: rows.length, inputs, outputs, scalars }));
}
