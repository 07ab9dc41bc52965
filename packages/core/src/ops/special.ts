// Element-wise mathematics beyond what elementwise.ts has: each line is the operation.

import {
  abs as absolute, acos as arccos, acosh as arccosh, asin as arcsin, asinh as arcsinh, atan as arctan, atan2 as arctan2,
  atanh as arctanh, constant, cos as cosine, cosh as cosineh, describe, erf as errorFunction, exp as e, expm1 as em1, type Expr,
  isFloat, log as ln, log1p as ln1p, maximum as larger, minimum as smaller, override, pow as power, select, shl, shr,
  sin as sine, sinh as sineh, sqrt as root, tan as tangent, trunc as truncated,
} from '../kernel/index.ts'; // prettier-ignore
import { binary, unary } from './elementwise-op.ts';
import { float, integer, logistic, number, one } from './formulas.ts';
import { erfcOf, erfinvOf } from './normal-tails.ts';

const isNegative = (x: Expr): Expr => (isFloat(x.dtype) ? x.lt(0).or(x.eq(0).and(one(x).div(x).lt(0))) : x.lt(0));

// Powers and logarithms

/** 2^x. torch.exp2 */
export const exp2 = unary('exp2', (x) => power(constant(2, x.dtype), x), float);
/** e^x − 1, exact near 0. torch.expm1 */
export const expm1 = unary('expm1', em1, float);
/** log₂ x. torch.log2 */
export const log2 = unary('log2', (x) => ln(x).div(Math.LN2), float);
/** log₁₀ x. torch.log10 */
export const log10 = unary('log10', (x) => ln(x).div(Math.LN10), float);
/** ln(e^x + e^y) without overflow. torch.logaddexp */
export const logaddexp = binary(
  'logaddexp',
  (x, y) => {
    const value = select(x.eq(y), x.add(Math.LN2), larger(x, y).add(ln1p(e(absolute(x.sub(y)).neg()))));
    return override(value, [[x, logistic(x.sub(y))], [y, logistic(y.sub(x))]]);
  },
  float,
); // prettier-ignore
/** log₂(2^x + 2^y) without overflow. torch.logaddexp2 */
export const logaddexp2 = binary(
  'logaddexp2',
  (x, y) => {
    const apart = e(absolute(x.sub(y)).mul(-Math.LN2));
    const value = select(x.eq(y), x.add(1), larger(x, y).add(ln1p(apart).div(Math.LN2)));
    const share = (d: Expr): Expr => logistic(d.mul(Math.LN2));
    return override(value, [[x, share(x.sub(y))], [y, share(y.sub(x))]]);
  },
  float,
); // prettier-ignore
/** x · ln y, 0 where x is 0. torch.xlogy */
export const xlogy = binary(
  'xlogy',
  (x, y) => {
    const value = select(y.isNaN(), y, select(x.eq(0), 0, x.mul(ln(y))));
    return override(value, [[x, select(x.eq(0).and(y.le(0)), 0, ln(y))], [y, x.div(y)]]);
  },
  float,
); // prettier-ignore
/** ln(x / (1 − x)), x clamped to [eps, 1 − eps] if eps is given. torch.logit */
export const logit = unary(
  'logit',
  (x, { eps }) => {
    const [low, high] = eps ? [eps, one(x).sub(eps)] : [constant(0, x.dtype), one(x)];
    const z = eps ? select(x.lt(low), low, select(x.gt(high), high, x)) : x;
    const outside = x.lt(low).or(x.gt(high));
    return override(ln(z.div(one(x).sub(z))), [[x, select(outside, eps ? 0 : NaN, one(x).div(x.mul(one(x).sub(x))))]]);
  },
  { ...float, options: { eps: undefined as number | undefined } },
);

// Angles

