// The incomplete gamma functions, P from 0 to x and Q from x on. Near x = a, for large a, by N. Temme, "The asymptotic expansion of
// the incomplete gamma functions", SIAM J. Math. Anal. 10 (1979); below it by a series; above by Legendre's continued fraction.

import {
  abs as absolute, constant, exp as e, type Expr, log as ln, maximum as larger, override, pow as power, select,
  sqrt as root,
} from '../kernel/index.ts'; // prettier-ignore
import { polynomial } from './chebyshev.ts';
import { one } from './formulas.ts';
import { lgammaOf, logScaledGamma } from './gamma-formulas.ts';
import { erfcOf } from './normal-tails.ts';

/** The power series in η of Temme's C₀, C₁, …, from exact fractions. */
const expansions = [
[
  -0.3333333333333333, 0.08333333333333333, -0.014814814814814815, 0.0011574074074074073, 0.0003527336860670194,
  -0.0001787551440329218, 3.919263178522438e-5, -2.185448510679992e-6, -1.85406221071516e-6, 8.296711340953087e-7,
  -1.7665952736826078e-7, 6.707853543401498e-9, 1.0261809784240309e-8, -4.382036018453353e-9, 9.14769958223679e-10,
  -2.5514193994946248e-11, -5.830772132550426e-11, 2.4361948020667415e-11,
],
[
  -0.001851851851851852, -0.003472222222222222, 0.0026455026455026454, -0.0009902263374485596,
  0.00020576131687242798, -4.018775720164609e-7, -1.8098550334489977e-5, 7.64916091608111e-6, -1.6120900894563446e-6,
  4.647127802807434e-9, 1.378633446915721e-7, -5.752545603517705e-8, 1.1951628599778148e-8, -1.7543241719747647e-11,
  -1.0091543710600413e-9, 4.162792991842583e-10,
],
[
  0.004133597883597883, -0.0026813271604938273, 0.0007716049382716049, 2.0093878600823047e-6, -0.0001073665322636516,
  5.2923448829120125e-5, -1.2760635188618728e-5, 3.423578734096138e-8, 1.3721957309062934e-6, -6.298992138380055e-7,
  1.4280614206064242e-7, -2.0477098421990866e-10, -1.409252991086752e-8, 6.228974084922022e-9,
  -1.3670488396617114e-9,
],
[
  0.0006494341563786008, 0.00022947209362139917, -0.0004691894943952557, 0.00026772063206283885,
  -7.561801671883977e-5, -2.396505113867297e-7, 1.1082654115347302e-5, -5.6749528269915965e-6, 1.4230900732435883e-6,
  -2.7861080291528143e-11, -1.6958404091930278e-7, 8.099464905388083e-8, -1.9111168485973655e-8,
],
[
  -0.0008618882909167117, 0.0007840392217200666, -0.0002990724803031902, -1.4638452578843418e-6,
  6.641498215465122e-5, -3.968365047179435e-5, 1.1375726970678419e-5, 2.507497226237533e-10, -1.6954149536558305e-6,
  8.907507532205309e-7, -2.292934834000805e-7, 2.956794137544049e-11,
],
[
  -0.00033679855336635813, -6.972813758365857e-5, 0.0002772753244959392, -0.00019932570516188847,
  6.797780477937208e-5, 1.419062920643967e-7, -1.3594048189768693e-5, 8.018470256334202e-6, -2.291481176508095e-6,
  -3.252473551298454e-10,
],
[
  0.0005313079364639922, -0.0005921664373536939, 0.0002708782096718045, 7.902353232660328e-7, -8.153969367561969e-5,
  5.61168275310625e-5, -1.8329116582843375e-5, -3.0796134506033047e-9, 3.465155368803609e-6,
],
[
  0.00034436760689237765, 5.171790908260592e-5, -0.00033493161081142234, 0.0002812695154763237,
  -0.00010976582244684731, -1.2741009095484485e-7, 2.7744451511563645e-5,
],
]; // prettier-ignore

