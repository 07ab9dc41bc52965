// Formulas of the error function's complement and of the normal distribution that keep their relative accuracy in the tails.

import {
  abs as absolute, constant, erf as errorFunction, exp as e, type Expr, log as ln, log1p as ln1p, maximum as larger,
  minimum as smaller, override, round as rounded, select, sqrt as root,
} from '../kernel/index.ts'; // prettier-ignore
import { chebyshev } from './chebyshev.ts';
import { one } from './formulas.ts';

// Chebyshev coefficients, interpolated in arithmetic of 40 digits. M. Shepherd and J. Laframboise, "Chebyshev approximation of
// (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞", Math. Comp. 36 (1981), has the variable (x − 3.75) / (x + 3.75).
const scaledTail = [
  1.1775789345674017, -0.004590054580646478, -0.08424913336651792, 0.05920993999819189, -0.026658668435305753,
  0.009074997670705265, -0.002413163540417608, 0.0004907758365258086, -6.916973302501207e-5, 4.13902798607301e-6,
  7.74038306619849e-7, -2.1886401049234397e-7, 1.076499946567091e-8, 4.521959811218287e-9, -7.754400208831351e-10,
  -6.318088340886684e-11, 2.86879501093067e-11, 1.9455868545777347e-13, -9.65469674843344e-13, 3.25254814814874e-14,
  3.3478119482868056e-14, -1.864562880419313e-15, -1.2507950530688648e-15, 7.418235256624044e-17, 5.068148904796111e-17,
];
// What Φ⁻¹ is made of: x/q over q² for p = ½ + q, |q| ≤ 0.36; −x over r = √(−2 ln p) up to 6; r + x over 1/r beyond.
const middle = [
  2.7296281515472254, 0.24419558402450858, 0.023733537698779932, 0.0028769986394897033, 0.00038749422038233077,
  5.550601113306434e-5, 8.278392995078953e-6, 1.2703403559193286e-6, 1.9910496486149075e-7, 3.17201997772311e-8,
  5.119501438224436e-9, 8.350413259612836e-10, 1.3740255487535745e-10, 2.2776655534731475e-11, 3.799492750461301e-12,
  6.37278343435172e-13, 1.0739867801396381e-13, 1.8175542228712466e-14, 3.0873708563653003e-15, 5.261753302092754e-16,
  8.994271140330922e-17,
];
const tail = [
  3.3525492765916343, 2.2203001367088757, -0.041080251081418315, 0.008500718368232314, -0.0018270878155880574,
  0.0004034225561785575, -9.100913683757741e-5, 2.0908685105641608e-5, -4.880595772382785e-6, 1.155248185479124e-6,
  -2.7680264068078064e-7, 6.70287886507606e-8, -1.638040226564004e-8, 4.034723890853446e-9, -1.0006037316801654e-9,
  2.496183411009982e-10, -6.259352794380115e-11, 1.5766990815505125e-11, -3.987567807937739e-12, 1.012086202241899e-12,
  -2.577015030331953e-13, 6.58066963988139e-14, -1.6848445553650504e-14, 4.32399168587847e-15, -1.1121330637336937e-15,
  2.8661439470085427e-16, -7.40014365935066e-17,
];
const farTail = [
  0.3023655800197959, 0.1707441025700991, -0.013607200732570258, 0.0020869136737395578, -0.00045351827642446397,
  0.00011820970428946935, -3.434751942177641e-5, 1.0728473539757455e-5, -3.527150243871342e-6, 1.2045391713596044e-6,
  -4.2359476511669866e-7, 1.5247594912606298e-7, -5.5936123619944355e-8, 2.084603034285387e-8, -7.872695589259994e-9,
  3.0071510062650236e-9, -1.1599824572714601e-9, 4.513065715916192e-10, -1.7691808029484835e-10, 6.98207076968547e-11,
  -2.7720291910181636e-11, 1.106496212049272e-11, -4.438289711667125e-12, 1.788137589330092e-12, -7.233313921146293e-13,
  2.936821579515823e-13, -1.1964437077978258e-13, 4.889529599790287e-14, -2.0040125688190852e-14, 8.235723678499e-15,
  -3.393047264734795e-15, 1.401173427326988e-15, -5.798849681518642e-16, 2.4048064911492636e-16, -9.992002958233452e-17,
  4.1591992488841254e-17, -1.734229340919194e-17, 7.24271882287521e-18,
];
const tailStart = Math.sqrt(-2 * Math.log(0.14));

