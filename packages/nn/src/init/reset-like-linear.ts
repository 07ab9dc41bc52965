import type { Tensor } from '@rushlight/core';
import { uniform_ } from './fill.ts';

/** How PyTorch initialises linear and convolutional layers: both within ±1/√fanIn, the weight first. */
export function resetLikeLinear(weight: Tensor, bias: Tensor | null): void {
  const fanIn = weight.shape.slice(1).reduce((product, n) => product * n, 1);
  if (fanIn === 0) return;
  const draw = (x: Tensor, bound: number): Tensor => uniform_(x, { a: -bound, b: bound });
  // kaimingUniform_ with a slope of √5, rounded as there.
  draw(weight, Math.sqrt(3) * (Math.sqrt(2 / (1 + Math.sqrt(5) ** 2)) / Math.sqrt(fanIn)));
  if (bias) draw(bias, 1 / Math.sqrt(fanIn));
}
