// Formulas of Bessel's functions of order 0 and 1, and of Airy's Ai: series near 0, amplitude and phase (or a power of e) far from it.

import {
  abs as absolute, constant, cos as cosine, exp as e, type Expr, log as ln, override, round as rounded, select, sign as signum, sin as sine,
  sqrt as root,
} from '../kernel/index.ts'; // prettier-ignore
import * as series from './bessel-series.ts';
import { chebyshev } from './chebyshev.ts';

const over = (numerator: number, x: Expr): Expr => constant(numerator, x.dtype).div(x);

// Modified, of the first kind; scaled by e^−|x|

function i0eValue(x: Expr): Expr {
  const a = absolute(x);
  const large = chebyshev(series.i0eLarge, over(16, a).sub(1)).div(root(a));
  return select(a.le(8), chebyshev(series.i0eSmall, a.mul(0.25).sub(1)), large);
}

function i1eValue(x: Expr): Expr {
  const a = absolute(x);
  const large = chebyshev(series.i1eLarge, over(16, a).sub(1)).div(root(a)).mul(signum(x));
  return select(a.le(8), chebyshev(series.i1eSmall, a.mul(0.25).sub(1)).mul(x), large);
}

const i0Value = (x: Expr): Expr => i0eValue(x).mul(e(absolute(x)));
const i1Value = (x: Expr): Expr => i1eValue(x).mul(e(absolute(x)));
/** f(x) / x, ½ at 0 and where quotients of denormals are none: what the slopes of the functions of order 1 hold. */
const halfAtZero = (value: Expr, x: Expr): Expr => select(absolute(x).le(1e-10), 0.5, value.div(x));

/** e^−|x|·I₁(x). */
export function i1eOf(x: Expr): Expr {
  const value = i1eValue(x);
  return override(value, [
    [
      x,
      i0eValue(x)
        .sub(value.mul(signum(x)))
        .sub(halfAtZero(value, x)),
    ],
  ]);
}

/** e^−|x|·I₀(x). */
export function i0eOf(x: Expr): Expr {
  const value = i0eValue(x);
  return override(value, [[x, i1eOf(x).sub(value.mul(signum(x)))]]);
}

/** I₁(x). */
export function i1Of(x: Expr): Expr {
  // Scaled, so that not one infinity is taken from another.
  const slope = i0eValue(x).sub(halfAtZero(i1eValue(x), x));
  return override(i1Value(x), [[x, slope.mul(e(absolute(x)))]]);
}

/** I₀(x). */
export const i0Of = (x: Expr): Expr => override(i0Value(x), [[x, i1Of(x)]]);

// Modified, of the second kind: ∞ at 0, NaN below

const ofPositive = (value: Expr, x: Expr, atZero: number): Expr => select(x.lt(0), NaN, select(x.eq(0), atZero, value));

/** K₀(x), times e^x if `scaled`. */
export function k0Of(x: Expr, scaled: boolean): Expr {
  const near = chebyshev(series.k0Small, x.square().mul(0.5).sub(1)).sub(ln(x.mul(0.5)).mul(i0Of(x)));
  const far = chebyshev(series.k0Large, over(4, x).sub(1)).div(root(x));
  const value = select(x.le(2), scaled ? near.mul(e(x)) : near, scaled ? far : far.mul(e(x.neg())));
  return ofPositive(value, x, Infinity);
}

/** K₁(x), times e^x if `scaled`. */
export function k1Of(x: Expr, scaled: boolean): Expr {
  const near = chebyshev(series.k1Small, x.square().mul(0.5).sub(1))
    .div(x)
    .add(ln(x.mul(0.5)).mul(i1Of(x)));
  const far = chebyshev(series.k1Large, over(4, x).sub(1)).div(root(x));
  const value = select(x.le(2), scaled ? near.mul(e(x)) : near, scaled ? far : far.mul(e(x.neg())));
  return ofPositive(value, x, Infinity);
}

// Of the first and second kind

/** Amplitudes and the sum and difference of sine and cosine: what waves of a > 8 are made of. */
function wave(a: Expr, { p, q }: { readonly p: readonly number[]; readonly q: readonly number[] }) {
  const t = over(128, a.square()).sub(1);
  const height = root(over(1 / Math.PI, a));
  const [s, c] = [sine(a), cosine(a)];
  return {
    p: chebyshev(p, t).mul(height),
    q: chebyshev(q, t).div(a).mul(height),
    sum: s.add(c),
    difference: s.sub(c),
  };
}

