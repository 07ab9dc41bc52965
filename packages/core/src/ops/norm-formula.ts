// Norms as expressions: of tensors, of differences.

import { abs, constant, type Expr, override, pow, select, sign, sqrt } from '../kernel/index.ts';
import type { LoopBuilder } from './loop-spec.ts';

/** A root whose derivative at 0 is 0, as PyTorch has it for norms and deviations. */
export const normRoot = (total: Expr): Expr => {
  const y = sqrt(total);
  return override(y, [[total, select(y.eq(0), 0, constant(0.5, y.dtype).div(y))]]);
};

/** (Σ |x|^p)^(1/p) over the columns. Where `p` is 'p', the power is the next scalar. */
export function normOf(k: LoopBuilder, x: Expr, p: number | 'p'): Expr {
  const size = abs(x);
  if (p === 2) return normRoot(k.sum(x.square()));
  if (p === 1) return k.sum(size);
  if (p === 0) return k.sum(select(x.eq(0), 0, constant(1, x.dtype)));
  if (p === Infinity) return k.max(size);
  if (p === -Infinity) return k.min(size);
  const power = k.scalar(x.dtype);
  const slope = sign(x)
    .mul(power)
    .mul(pow(size, power.sub(1)));
  const total = k.sum(override(pow(size, power), [[x, select(x.eq(0).and(power.lt(1)), 0, slope)]]));
  const y = pow(total, constant(1, x.dtype).div(power));
  const dy = constant(1, x.dtype).div(power.mul(pow(y, power.sub(1))));
  return override(y, [[total, select(y.eq(0), 0, dy)]]);
}

/** The formula for a power, and the numbers that it reads. A sum of nothing is 0; there is no largest of nothing. */
export function normForm(power: number, count: number): { readonly p: number | 'p'; readonly scalars: number[] } {
  const p = count === 0 ? 1 : power;
  return [0, 1, 2, Infinity, -Infinity].includes(p) ? { p, scalars: [] } : { p: 'p', scalars: [p] };
}
