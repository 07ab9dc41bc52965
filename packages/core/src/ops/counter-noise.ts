// Random numbers without a stored array: each follows from a key and its position (Philox 2×32), inside the fused kernel, the
// same on every backend. The key is one draw of the generator, a number of the launch: a replayed step draws anew, and the
// backward of the same call reads the same key.

import { effect, type LiveNumber } from '../dispatch.ts';
import { constant, mulhi, shr, type Expr } from '../kernel/index.ts';
import type { Generator } from '../random/generator.ts';
import type { LoopBuilder } from './loop-spec.ts';

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

/** Uniform in [0, 1), one number per row (of elements, where there are no columns), float32. Takes the two scalars of `drawKey`. */
export function uniformNoise(k: LoopBuilder): Expr {
  const word = philox(k.row, k.scalar('int32'), k.scalar('int32'));
  // 24 bits, exact in float32.
  return shr(word, int(8))
    .cast('float32')
    .mul(2 ** -24);
}

/** A key for `uniformNoise`: drawn now, and anew at each replay. */
export function drawKey(generator: Generator): [key: LiveNumber, stream: LiveNumber] {
  let key = 0;
  let stream = 0;
  effect(() => {
    key = generator.random() | 0;
    stream = generator.random() | 0;
  });
  return [() => key, () => stream];
}
