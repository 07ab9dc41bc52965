import type { Launch, MatmulProgram, Operand, OperandType } from '@rushlight/core/kernel';
import { dataOf } from './cpu-buffer.ts';
import { eachRow } from './each-row.ts';
import { Epilogue, isInteger } from './epilogue.ts';
import { gemm } from './gemm.ts';
import type { Machine } from './machine.ts';
import type { Runner } from './run-loop.ts';
import { rememberedRamp } from './remembered-ramp.ts';

/** A batch of products, each with the epilogue applied block by block. */
export function matmulRunner(program: MatmulProgram, machine: Machine): Runner<MatmulProgram> {
  const [m, n, k] = [program.batchRank, program.batchRank + 1, program.batchRank + 2];
  const letters = ({ strides, guards }: OperandType): string =>
    guards.length > 0 ? 'ss' : `${strides[m] ?? '0'}${strides[n] ?? '0'}`;
  const epilogue = new Epilogue(machine, program, letters);
  const integer = isInteger(program.inputs[0].dtype);
  const [aLanes, aDepth, bLanes, bDepth] = [rememberedRamp(), rememberedRamp(), rememberedRamp(), rememberedRamp()];
  return ({ sizes, operands, scalars }: Launch<MatmulProgram>): void => {
    const plain = operands.map((o, slot) => (slot < 2 ? machine.plain(o, sizes) : machine.unguarded(o, sizes)));
    const [a, b, ...others] = plain as [Operand, Operand, ...Operand[]];
    const extent = { m: sizes[m] ?? 0, n: sizes[n] ?? 0, k: sizes[k] ?? 0 };
    const left = {
      data: dataOf(a.buffer),
      base: 0,
      lanes: aLanes(extent.m, a.strides[m] ?? 0),
      depth: aDepth(extent.k, a.strides[k] ?? 0),
    };
    const right = {
      data: dataOf(b.buffer),
      base: 0,
      lanes: bLanes(extent.n, b.strides[n] ?? 0),
      depth: bDepth(extent.k, b.strides[k] ?? 0),
    };
    eachRow(sizes.slice(0, m), plain, (at) => {
      left.base = at[0] ?? 0;
      right.base = at[1] ?? 0;
      gemm(left, right, extent, integer, (c, block) => {
        const views = others.map(({ buffer, strides }, slot) => {
          const row = strides[m] ?? 0;
          const column = strides[n] ?? 0;
          return { buffer, offset: (at[slot + 2] ?? 0) + block.m0 * row + block.n0 * column, strides: [row, column] };
        });
        epilogue.run(c, 0, block.width, block.m, block.n, views, scalars);
      });
    });
  };
}