/** torch.tan */
export const tan = unary('tan', tangent, float);
/** torch.asin */
export const asin = unary('asin', arcsin, float);
/** torch.acos */
export const acos = unary('acos', arccos, float);
/** torch.atan */
export const atan = unary('atan', arctan, float);
/** The angle of the point (y, x). torch.atan2 */
export const atan2 = binary('atan2', (y, x) => arctan2(y, x), float);
/** torch.sinh */
export const sinh = unary('sinh', sineh, float);
/** torch.cosh */
export const cosh = unary('cosh', cosineh, float);
/** torch.asinh */
export const asinh = unary('asinh', arcsinh, float);
/** torch.acosh */
export const acosh = unary('acosh', arccosh, float);
/** torch.atanh */
export const atanh = unary('atanh', arctanh, float);
/** sin(πx) / πx, 1 at 0. torch.sinc */
export const sinc = unary(
  'sinc',
  (x) => {
    const t = x.mul(Math.PI);
    // Near 0 the two terms of the derivative are large and cancel: there a series, −t/3 + t³/30 − … to within rounding.
    const series = [-10 / 39916800, 8 / 362880, -6 / 5040, 4 / 120, -2 / 6].reduce<Expr>(
      (sum, c) => sum.mul(t.square()).add(c), constant(0, x.dtype),
    ).mul(t); // prettier-ignore
    const slope = select(absolute(t).lt(0.1), series, cosine(t).sub(sine(t).div(t)).div(t));
    return override(select(x.eq(0), 1, sine(t).div(t)), [[x, slope.mul(Math.PI)]]);
  },
  float,
);
/** Degrees to radians. torch.deg2rad */
export const deg2rad = unary('deg2rad', (x) => x.mul(Math.PI / 180), float);
/** Radians to degrees. torch.rad2deg */
export const rad2deg = unary('rad2deg', (x) => x.mul(180 / Math.PI), float);
/** √(x² + y²); infinite where either is. torch.hypot */
export const hypot = binary(
  'hypot',
  (x, y) => {
    const [a, b] = [absolute(x), absolute(y)];
    const [long, short] = [larger(a, b), smaller(a, b)];
    // Not x² + y², which leaves the range of the dtype long before the result does.
    const scaled = long.mul(root(short.div(long).square().add(1)));
    const h = select(a.eq(Infinity).or(b.eq(Infinity)), Infinity, select(long.eq(0), 0, scaled));
    return override(h, [[x, x.div(h)], [y, y.div(h)]]);
  },
  float,
); // prettier-ignore

// Error functions

/** 2/√π ∫₀ˣ e^(−t²) dt. torch.erf */
export const erf = unary('erf', errorFunction, float);
/** 1 − erf(x), exact where that is small. torch.erfc */
export const erfc = unary('erfc', erfcOf, float);
/** The inverse of erf: ±∞ at ±1, NaN outside. torch.erfinv */
export const erfinv = unary('erfinv', erfinvOf, float);

// Floats

/** x − trunc(x). torch.frac */
export const frac = unary('frac', (x) => x.sub(truncated(x)), number);
/** The larger; the other one where one is NaN. torch.fmax */
export const fmax = binary('fmax', (x, y) => select(y.isNaN().or(x.ge(y)), x, y));
/** The smaller; the other one where one is NaN. torch.fmin */
export const fmin = binary('fmin', (x, y) => select(y.isNaN().or(x.le(y)), x, y));
/** x with NaN and infinities replaced: by 0 and the largest finite numbers unless given. torch.nan_to_num */
export const nanToNum = unary(
  'nanToNum',
  (x, { nan, posinf, neginf }) => {
    const { bits, kind } = describe(x.dtype);
    if (kind !== 'float') return x;
    const largest = bits === 64 ? Number.MAX_VALUE : bits === 32 ? 3.4028234663852886e38 : 65504;
    const finite = select(x.eq(Infinity), posinf ?? largest, select(x.eq(-Infinity), neginf ?? -largest, x));
    return select(x.isNaN(), nan, finite);
  },
  { options: { nan: 0, posinf: undefined as number | undefined, neginf: undefined as number | undefined } },
);
/** |x| with the sign of y. torch.copysign */
export const copysign = binary('copysign', (x, y) => select(isNegative(y), absolute(x).neg(), absolute(x)), float);
/** Whether the sign bit is set: true for −0. torch.signbit */
export const signbit = unary('signbit', isNegative);
/** Whether |x − y| ≤ atol + rtol·|y|. torch.isclose */
export const isclose = binary(
  'isclose',
  (x, y, { rtol, atol, equalNan }) => {
    const close = x.eq(y).or(absolute(x.sub(y)).le(absolute(y).mul(rtol).add(atol)).and(absolute(y).lt(Infinity)));
    return equalNan ? close.or(x.isNaN().and(y.isNaN())) : close;
  },
  { ...float, options: { rtol: 1e-5, atol: 1e-8, equalNan: false } },
);

// Bits

/** torch.bitwise_not */
export const bitwiseNot = unary('bitwiseNot', (x) => x.not(), integer);
/** torch.bitwise_and */
export const bitwiseAnd = binary('bitwiseAnd', (x, y) => x.and(y), integer);
/** torch.bitwise_or */
export const bitwiseOr = binary('bitwiseOr', (x, y) => x.or(y), integer);
/** torch.bitwise_xor */
export const bitwiseXor = binary('bitwiseXor', (x, y) => x.xor(y), integer);
/** x · 2^y on integers. torch.bitwise_left_shift */
export const bitwiseLeftShift = binary('bitwiseLeftShift', (x, y) => shl(x, y), integer);
/** ⌊x / 2^y⌋ on integers: the sign is kept. torch.bitwise_right_shift */
export const bitwiseRightShift = binary(
  'bitwiseRightShift',
  (x, y) => select(x.lt(0), shr(x.not(), y).not(), shr(x, y)),
  integer,
);
