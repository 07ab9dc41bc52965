// Launching a kernel that works along one dim: scans and sorts take it last, whatever the strides.

import type { Backward } from '../autograd/node.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { isFloat, mergeDims, sizeOf, type DType, type OperandType } from '../kernel/index.ts';
import type { StorageOperand } from '../dispatch.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { spread } from './lookup.ts';
import { operandType } from './program-memo.ts';

/** Records that `values` were read from `x` at `indices` along dim `d`. */
export function recordRead(op: string, x: Tensor, d: number, values: Tensor, indices: Tensor): void {
  if (!needsGraph([x]) || !isFloat(x.dtype)) return;
  const backward: Backward = ([grad], context) => {
    const index = context.saved(0);
    const dims = x.shape.map((_, k) => (k === d ? { index, at: 0 } : k));
    return [grad && spread(op, grad, { shape: index.shape, dims, wrap: false }, x.shape)];
  };
  recordNode(op, [x], [values], backward, { saved: [indices] });
}

export interface AlongLast {
  readonly outputs: Tensor[];
  /** Of the launch; undefined where there is nothing to compute. */
  readonly launch: { sizes: number[]; operands: StorageOperand[]; types: OperandType[] } | undefined;
}

/** New tensors shaped as `x`, one per dtype, and all of them walked with dim `d` last, backwards if `reverse`. */
export function alongLast(x: Tensor, d: number, dtypes: readonly DType[], reverse = false): AlongLast {
  const outputs = dtypes.map((dtype) => makeTensor(x.device, dtype, x.shape));
  if (sizeOf(x.shape) === 0) return { outputs, launch: undefined };
  const rows = x.shape.flatMap((_, k) => (k === d ? [] : [k]));
  const n = x.shape[d] ?? 1;
  const tensors = [x, ...outputs];
  const merged = mergeDims(
    rows.map((k) => x.shape[k] ?? 1),
    [rows.length],
    tensors.map(({ storage, offset, strides }) => ({ storage, offset, strides: rows.map((k) => strides[k] ?? 0) })),
  );
  const operands = merged.views.map((view, k): StorageOperand => {
    const stride = tensors[k]?.strides[d] ?? 1;
    return reverse
      ? { ...view, offset: view.offset + (n - 1) * stride, strides: [...view.strides, -stride] }
      : { ...view, strides: [...view.strides, stride] };
  });
  const sizes = [...merged.sizes, n];
  const types = operands.map(({ storage, strides }) => operandType(storage.dtype, strides));
  return { outputs, launch: { sizes, operands, types } };
}
