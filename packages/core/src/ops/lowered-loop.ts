// Loops that stand for launches of other kinds.

import type { Dispatch, LiveNumber, StorageOperand } from '../dispatch.ts';
import type { Device } from '../device.ts';
import {
  mergeDims,
  program,
  strideClasses,
  type LoopProgram,
  type OperandType,
  guardClasses,
} from '../kernel/index.ts';
import { describeLoop, type LoopBuilder } from './loop-spec.ts';
import { programMemo } from './program-memo.ts';

type Variant = string | number | boolean;

interface LoopLaunch {
  readonly device: Device;
  /** Of the rows, then of the columns. */
  readonly sizes: readonly number[];
  readonly rowRank: number;
  readonly inputs: readonly StorageOperand[];
  /** Written once per row. */
  readonly outputs: readonly StorageOperand[];
  readonly scalars: readonly LiveNumber[];
}

/** A loop written for its inputs' dtypes and `variant`, made once for each way that its operands are walked. */
export function loweredLoop<V extends readonly Variant[]>(
  write: (k: LoopBuilder, ...variant: V) => void,
): (launch: LoopLaunch, ...variant: V) => Dispatch {
  type Ranks = [inputs: number, rowRank: number, columnRank: number];
  const loopProgram = programMemo<LoopProgram, [...Ranks, ...V]>((operands, count, rowRank, columnRank, ...variant) => {
    const inputs = operands.slice(0, count);
    const dtypes = inputs.map((operand) => operand.dtype);
    const { outputs, ...spec } = describeLoop(dtypes, (k) => write(k, ...(variant as unknown as V)));
    return program<LoopProgram>({
      kind: 'loop',
      rowRank,
      columnRank,
      ...spec,
      inputs,
      outputs: outputs.map((output, k) => ({ ...(operands[count + k] as OperandType), ...output })),
    });
  });
  return ({ device, sizes, rowRank, inputs, outputs, scalars }, ...variant) => {
    const merged = mergeDims(sizes, [rowRank, sizes.length - rowRank], [...inputs, ...outputs]);
    const [rows = 0, columns = 0] = merged.groups;
    const types = merged.views.map((view): OperandType => ({
      dtype: view.storage.dtype,
      strides: strideClasses(view.strides, merged.groups),
      guards: guardClasses(view.guards),
    }));
    const made = loopProgram(types, inputs.length, rows, columns, ...variant);
    return { device, program: made, sizes: merged.sizes, operands: merged.views, scalars };
  };
}

/** The walk of an operand whose last dim is taken as the rows' last, or as the only column. */
export function lastAs(part: 'row' | 'column', operand: StorageOperand): StorageOperand {
  const rows = operand.strides.slice(0, -1);
  const last = operand.strides.at(-1) ?? 0;
  return { ...operand, strides: part === 'row' ? [...rows, last, 0] : [...rows, 0, last] };
}
