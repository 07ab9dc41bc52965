// Type promotion, as PyTorch's: https://pytorch.org/docs/1.13/tensor_attributes.html#type-promotion-doc
// Of all operands the highest category (bool < integer < float) decides; within it tensors with dims count before
// tensors without, and those before plain numbers.

import { getDefaultDtype } from './default-dtype.ts';
import { DTypeError } from './errors.ts';
import { describe, type DType } from './kernel/index.ts';

const categories = { bool: 0, int: 1, float: 2 } as const;
const category = (dtype: DType): number => categories[describe(dtype).kind];

/** Rising order within each category; uint8 and int32 meet at int32. */
const order: readonly DType[] = ['bool', 'uint8', 'int32', 'float16', 'float32', 'float64'];
const higher = (a: DType, b: DType): DType => (order.indexOf(a) >= order.indexOf(b) ? a : b);

/** The dtype that a plain value has: booleans bool, whole numbers int32, others the default one. */
function dtypeOfNumber(value: number | boolean): DType {
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int32' : getDefaultDtype();
}

interface Typed {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** The dtype that an operation on these computes in. torch.result_type */
export function resultType(...operands: readonly (Typed | number | boolean)[]): DType {
  // By priority: tensors with dims, tensors without, plain values.
  const found: (DType | undefined)[] = [undefined, undefined, undefined];
  for (const operand of operands) {
    const isTensor = typeof operand === 'object';
    const rank = isTensor ? (operand.shape.length > 0 ? 0 : 1) : 2;
    const dtype = isTensor ? operand.dtype : dtypeOfNumber(operand);
    const known = found[rank];
    found[rank] = known ? higher(known, dtype) : dtype;
  }
  let result: DType | undefined;
  for (const dtype of found) {
    if (dtype && (!result || category(dtype) > category(result))) result = dtype;
  }
  return result ?? getDefaultDtype();
}

/** Refuses an in-place result that its target cannot hold: a float into an integer, a number into a bool. */
export function checkCanCast(op: string, from: DType, to: DType): void {
  if (category(from) > category(to)) {
    throw new DTypeError(
      op,
      `the result is ${from} and cannot be stored in a ${to} tensor. Convert it with \`.to('${from}')\` first.`,
    );
  }
}
