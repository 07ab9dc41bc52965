// Convolution as products of implicit matrices: a side of the product is a table of offsets into the image, so that patches are
// read where they lie and packed a block at a time.

import {
  convBoxes,
  convProducts,
  convReach,
  convShape,
  mergeDims,
  offsetTable,
  ramp,
  withBorder,
} from '@rushlight/core/kernel';
import type { ConvFactor, ConvProduct, ConvProgram, Operand, OperandType, StrideClass } from '@rushlight/core/kernel';
import { dataOf } from './cpu-buffer.ts';
import { Epilogue, isInteger } from './epilogue.ts';
import { type Extent, type Side, gemm } from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Runner } from './run-loop.ts';

const side = ({ buffer, offset }: Operand, { start, lanes, depth }: ConvFactor): Side => ({
  data: dataOf(buffer),
  base: offset + start,
  lanes: offsetTable(lanes),
  depth: offsetTable(depth),
});

/** The stride classes of an operand along a block's rows and its columns; `moving` is the class of columns that move. */
function letters(program: ConvProgram, moving: StrideClass): (type: OperandType) => string {
  const row = program.direction === 'weightGradient' ? 1 : 2;
  const columns = program.direction === 'weightGradient' ? 2 : 0;
  return ({ strides, guards }) => {
    if (guards.length > 0) return `s${moving}`;
    const moves = [...strides].some((letter, d) => (d === columns || d > 2) && letter !== '0');
    return `${strides[row] === '0' ? '0' : 's'}${moves ? moving : '0'}`;
  };
}

export function convRunner(program: ConvProgram, machine: Machine): Runner<ConvProgram> {
  const strided = new Epilogue(machine, program, letters(program, 's'));
  const contiguous = new Epilogue(machine, program, letters(program, '1'));
  const integer = isInteger(program.inputs[0].dtype);
  const { direction } = program;
  return (launch) => {
    const shape = convShape(launch);
    const boxes = convBoxes(shape);
    const operands = launch.operands.map((operand, slot) =>
      slot < 2 ? machine.plain(operand, boxes[slot] ?? []) : machine.unguarded(operand, boxes[2]),
    );
    const reach = convReach(shape);
    const inputs = operands
      .slice(0, 2)
      .map((operand, slot) =>
        slot === reach.slot
          ? withBorder(operand, boxes[slot] ?? [], reach, (view, box) => machine.copy(view, box))
          : operand,
      ) as [Operand, Operand];
    const ends = operands.slice(2);
    const products = convProducts(shape, inputs[0].strides, inputs[1].strides);
    const [a, b] = direction === 'inputGradient' ? inputs : [inputs[1], inputs[0]];
    const group = direction === 'weightGradient' ? 0 : 1;
    for (const product of products) {
      const runs = runsOf(product, ends);
      const epilogue = runs.every(({ step }, slot) => step === 1 || contiguous.isStill(slot)) ? contiguous : strided;
      multiply(
        product,
        [side(a, product.a), side(b, product.b)],
        runs,
        shape.g,
        group,
        integer,
        ends,
        epilogue,
        launch.scalars,
      );
    }
  };
}

/** How an operand is walked along a product's columns: in runs of `length`, `step` apart, that begin at `starts`. */
interface Runs {
  readonly offset: number;
  readonly length: number;
  readonly step: number;
  readonly starts: Int32Array;
}

/** The same runs for all operands: the longest along which every one of them moves evenly. */
function runsOf({ columns }: ConvProduct, operands: readonly Operand[]): Runs[] {
  const sizes = columns.map(({ size }) => size);
  const views = operands.map(({ offset, strides }) => ({
    offset: columns.reduce((sum, { dim, start }) => sum + start * (strides[dim] ?? 0), offset),
    strides: columns.map(({ dim, step }) => step * (strides[dim] ?? 0)),
  }));
  const merged = mergeDims(sizes, [sizes.length], views);
  const last = merged.sizes.length - 1;
  return merged.views.map(({ offset, strides }) => ({
    offset,
    length: merged.sizes[last] ?? 1,
    step: strides[last] ?? 1,
    starts: offsetTable(merged.sizes.slice(0, -1).map((size, d) => ramp(size, strides[d] ?? 0))),
  }));
}

/** Runs a product for every group; `ends` are the epilogue's extra operands and the output. */
function multiply(
  { a, b, row }: ConvProduct,
  [left, right]: readonly [Side, Side],
  runs: readonly Runs[],
  groups: number,
  groupDim: number,
  integer: boolean,
  ends: readonly Operand[],
  epilogue: Epilogue,
  scalars: readonly number[],
): void {
  const length = runs[0]?.length ?? 1;
  const extent: Extent = { m: left.lanes.length, n: right.lanes.length, k: left.depth.length };
  const [leftBase, rightBase] = [left.base, right.base];
  for (let g = 0; g < groups; g++) {
    left.base = leftBase + g * a.groupStep;
    right.base = rightBase + g * b.groupStep;
    gemm(left, right, extent, integer, (c, { m0, m, n0, n, width }) => {
      for (let from = n0; from < n0 + n;) {
        const run = Math.floor(from / length);
        const to = Math.min((run + 1) * length, n0 + n);
        const operands = ends.map(({ buffer, strides }, slot) => {
          const { offset = 0, step = 0, starts } = runs[slot] ?? {};
          const rowStride = strides[row] ?? 0;
          const inGroup = offset + g * (strides[groupDim] ?? 0) + m0 * rowStride;
          return {
            buffer,
            offset: inGroup + (starts?.[run] ?? 0) + (from - run * length) * step,
            strides: [rowStride, step],
          };
        });
        epilogue.run(c, from - n0, width, m, to - from, operands, scalars);
        from = to;
      }
    });
  }
}