/** m − ln(x / a) for m = x / a − 1, also where the two are nearly equal: by r = m / (2 + m), of which ln(1 + m) is 2·artanh. */
function excess(m: Expr, a: Expr, x: Expr): Expr {
  const r = m.div(m.add(2));
  const square = r.square();
  const terms = polynomial(
    Array.from({ length: 16 }, (_, k) => 1 / (2 * k + 3)),
    square,
  );
  const near = m.mul(r).sub(terms.mul(square).mul(r).mul(2));
  return select(absolute(m).lt(0.5), near, m.sub(ln(x.div(a))));
}

interface Regularised {
  /** P(a, x). */
  readonly lower: Expr;
  /** Q(a, x) = 1 − P(a, x). */
  readonly upper: Expr;
}

function regularised(a: Expr, x: Expr): Regularised {
  const m = x.sub(a).div(a);
  const phi = excess(m, a, x);
  const scale = a.mul(2 * Math.PI);
  // x^a·e^−x / Γ(a + 1).
  const large = e(a.mul(phi).add(logScaledGamma(a)).neg()).div(root(scale));
  const small = e(
    a
      .mul(ln(x))
      .sub(x)
      .sub(lgammaOf(a.add(1))),
  );
  const factor = select(a.lt(1), small, large);

  let series = one(x);
  for (let k = 60; k > 0; k--) series = x.div(a.add(k)).mul(series).add(1);
  const lowerSeries = factor.mul(series);
  const safe = larger(x, larger(a.add(1), 2));
  let fraction = safe.sub(a).add(2 * 50 + 1);
  for (let k = 50; k > 0; k--) fraction = safe.sub(a).add(2 * k - 1).add(a.sub(k).mul(k).div(fraction)); // prettier-ignore
  const upperFraction = factor.mul(a).div(fraction);

  const eta = select(x.lt(a), root(phi.mul(2)).neg(), root(phi.mul(2)));
  const inverse = one(a).div(a);
  const sum = expansions
    .map((coefficients) => polynomial(coefficients, eta))
    .reduceRight((total, c) => total.mul(inverse).add(c));
  const rest = e(a.mul(phi).neg()).div(root(scale)).mul(sum);
  const argument = eta.mul(root(a.mul(0.5)));
  const isUniform = a.gt(30).and(absolute(m).lt(0.4));
  const isLower = x.lt(larger(a.add(1), 2));
  const choose = (uniform: Expr, below: Expr, above: Expr): Expr =>
    select(isUniform, uniform, select(isLower, below, above));
  const slope = factor.mul(a).div(x);
  const atZero = power(constant(0, a.dtype), a.sub(1));
  const density = select(x.eq(0), atZero, slope);
  const lower = choose(
    erfcOf(argument.neg()).mul(0.5).sub(rest), lowerSeries, one(x).sub(upperFraction),
  ); // prettier-ignore
  const upper = choose(erfcOf(argument).mul(0.5).add(rest), one(x).sub(lowerSeries), upperFraction);
  return { lower: atBounds(lower, density, a, x, 0), upper: atBounds(upper, density.neg(), a, x, 1) };
}

/** The value with what it is where one of the two is 0, infinite or out of the domain, and its derivative. */
function atBounds(value: Expr, slope: Expr, a: Expr, x: Expr, atZero: 0 | 1): Expr {
  const within = select(x.eq(0), atZero, select(x.eq(Infinity), 1 - atZero, value));
  const ofInfinity = select(x.eq(Infinity), constant(NaN, x.dtype), atZero);
  const ofZero = select(x.gt(0), constant(1 - atZero, x.dtype), NaN);
  const inside = select(a.eq(0), ofZero, select(a.eq(Infinity), ofInfinity, within));
  return override(select(x.lt(0).or(a.lt(0)), NaN, inside), [[x, slope]]);
}

/** P(a, x) = 1/Γ(a) ∫₀ˣ t^(a−1)·e^−t dt. */
export const lowerGammaOf = (a: Expr, x: Expr): Expr => regularised(a, x).lower;
/** Q(a, x) = 1/Γ(a) ∫ₓ^∞ t^(a−1)·e^−t dt. */
export const upperGammaOf = (a: Expr, x: Expr): Expr => regularised(a, x).upper;
