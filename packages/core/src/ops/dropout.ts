// Dropout without a stored mask: whether an element is kept follows from a key and its position, inside the fused kernel.

import { DTypeError, ValueError } from '../errors.ts';
import { isFloat, select } from '../kernel/index.ts';
import { defaultGenerator } from '../random/default-generator.ts';
import type { Generator } from '../random/generator.ts';
import type { Tensor } from '../tensor.ts';
import { drawKey, uniformNoise } from './counter-noise.ts';
import { loopOp, runLoop } from './loop.ts';

export interface DropoutOptions {
  /** The probability of an element to be 0. Default 0.5. */
  readonly p?: number;
  /** Outside of training the input passes as it is. Default true. */
  readonly training?: boolean;
  /** Overwrite the input. Default false. */
  readonly inplace?: boolean;
  readonly generator?: Generator;
}

const dropoutOp = loopOp('dropout', (k) => {
  const x = k.input(0);
  const keep = uniformNoise(k).ge(k.scalar('float32'));
  k.perElement(select(keep, x.mul(k.scalar(x.dtype)), 0));
});

/** @internal Dropout, where the elements over `columns` stay or go together. */
export function dropTogether(op: string, x: Tensor, columns: readonly number[], options: DropoutOptions): Tensor {
  const { p = 0.5, training = true, inplace = false, generator = defaultGenerator() } = options;
  if (!drops(op, x, p, training)) return x;
  if (p === 1) return inplace ? x.mul_(0) : x.mul(0);
  const scalars = [...drawKey(generator), p, 1 / (1 - p)];
  // Positions are counted over the result, dense and row-major, whatever the strides of x.
  return runLoop(dropoutOp([x]), [x], { columns, scalars, ...(inplace && { inplace: [x] }) })[0] as Tensor;
}

/** @internal Whether anything is dropped. Refuses what is no probability, and to drop integers. */
export function drops(op: string, x: Tensor, p: number, training: boolean): boolean {
  if (!(p >= 0 && p <= 1)) throw new ValueError(op, `the probability is ${p}. It must lie in [0, 1].`);
  if (!training || p === 0) return false;
  if (isFloat(x.dtype)) return true;
  throw new DTypeError(op, `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
}

/**
 * Sets elements to 0 with probability p and scales the rest by 1 / (1 − p). Throws ValueError for what is no probability,
 * DTypeError for integers. torch.nn.functional.dropout
 */
export function dropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  return dropTogether('dropout', x, [], options);
}
