import type { Guard, Operand } from '@rushlight/core/kernel';
import type { Machine } from './machine.ts';

/**
 * An operand with dims [n, g, c, …spatial] such that coordinates low … high of its spatial dims may be read, as 0 where
 * there is nothing: itself where they are all inside, else a copy until the launch is over. Its offset is that of coordinate 0.
 */
export function bordered(
  machine: Machine,
  operand: Operand,
  sizes: readonly number[],
  low: readonly number[],
  high: readonly number[],
): Operand {
  const inside = low.every((l, d) => l >= 0 && (high[d] ?? 0) < (sizes[3 + d] ?? 0));
  if (inside) return operand;
  const guards = low.map((start, d): Guard => {
    const coefficients = sizes.map((_, dim) => Number(dim === 3 + d));
    return { coefficients, start, step: 1, size: sizes[3 + d] ?? 0, stride: operand.strides[3 + d] ?? 0 };
  });
  const box = [...sizes.slice(0, 3), ...low.map((l, d) => Math.max(0, (high[d] ?? 0) - l + 1))];
  const view = { ...operand, strides: operand.strides.map((s, d) => (d < 3 ? s : 0)), guards, fill: 0 };
  const copy = machine.copy(view, box);
  const offset = low.reduce((sum, l, d) => sum - l * (copy.strides[3 + d] ?? 0), copy.offset);
  return { ...copy, offset };
}
