// Choosing between two tensors: the one element-wise operation whose first operand has a dtype of its own.

import { DTypeError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { select, type DType } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

const whereOp = loopOp('where', (k, dtype: DType, xIsTensor: boolean, yIsTensor: boolean) => {
  const x = xIsTensor ? k.input(1).cast(dtype) : k.scalar(dtype);
  const y = yIsTensor ? k.input(xIsTensor ? 2 : 1).cast(dtype) : k.scalar(dtype);
  k.perElement(select(k.input(0), x, y));
});

/** x where the condition is true, y elsewhere, all broadcast; x and y may be numbers. torch.where */
export function where(condition: Tensor, x: Tensor | number, y: Tensor | number): Tensor {
  if (condition.dtype !== 'bool') {
    throw new DTypeError(
      'where',
      `the condition is ${condition.dtype}. It must be bool: compare first, or convert with \`.to('bool')\`.`,
    );
  }
  const branches = [x, y];
  const op = whereOp([condition, ...branches.filter(isTensor)], resultType(x, y), isTensor(x), isTensor(y));
  const scalars = branches.filter((value) => typeof value === 'number');
  return runLoop(op, [condition, ...branches.filter(isTensor)], { scalars })[0] as Tensor;
}
