// The gamma function's family: its logarithm, the derivatives of that, and the incomplete functions.

import { AutogradError, ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { applyInplace, binary, ternary, unary } from './elementwise-op.ts';
import { float } from './formulas.ts';
import { digammaOf, lgammaOf, zetaOf } from './gamma-formulas.ts';
import { lowerGammaOf, upperGammaOf } from './incomplete-gamma.ts';
import { makeView } from './make-view.ts';
import { scratch } from './scratch.ts';
import { throughCopy } from './through-copy.ts';

/** ln |Γ(x)|: ∞ at 0 and at negative integers. torch.lgamma */
export const lgamma = unary('lgamma', lgammaOf, float);
/** The derivative of ln Γ(x): ∓∞ at ±0, NaN at negative integers. torch.digamma */
export const digamma = unary('digamma', digammaOf, float);

const derivative = ternary('polygamma', (x, s, scale) => zetaOf(s, x).mul(scale), float);

function order(op: string, n: number): readonly [s: number, scale: number] {
  if (!Number.isInteger(n) || n < 0)
    throw new ValueError(op, `the order ${n} is not a whole number ≥ 0. Pass how many times to differentiate.`);
  let scale = n % 2 === 0 ? -1 : 1;
  for (let k = 2; k <= n; k++) scale *= k;
  return [n + 1, scale];
}

/**
 * The n-th derivative of digamma: (−1)^(n+1)·n!·ζ(n + 1, x). Throws ValueError unless n is a whole number ≥ 0.
 * torch.polygamma
 */
export function polygamma(n: number, x: Tensor): Tensor {
  const [s, scale] = order('polygamma', n);
  return n === 0 ? digamma(x) : derivative(x, s, scale);
}

/** `polygamma` of order n in x itself. torch.Tensor.polygamma_ */
export function polygamma_(x: Tensor, n: number): Tensor {
  const [s, scale] = order('polygamma_', n);
  return n === 0 ? applyInplace(digamma, x) : applyInplace(derivative, x, [s, scale]);
}

/**
 * ln Γ_p(x) = ¼p(p − 1)·ln π + Σ ln Γ(x − i/2) over i = 0 … p − 1. Throws ValueError for p < 1.
 * torch.mvlgamma
 */
export function mvlgamma(x: Tensor, p: number): Tensor {
  if (!Number.isInteger(p) || p < 1) throw new ValueError('mvlgamma', `p is ${p}. It must be a whole number ≥ 1.`);
  return scratch([x], () => {
    let sum = lgamma(x);
    for (let i = 1; i < p; i++) sum = sum.add(lgamma(x.sub(i / 2)));
    return sum.add((p * (p - 1) * Math.log(Math.PI)) / 4);
  });
}

/** `mvlgamma` in x itself. torch.Tensor.mvlgamma_ */
export function mvlgamma_(x: Tensor, p: number): Tensor {
  return throughCopy(x, [], (copy) => mvlgamma(copy, p));
}

const lower = binary('igamma', lowerGammaOf, float);
const upper = binary('igammac', upperGammaOf, float);

/** `a` where its gradient is not needed; else such that backward refuses it. */
function withoutGradient(op: string, a: Tensor): Tensor {
  if (!a.requiresGrad) return a;
  const { shape, strides } = a;
  return makeView(op, a, { shape, strides }, () => {
    throw new AutogradError(op, 'it has no derivative in its first operand. Pass that operand as `a.detach()`.');
  });
}

/**
 * The regularised lower incomplete gamma function 1/Γ(a) ∫₀ˣ t^(a−1)·e^−t dt, NaN where a or x is negative. Differentiable in
 * x; backward throws AutogradError for a. torch.igamma
 */
export function igamma(a: Tensor, x: Tensor | number): Tensor {
  return lower(withoutGradient('igamma', a), x);
}

/** `igamma` in `a` itself. torch.Tensor.igamma_ */
export function igamma_(a: Tensor, x: Tensor | number): Tensor {
  return applyInplace(lower, a, [x]);
}

/** The regularised upper incomplete gamma function 1 − igamma(a, x), exact where that is small. torch.igammac */
export function igammac(a: Tensor, x: Tensor | number): Tensor {
  return upper(withoutGradient('igammac', a), x);
}

/** `igammac` in `a` itself. torch.Tensor.igammac_ */
export function igammac_(a: Tensor, x: Tensor | number): Tensor {
  return applyInplace(upper, a, [x]);
}
