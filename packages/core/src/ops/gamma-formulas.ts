// Formulas of the gamma function's logarithm and of what is derived from it.

import {
  abs as absolute, constant, detach, type Expr, floor as floored, log as ln, mod, override,
  pow as power, round as rounded, select, sin as sine, tan as tangent,
} from '../kernel/index.ts'; // prettier-ignore
import { chebyshev, polynomial } from './chebyshev.ts';
import { one } from './formulas.ts';

/** Chebyshev coefficients of lnΓ(x) / ((x − 1)(x − 2)) on [½, 2½], interpolated in arithmetic of 40 digits. */
const nearMinimum = [
  0.5233830675936226, -0.17797233729529863, 0.043707765509376, -0.012436054693716324, 0.0038166273622453444,
  -0.0012248310110168689, 0.0004046307309337695, -0.0001363999286478383, 4.6669854564403646e-5, -1.6152571568530024e-5,
  5.641861294289138e-6, -1.985468608994096e-6, 7.031292350156658e-7, -2.503431672683324e-7, 8.954655195462511e-8,
  -3.216038816813161e-8, 1.1591674196198932e-8, -4.191331343092517e-9, 1.5198287942838018e-9, -5.525248244354367e-10,
  2.0133461407895695e-10, -7.351973399346738e-11, 2.6898575436827364e-11, -9.85882886617758e-12, 3.619354400654772e-12,
  -1.3307382122555227e-12, 4.899613435234918e-13, -1.8063242404502505e-13, 6.667388160934133e-14,
  -2.4638096705345538e-14, 9.114199669747885e-15, -3.3749037208856614e-15, 1.2508630658961872e-15,
  -4.640235454740319e-16, 1.7227826138316332e-16, -6.401198458457187e-17, 2.3802040365336956e-17,
];

/** B₂ₖ / (2k·(2k − 1)), k = 1, 2, …: Stirling's series of lnΓ. */
const stirlingTerms = [
  1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156, -3617 / 122400,
]; // prettier-ignore
/** B₂ₖ / 2k, k = 1, 2, …: the series of digamma. */
const digammaTerms = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12, -3617 / 8160];
/** B₂ₖ / (2k)!, k = 1, 2, …: the corrections of Euler and Maclaurin. */
const eulerMaclaurinTerms = [
  1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600,
  -3617 / 10670622842880000, 43867 / 5109094217170944000, -174611 / 802857662698291200000,
  5.5090028283602295e-18, -1.395446468581252e-19,
]; // prettier-ignore

/** x − the nearest integer, in [−½, ½]: what periodic functions need of a large x. */
const fromInteger = (x: Expr): Expr => x.sub(rounded(x));

/** lnΓ(x) − ((x − ½)·ln x − x + ½ ln 2π), for x ≥ 8. */
const stirling = (x: Expr): Expr => polynomial(stirlingTerms, one(x).div(x.square())).div(x);

/** ln |Γ(x)| of x > −½. */
function lgammaPositive(x: Expr): Expr {
  // Below ½ one step up; up to 8 as many steps down as lead to [1½, 2½).
  const steps = floored(x.sub(1.5));
  const reduced = select(x.lt(0.5), x.add(1), select(x.lt(2.5), x, x.sub(steps)));
  let product = one(x);
  for (let k = 1; k <= 6; k++) product = product.mul(select(steps.ge(k), x.sub(k), one(x)));
  const base = chebyshev(nearMinimum, reduced.sub(1.5)).mul(reduced.sub(1)).mul(reduced.sub(2));
  const logarithm = ln(select(x.lt(0.5), absolute(x), select(x.lt(2.5), 1, product)));
  const small = select(x.lt(0.5), base.sub(logarithm), base.add(logarithm));
  const large = x
    .sub(0.5)
    .mul(ln(x).sub(1))
    .add(0.5 * Math.log(2 * Math.PI) - 0.5)
    .add(stirling(x));
  return select(x.lt(8), small, large);
}

