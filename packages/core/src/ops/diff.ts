// Differences of neighbours.

import { ShapeError, show, ValueError } from '../errors.ts';
import { normaliseDim } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { cat } from './join.ts';
import { scratch } from './scratch.ts';
import { splitDim } from './split-dim.ts';

export interface DiffOptions {
  /** How many times. Default 1; 0 gives x as it is, with nothing put before or after it. */
  readonly n?: number;
  /** What stands before and after x along the dim, of its shape but for that. */
  readonly prepend?: Tensor;
  readonly append?: Tensor;
}

/**
 * out_i = x_{i+1} − x_i along a dim, `n` times; of bool whether neighbours differ. Throws ShapeError for a 0-dim x and for what
 * is put before or after it with other dims, ValueError for n below 0. torch.diff
 */
export function diff(x: Tensor, dim?: number | DiffOptions, options?: DiffOptions): Tensor {
  const [along = -1, { n = 1, prepend, append } = {}] = splitDim<number, DiffOptions>(dim, options);
  if (!Number.isInteger(n) || n < 0) throw new ValueError('diff', `n is ${n}. Use a whole number from 0 on.`);
  if (x.shape.length === 0) throw new ShapeError('diff', 'a 0-dim tensor has no neighbours. Give it a dim.');
  const d = normaliseDim('diff', along, x.shape.length);
  const parts = [prepend, x, append].filter((part) => part !== undefined);
  checkOperands('diff', parts);
  for (const { shape } of parts)
    if (shape.length !== x.shape.length)
      throw new ShapeError('diff', `${show(shape)} is put beside ${show(x.shape)}. They need the same number of dims.`);
  return scratch(parts, () => {
    const whole = n > 0 && parts.length > 1 ? cat(parts, d) : x;
    const times = Math.min(n, whole.shape[d] ?? 0);
    if (times === 0) return whole.clone();
    let result = whole;
    for (let k = 0; k < times; k++) {
      const size = Math.max(0, (result.shape[d] ?? 0) - 1);
      const [left, right] = [result.narrow(d, 0, size), result.slice(d, 1)];
      result = whole.dtype === 'bool' ? right.ne(left) : right.sub(left);
    }
    return result;
  });
}
