// A sort by counting: an element's place is how many come before it. Two loops count and turn places around, a gather
// moves the values.

import type { Dispatch, StorageOperand } from '../dispatch.ts';
import { untracked } from '../device.ts';
import {
  constant, contiguousStrides, mergeDims, mod, program, select, sizeOf, type Expr, type GatherProgram, type OperandType,
  type SortProgram,
} from '../kernel/index.ts'; // prettier-ignore
import { lastAs, loweredLoop } from './lowered-loop.ts';
import { operandType, programMemo } from './program-memo.ts';

const isLess = (x: Expr, y: Expr): Expr => x.lt(y).or(y.isNaN().and(x.isNaN().not()));

const placeLoop = loweredLoop<[descending: boolean]>((k, descending) => {
  const [other, own] = [k.input(0), k.input(1)];
  const isFirst = descending ? isLess(own, other) : isLess(other, own);
  const isSame = other.eq(own).or(other.isNaN().and(own.isNaN()));
  const isBefore = isFirst.or(isSame.and(k.column.lt(mod(k.row, k.scalar('int32')))));
  k.perRow(k.sum(select(isBefore, constant(1, 'int32'), 0)));
});

const positionLoop = loweredLoop<[]>((k) => {
  k.perRow(k.sum(select(k.input(0).eq(mod(k.row, k.scalar('int32'))), k.column, 0)));
});

const gatherProgram = programMemo<GatherProgram, [rank: number]>((operands, rank) => {
  const [source, index, output] = operands as [OperandType, OperandType, OperandType];
  return program<GatherProgram>({ kind: 'gather', rank, wrap: false, inputs: [source, index], output });
});

/** Runs launches that compute together what a sort launch would. */
export function lowerSort({ device, sizes, operands, ...request }: Dispatch, run: (part: Dispatch) => void): void {
  const { descending } = request.program as SortProgram;
  const [input, values, positions] = operands as [StorageOperand, StorageOperand, StorageOperand];
  const n = sizes.at(-1) ?? 1;
  const storage = untracked(() => device.allocate('int32', sizeOf(sizes)));
  const places = { storage, offset: 0, strides: contiguousStrides(sizes) };
  const square = { device, sizes: [...sizes, n], rowRank: sizes.length, scalars: [n] };
  const both = [lastAs('column', input), lastAs('row', input)];
  run(placeLoop({ ...square, inputs: both, outputs: [lastAs('row', places)] }, descending));
  run(positionLoop({ ...square, inputs: [lastAs('column', places)], outputs: [lastAs('row', positions)] }));
  const source = { ...input, strides: input.strides.with(-1, 0) };
  const merged = mergeDims(sizes, [sizes.length], [source, positions, values]);
  const types = merged.views.map((view) => operandType(view.storage.dtype, view.strides));
  run({
    device,
    program: gatherProgram(types, merged.sizes.length),
    sizes: merged.sizes,
    operands: merged.views,
    scalars: [],
    indexed: [{ size: n, stride: input.strides.at(-1) ?? 0 }],
  });
  storage.dispose();
}