/** ln |Γ(x)|: ∞ at 0 and the negative integers. */
export function lgammaOf(x: Expr): Expr {
  const z = absolute(x);
  const isReflected = x.le(-0.5);
  const positive = lgammaPositive(select(isReflected, z, x));
  const reflected = ln(constant(Math.PI, x.dtype).div(absolute(sine(fromInteger(x).mul(Math.PI))).mul(z))).sub(
    positive,
  );
  const isPole = x.le(0).and(floored(x).eq(x));
  const value = select(isPole, Infinity, select(isReflected, reflected, positive));
  return override(value, [[x, digammaOf(x)]]);
}

/** lnΓ(x) − the part of it that grows: Γ*(x) of Temme is e to this. */
export const logScaledGamma = (x: Expr): Expr =>
  select(
    x.lt(8),
    detach(lgammaPositive(x)).sub(x.sub(0.5).mul(ln(x)).sub(x).add(0.5 * Math.log(2 * Math.PI))),
    stirling(x),
  ); // prettier-ignore

/** The derivative of lnΓ. */
export function digammaOf(x: Expr): Expr {
  const z = select(x.gt(0), x, one(x).sub(x));
  let steps = constant(0, x.dtype);
  for (let k = 0; k < 10; k++) steps = steps.add(one(x).div(z.add(k)));
  const isSmall = z.lt(10);
  const w = select(isSmall, z.add(10), z);
  const y = one(x).div(w.square());
  const asymptotic = ln(w)
    .sub(one(x).div(w.mul(2)))
    .sub(polynomial(digammaTerms, y).mul(y));
  const positive = select(isSmall, asymptotic.sub(steps), asymptotic);
  const cotangent = constant(Math.PI, x.dtype).div(tangent(fromInteger(x).mul(Math.PI)));
  const negative = select(floored(x).eq(x), NaN, positive.sub(cotangent));
  const value = select(x.eq(0), constant(-1, x.dtype).div(x), select(x.gt(0), positive, negative));
  return override(value, [[x, zetaOf(constant(2, x.dtype), x)]]);
}

/** Σ over k ≥ 0 of (q + k)^−s for q > 0 and s > 1: ten terms, and the rest by Euler and Maclaurin. */
function zetaPositive(s: Expr, q: Expr): Expr {
  const terms = 10;
  let sum = power(q, s.neg());
  for (let k = 1; k < terms; k++) sum = sum.add(power(q.add(k), s.neg()));
  const w = q.add(terms);
  // Of large q the powers vanish long before their integral does.
  const integral = power(w, one(s).sub(s));
  const last = integral.div(w);
  sum = sum.add(integral.div(s.sub(1))).add(last.mul(0.5));
  let rising = last.mul(s).div(w);
  eulerMaclaurinTerms.forEach((coefficient, k) => {
    sum = sum.add(rising.mul(coefficient));
    rising = rising.mul(s.add(2 * k + 1).div(w)).mul(s.add(2 * k + 2).div(w));
  });
  return sum;
}

/** Hurwitz' zeta function: ∞ at s = 1 and at integers q ≤ 0, NaN for s < 1, and for other q < 0 unless s is an integer. */
export function zetaOf(s: Expr, q: Expr): Expr {
  const isNegative = q.lt(0);
  const whole = floored(q);
  // Over all integers the sum depends on the fraction of q alone; what is too much in it begins at 1 − q.
  const fraction = select(isNegative, q.sub(whole), 0.5);
  const other = select(isNegative, whole.add(1).sub(q), 0.5);
  const alternate = select(mod(s, 2).eq(0), one(s), -1);
  const positive = zetaPositive(s, select(isNegative, one(q).sub(q), q));
  const around = zetaPositive(s, fraction).add(alternate.mul(zetaPositive(s, other)));
  const reflected = select(floored(s).eq(s), around.sub(alternate.mul(positive)), NaN);
  const value = select(q.le(0).and(whole.eq(q)), Infinity, select(isNegative, reflected, positive));
  return select(s.eq(1), Infinity, select(s.lt(1), NaN, select(q.eq(Infinity), 0, value)));
}