const nearZero = (coefficients: readonly number[], a: Expr): Expr => chebyshev(coefficients, a.square().div(32).sub(1));

/** J₀(x). */
export function j0Of(x: Expr): Expr {
  const a = absolute(x);
  const { p, q, sum, difference } = wave(a, series.amplitudes0);
  const far = select(a.eq(Infinity), 0, p.mul(sum).sub(q.mul(difference)));
  return select(a.le(8), nearZero(series.j0Small, a), far);
}

/** J₁(x). */
export function j1Of(x: Expr): Expr {
  const a = absolute(x);
  const { p, q, sum, difference } = wave(a, series.amplitudes1);
  const far = select(a.eq(Infinity), 0, p.mul(difference).add(q.mul(sum)));
  return select(a.le(8), nearZero(series.j1Small, a).mul(x), far.mul(signum(x)));
}

/** Y₀(x). */
export function y0Of(x: Expr): Expr {
  const { p, q, sum, difference } = wave(x, series.amplitudes0);
  const far = select(x.eq(Infinity), 0, p.mul(difference).add(q.mul(sum)));
  const near = nearZero(series.y0Small, x).add(
    ln(x)
      .mul(j0Of(x))
      .mul(2 / Math.PI),
  );
  return ofPositive(select(x.le(8), near, far), x, -Infinity);
}

/** Y₁(x). */
export function y1Of(x: Expr): Expr {
  const { p, q, sum, difference } = wave(x, series.amplitudes1);
  const far = select(x.eq(Infinity), 0, q.mul(difference).sub(p.mul(sum)));
  const logarithm = ln(x).mul(j1Of(x)).sub(over(1, x));
  const near = nearZero(series.y1Small, x)
    .mul(x)
    .add(logarithm.mul(2 / Math.PI));
  return ofPositive(select(x.le(8), near, far), x, -Infinity);
}

/** sin x / x. */
export function sphericalJ0Of(x: Expr): Expr {
  const square = x.square();
  const small = [1 / 6227020800, -1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1].reduce<Expr>(
    (sum, c) => sum.mul(square).add(c), constant(0, x.dtype),
  ); // prettier-ignore
  return select(absolute(x).lt(0.5), small, select(absolute(x).eq(Infinity), 0, sine(x).div(x)));
}

/**
 * Sine and cosine of z = ⅔·a^1½, of which a plain z would be off by its own rounding: the leading bits of a, √a and ⅔ have an exact
 * product, and what they leave out turns the wave a little further.
 */
function farWave(a: Expr): { readonly s: Expr; readonly c: Expr } {
  const r = root(a);
  const [aHigh, rHigh] = [rounded(a), rounded(r.mul(4)).mul(0.25)];
  const [aLow, rLow] = [a.sub(aHigh), r.sub(rHigh)];
  // a − r², from parts whose squares are exact.
  const missing = a.sub(rHigh.square()).sub(rLow.mul(rHigh.add(r)));
  const product = aHigh.mul(rHigh);
  // ⅔ = 21/32 + 1/96.
  const high = product.mul(21 / 32);
  const rest = aLow.mul(rHigh).add(a.mul(rLow)).add(missing.mul(r).mul(0.5));
  const low = rest.mul(2 / 3).add(product.mul(1 / 96));
  const [s, c, sLow, cLow] = [sine(high), cosine(high), sine(low), cosine(low)];
  return { s: s.mul(cLow).add(c.mul(sLow)), c: c.mul(cLow).sub(s.mul(sLow)) };
}

/** Airy's Ai(x). */
export function airyOf(x: Expr): Expr {
  const a = absolute(x);
  const z = a.mul(root(a)).mul(2 / 3);
  const height = over(1 / Math.sqrt(Math.PI), root(root(a)));
  const from = (2 / 3) * 3 ** 1.5;
  const positive = chebyshev(series.airyPositive, over(2 * from, z).sub(1))
    .mul(height)
    .mul(e(z.neg()))
    .mul(0.5);
  const until = (2 / 3) * 5 ** 1.5;
  const t = over(until, z).square().mul(2).sub(1);
  const { s, c } = farWave(a);
  const [p, q] = [chebyshev(series.airyNegative.p, t), chebyshev(series.airyNegative.q, t).div(z)];
  const negative = p.mul(s.add(c)).add(q.mul(s.sub(c))).mul(height).mul(Math.SQRT1_2); // prettier-ignore
  const middle = chebyshev(series.airyMiddle, x.add(1).mul(0.25));
  return select(x.gt(3), positive, select(x.lt(-5), negative, middle));
}
