// Orthogonal polynomials. Each family has its p₁ and a recurrence of three terms, p₍ₖ₊₁₎ = (α·x + β)·pₖ − γ·p₍ₖ₋₁₎ from p₀ = 1 on,
// of which every step is one loop.

import { getDefaultDtype } from '../default-dtype.ts';
import { ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { isFloat } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import type { Tensor } from '../tensor.ts';
import { toDType } from './cast.ts';
import { trunc } from './elementwise.ts';
import { loopOp, runLoop } from './loop.ts';
import { amax } from './reduction.ts';
import { letGo, scratch } from './scratch.ts';
import { where } from './where.ts';

type Step = readonly [alpha: number, beta: number, gamma: number];

/** α, β and γ that lead from pₖ to p₍ₖ₊₁₎; those for k = 0 lead to p₁. */
type Recurrence = (k: number) => Step;

const stepOp = /* @__PURE__ */ loopOp('orthogonalPolynomial', (k) => {
  const [x, current, previous] = [k.input(0), k.input(1), k.input(2)];
  const [alpha, beta, gamma] = [k.scalar(x.dtype), k.scalar(x.dtype), k.scalar(x.dtype)];
  k.perElement(x.mul(alpha).add(beta).mul(current).sub(gamma.mul(previous)));
});

/** p₀, p₁, …, pₙ at x, each until the next but one is asked for. */
function* values(x: Tensor, n: number, recurrence: Recurrence): Generator<Tensor> {
  let [previous, current] = [x.zeros(x.shape), x.zeros(x.shape).fill_(1)];
  yield current;
  for (let k = 0; k < n; k++) {
    const inputs = [x, current, previous];
    const [next] = runLoop(stepOp(inputs), inputs, { scalars: recurrence(k) });
    // The first two have no node to live as long as.
    if (k > 1) letGo([previous]);
    [previous, current] = [current, next as Tensor];
    yield current;
  }
  if (n > 1) letGo([previous]);
}

/**
 * A polynomial of degree n, 0 for n < 0; what is behind the point of n is cut off. A tensor of degrees, which is read, broadcasts.
 * Throws ValueError for a degree that is no number.
 */
export type Polynomial = (x: Tensor, n: Tensor | number) => Tensor;

function polynomial(op: string, recurrence: Recurrence): Polynomial {
  return (x, n) => {
    const promoted = isTensor(n) ? resultType(x, n) : x.dtype;
    const dtype = isFloat(promoted) ? promoted : getDefaultDtype();
    return scratch([x], () => {
      const at = toDType(x, dtype);
      if (!isTensor(n)) {
        const degree = Math.trunc(n);
        if (!Number.isFinite(degree)) throw new ValueError(op, `the degree is ${n}. Pass a whole number.`);
        return degree < 0 ? at.zeros(at.shape) : ([...values(at, degree, recurrence)].at(-1) as Tensor);
      }
      const degrees = isFloat(n.dtype) ? trunc(n) : n;
      const highest = n.numel() === 0 ? 0 : amax(degrees).itemSync();
      if (!Number.isFinite(highest)) throw new ValueError(op, `a degree is ${highest}. Pass whole numbers.`);
      let [result, k] = [at.zeros(at.shape), 0];
      for (const value of values(at, highest, recurrence)) result = where(degrees.eq(k++), value, result);
      return result;
    });
  };
}

const chebyshev =
  (...first: Step): Recurrence =>
  (k) =>
    k === 0 ? first : [2, 0, 1];
/** The same of 2x − 1. */
const shifted =
  (recurrence: Recurrence): Recurrence =>
  (k) => {
    const [alpha, beta, gamma] = recurrence(k);
    return [2 * alpha, beta - alpha, gamma];
  };
const [firstKind, secondKind] = [chebyshev(1, 0, 0), chebyshev(2, 0, 0)];
const [thirdKind, fourthKind] = [chebyshev(2, -1, 0), chebyshev(2, 1, 0)];

/** Chebyshev's Tₙ(x), of the first kind. torch.special.chebyshev_polynomial_t */
export const chebyshevPolynomialT = /* @__PURE__ */ polynomial('chebyshevPolynomialT', firstKind);
/** Chebyshev's Uₙ(x), of the second kind. torch.special.chebyshev_polynomial_u */
export const chebyshevPolynomialU = /* @__PURE__ */ polynomial('chebyshevPolynomialU', secondKind);
/** Chebyshev's Vₙ(x), of the third kind. torch.special.chebyshev_polynomial_v */
export const chebyshevPolynomialV = /* @__PURE__ */ polynomial('chebyshevPolynomialV', thirdKind);
/** Chebyshev's Wₙ(x), of the fourth kind. torch.special.chebyshev_polynomial_w */
export const chebyshevPolynomialW = /* @__PURE__ */ polynomial('chebyshevPolynomialW', fourthKind);
/** Tₙ(2x − 1). torch.special.shifted_chebyshev_polynomial_t */
export const shiftedChebyshevPolynomialT = /* @__PURE__ */ polynomial(
  'shiftedChebyshevPolynomialT',
  /* @__PURE__ */ shifted(firstKind),
);
/** Uₙ(2x − 1). torch.special.shifted_chebyshev_polynomial_u */
export const shiftedChebyshevPolynomialU = /* @__PURE__ */ polynomial(
  'shiftedChebyshevPolynomialU',
  /* @__PURE__ */ shifted(secondKind),
);
/** Vₙ(2x − 1). torch.special.shifted_chebyshev_polynomial_v */
export const shiftedChebyshevPolynomialV = /* @__PURE__ */ polynomial(
  'shiftedChebyshevPolynomialV',
  /* @__PURE__ */ shifted(thirdKind),
);
/** Wₙ(2x − 1). torch.special.shifted_chebyshev_polynomial_w */
export const shiftedChebyshevPolynomialW = /* @__PURE__ */ polynomial(
  'shiftedChebyshevPolynomialW',
  /* @__PURE__ */ shifted(fourthKind),
);
/** Hermite's Hₙ(x) of physics. torch.special.hermite_polynomial_h */
export const hermitePolynomialH = /* @__PURE__ */ polynomial('hermitePolynomialH', (k) => [2, 0, 2 * k]);
/** Hermite's Heₙ(x) of probabilities. torch.special.hermite_polynomial_he */
export const hermitePolynomialHe = /* @__PURE__ */ polynomial('hermitePolynomialHe', (k) => [1, 0, k]);
/** Laguerre's Lₙ(x). torch.special.laguerre_polynomial_l */
export const laguerrePolynomialL = /* @__PURE__ */ polynomial('laguerrePolynomialL', (k) => [
  -1 / (k + 1),
  (2 * k + 1) / (k + 1),
  k / (k + 1),
]);
/** Legendre's Pₙ(x). torch.special.legendre_polynomial_p */
export const legendrePolynomialP = /* @__PURE__ */ polynomial('legendrePolynomialP', (k) => [
  (2 * k + 1) / (k + 1),
  0,
  k / (k + 1),
]);
