// Classes as rows of zeros with a one.

import { ValueError } from '../errors.ts';
import { constant, select } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { checkIndex } from './lookup.ts';
import { loopOp, runLoop } from './loop.ts';

const oneHotOp = loopOp('oneHot', (k) => {
  const [x, classes] = [k.input(0), k.scalar('int32')];
  k.check('row', x.lt(0).or(x.ge(classes)), x);
  k.perElement(select(k.column.eq(x), constant(1, 'int32'), 0));
});

export interface OneHotOptions {
  /** How many classes there are. Default: one more than the largest in x, which is read from the device. */
  readonly numClasses?: number;
}

/**
 * Classes [*] as int32 [*, numClasses], 1 at the class and 0 elsewhere. Throws ValueError for a class out of range, and
 * without numClasses DeviceError on a device that can only be read asynchronously. torch.nn.functional.one_hot
 */
export function oneHot(x: Tensor, { numClasses = -1 }: OneHotOptions = {}): Tensor {
  checkIndex('oneHot', x);
  if (!Number.isInteger(numClasses) || numClasses < -1 || (numClasses < 1 && x.numel() === 0))
    throw new ValueError('oneHot', `${numClasses} classes cannot be shown. Give a number of at least 1.`);
  const classes = numClasses === -1 ? x.amax().itemSync() + 1 : numClasses;
  const shape = [...x.shape, Math.max(classes, 1)];
  const explain = ({ value, position }: { value: number; position: number }): ValueError =>
    new ValueError('oneHot', `class ${value} at position ${position} is out of range. Use 0 … ${classes - 1}.`);
  const column = x.unsqueeze(-1);
  return runLoop(oneHotOp([column]), [column], {
    columns: [x.shape.length],
    shape,
    scalars: [classes],
    explain,
  })[0] as Tensor;
}
