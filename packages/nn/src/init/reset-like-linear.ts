import type { Tensor } from '@rushlight/core';
import { fansOf } from './fans.ts';
import { uniform_ } from './fill.ts';
import { kaimingUniform_ } from './scaled.ts';

/** How PyTorch initialises linear and convolutional layers: both within ±1/√fanIn, the weight first. */
export function resetLikeLinear(weight: Tensor, bias: Tensor | null): void {
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  const { fanIn } = fansOf('resetParameters', weight);
  if (!bias || fanIn === 0) return;
  const bound = 1 / Math.sqrt(fanIn);
  uniform_(bias, { a: -bound, b: bound });
}