/** e^(±z²) for z in [0, 30]: z² would lose as many digits as it is large, so the square is taken of the first bits alone. */
function expSquare(z: Expr, sign: 1 | -1): Expr {
  const high = rounded(z.mul(16)).div(16);
  const rest = z.sub(high).mul(z.add(high));
  return e(high.square().mul(sign)).mul(e(rest.mul(sign)));
}

/** e^(z²)·erfc(z) for z ≥ 0. */
const erfcxPositive = (z: Expr): Expr =>
  chebyshev(
    scaledTail,
    one(z).sub(
      constant(7.5, z.dtype).div(z.add(3.75)),
    ),
  ).div(z.mul(2).add(1)); // prettier-ignore

/** 1 − erf(x). */
export function erfcOf(x: Expr): Expr {
  const z = smaller(absolute(x), 30);
  const far = expSquare(z, -1).mul(erfcxPositive(z));
  const value = select(z.lt(0.5), one(x).sub(errorFunction(x)), select(x.lt(0), constant(2, x.dtype).sub(far), far));
  return override(value, [[x, e(x.square().neg()).mul(-2 / Math.sqrt(Math.PI))]]);
}

/** e^(x²)·erfc(x). */
export function erfcxOf(x: Expr): Expr {
  const z = absolute(x);
  const positive = erfcxPositive(z);
  const value = select(x.lt(0), expSquare(smaller(z, 30), 1).mul(2).sub(positive), positive);
  return override(value, [
    [
      x,
      x
        .mul(value)
        .mul(2)
        .sub(2 / Math.sqrt(Math.PI)),
    ],
  ]);
}

/** Φ(x), the area under the bell curve left of x. */
export function ndtrOf(x: Expr): Expr {
  const value = erfcOf(x.mul(-Math.SQRT1_2)).mul(0.5);
  return override(value, [[x, e(x.square().mul(-0.5)).div(Math.sqrt(2 * Math.PI))]]);
}

/** ln Φ(x). */
export function logNdtrOf(x: Expr): Expr {
  const t = x.mul(Math.SQRT1_2);
  const left = ln(erfcxPositive(absolute(t)).mul(0.5)).sub(t.square());
  const value = select(x.lt(-1), left, ln1p(erfcOf(t).mul(-0.5)));
  return override(value, [[x, constant(Math.sqrt(2 / Math.PI), x.dtype).div(erfcxOf(t.neg()))]]);
}

/** The x of which Φ is ½ + q; `p` is the smaller of ½ + q and ½ − q, exactly. */
function quantile(q: Expr, p: Expr): Expr {
  const inner = chebyshev(middle, q.square().mul(2 / 0.36 ** 2).sub(1)).mul(q); // prettier-ignore
  const r = root(ln(p).mul(-2));
  const near = chebyshev(tail, r.sub((6 + tailStart) / 2).mul(2 / (6 - tailStart)));
  const far = r.sub(chebyshev(farTail, one(p).div(larger(r, 1)).sub(1 / 40).mul(2 / (1 / 6 - 1 / 40)).sub(1))); // prettier-ignore
  const outer = select(r.gt(6), far, near);
  return select(absolute(q).le(0.36), inner, select(q.lt(0), outer.neg(), outer));
}

/** The x of which Φ is p. */
export function ndtriOf(p: Expr): Expr {
  const value = quantile(p.sub(0.5), smaller(p, one(p).sub(p)));
  return override(value, [[p, e(value.square().mul(0.5)).mul(Math.sqrt(2 * Math.PI))]]);
}

/** The x of which erf is y. */
export function erfinvOf(y: Expr): Expr {
  const value = quantile(y.mul(0.5), one(y).sub(absolute(y)).mul(0.5)).mul(Math.SQRT1_2);
  return override(value, [[y, e(value.square()).mul(Math.sqrt(Math.PI) / 2)]]);
}
