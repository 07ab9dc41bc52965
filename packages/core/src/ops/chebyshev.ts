// Polynomials and series that special functions are approximated by.

import { constant, type Expr } from '../kernel/index.ts';

/** c₀ + c₁·T₁(t) + c₂·T₂(t) + … for t in [−1, 1], by Clenshaw's recurrence. */
export function chebyshev(coefficients: readonly number[], t: Expr): Expr {
  const twice = t.add(t);
  let [next, afterNext] = [constant(0, t.dtype), constant(0, t.dtype)];
  for (let k = coefficients.length - 1; k > 0; k--)
    [next, afterNext] = [
      twice
        .mul(next)
        .sub(afterNext)
        .add(coefficients[k] ?? 0),
      next,
    ];
  return t
    .mul(next)
    .sub(afterNext)
    .add(coefficients[0] ?? 0);
}

/** c₀ + c₁·x + c₂·x² + …, by Horner's rule. */
export function polynomial(coefficients: readonly number[], x: Expr): Expr {
  return coefficients.reduceRight<Expr>((sum, c) => sum.mul(x).add(c), constant(0, x.dtype));
}
