// Dropout without a stored mask: whether an element is kept follows from a key and its position (Philox 2×32), inside the
// fused kernel, the same on every backend. The key is one draw of the generator, a number of the launch: a replayed step
// draws anew, and the backward of the same call reads the same key.

import { effect } from '../dispatch.ts';
import { ValueError } from '../errors.ts';
import { constant, mulhi, select, shr, type Expr } from '../kernel/index.ts';
import { defaultGenerator } from '../random/default-generator.ts';
import type { Generator } from '../random/generator.ts';
import type { Tensor } from '../tensor.ts';
import { loopOp, runLoop } from './loop.ts';

const int = (value: number): Expr => constant(value, 'int32');

/**
 * One word of Philox2x32-10 for the counter (position, 0) under a key; the second key word is the counter's upper word, so that 64 drawn
 * bits choose the stream. J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export function philox(position: Expr, key: Expr, stream: Expr): Expr {
  let [left, right, k] = [position, stream, key];
  for (let round = 0; round < 10; round++) {
    [left, right] = [mulhi(left, 0xd256d193).xor(right).xor(k), left.mul(0xd256d193)];
    k = k.add(0x9e3779b9);
  }
  return left;
}

const dropoutOp = loopOp('dropout', (k) => {
  const x = k.input(0);
  const word = philox(k.row, k.scalar('int32'), k.scalar('int32'));
  // 24 bits, exact in float32: uniform in [0, 1).
  const uniform = shr(word, int(8))
    .cast('float32')
    .mul(2 ** -24);
  const keep = uniform.ge(k.scalar('float32'));
  k.perElement(select(keep, x.mul(k.scalar(x.dtype)), 0));
});

export interface DropoutOptions {
  /** The probability of an element to be 0. Default 0.5. */
  readonly p?: number;
  /** Outside of training the input passes as it is. Default true. */
  readonly training?: boolean;
  readonly generator?: Generator;
}

/** Sets elements to 0 with probability p and scales the rest by 1 / (1 − p). torch.nn.functional.dropout */
export function dropout(
  x: Tensor,
  { p = 0.5, training = true, generator = defaultGenerator() }: DropoutOptions = {},
): Tensor {
  if (!(p >= 0 && p <= 1)) throw new ValueError('dropout', `the probability is ${p}. It must lie in [0, 1].`);
  if (!training || p === 0) return x;
  if (p === 1) return x.mul(0);
  let key = 0;
  let stream = 0;
  effect(() => {
    key = generator.random() | 0;
    stream = generator.random() | 0;
  });
  // Positions are counted over the result, dense and row-major, whatever the strides of x.
  return runLoop(dropoutOp([x]), [x], { scalars: [() => key, () => stream, p, 1 / (1 - p)] })[0] as Tensor;
}
