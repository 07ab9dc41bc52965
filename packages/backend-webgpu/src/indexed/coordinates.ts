// The coordinates of an element from its number in row-major order.

import type { Shader } from '../wgsl/shader.ts';

/** u32 terms for the coordinates of `position`, a u32 term, in a box of these sizes: one division for each dim but the first. */
export function coordinates<S>(shader: Shader<S>, position: string, sizes: readonly string[]): string[] {
  const at: string[] = [];
  let rest = position;
  for (let d = sizes.length - 1; d > 0; d--) {
    const size = sizes[d] ?? '1u';
    const outer = shader.let(`${rest} / ${size}`, 'r');
    at.unshift(shader.let(`${rest} - ${outer} * ${size}`, 'i'));
    rest = outer;
  }
  return sizes.length > 0 ? [rest, ...at] : [];
}

/** The product of some numbers. */
export const product = (sizes: readonly number[]): number => sizes.reduce((x, y) => x * y, 1);
