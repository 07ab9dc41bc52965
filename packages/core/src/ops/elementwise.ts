// The table of element-wise operations: each line is the operation. Its gradient is derived from the formula; function,
// method, in-place method and tests follow from the line. Names, defaults and edge cases are PyTorch's.

import { DTypeError } from '../errors.ts';
import {
  abs as absolute, acos as arccos, acosh as arccosh, asin as arcsin, asinh as arcsinh, atan as arctan, atan2 as arctan2,
  atanh as arctanh, ceil as ceiling, constant, cos as cosine, cosh as cosineh, describe, detach, erf as errorFunction, exp as e,
  expm1 as em1, type Expr, floor as floored, isFloat, log as ln, log1p as ln1p, maximum as larger, minimum as smaller, mod,
  override, pow as power, round as rounded, select, shl, shr, sign as signum, sin as sine, sinh as sineh, sqrt as root,
  tan as tangent, tanh as tangenth, trunc as truncated,
} from '../kernel/index.ts'; // prettier-ignore
import { binary, ternary, unary } from './elementwise-op.ts';

const float = { domain: 'float' } as const;
const number = { domain: 'number' } as const;
const noBool = { domain: 'noBool' } as const;
const integer = { domain: 'integer' } as const;
const logic = { domain: 'logic' } as const;
/** Of integers there is no quotient by 0. */
const divisor = {
  when: (_: Expr, y?: Expr): Expr | undefined => (y && !isFloat(y.dtype) ? y.eq(0) : undefined),
  because: "an integer is divided by 0. Leave zeros out, or convert with `.to('float32')`.",
};

const one = (x: Expr): Expr => constant(1, x.dtype);
/** 1 / (1 + e^−x), finite for every x; its derivative reads the value itself. */
const logistic = (x: Expr): Expr => {
  const y = one(x).div(e(x.neg()).add(1));
  return override(y, [[x, y.mul(one(x).sub(y))]]);
};
/** log(1 + e^x) without overflow. */
const softplusOf = (x: Expr): Expr => {
  const y = larger(x, 0).add(ln1p(e(absolute(x).neg())));
  return override(y, [[x, logistic(x)]]);
};
/** M. Giles, "Approximating the erfinv function" (2010), in single precision, made exact by two steps of Newton. */
const inverseErf = (y: Expr): Expr => {
  const w = ln(one(y).sub(y.square())).neg();
  const horner = (t: Expr, coefficients: readonly number[]): Expr =>
    coefficients.reduce<Expr>((sum, c) => sum.mul(t).add(c), constant(0, y.dtype));
  const near = [
    2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
  ];
  const far = [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
  ];
  let x = select(w.lt(5), horner(w.sub(2.5), near), horner(root(w).sub(3), far)).mul(y);
  for (let step = 0; step < 2; step++) {
    x = x.sub(
      errorFunction(x)
        .sub(y)
        .div(e(x.square().neg()).mul(2 / Math.sqrt(Math.PI))),
    );
  }
  return select(absolute(y).eq(1), y.div(constant(0, y.dtype)), x);
};
const isNegative = (x: Expr): Expr => (isFloat(x.dtype) ? x.lt(0).or(x.eq(0).and(one(x).div(x).lt(0))) : x.lt(0));
const pythonMod = (x: Expr, y: Expr): Expr => {
  const r = mod(x, y);
  return select(r.ne(0).and(r.lt(0).xor(y.lt(0))), r.add(y), r);
};
const floorDiv = (x: Expr, y: Expr): Expr => {
  const r = mod(x, y);
  const quotient = x.sub(r).div(y);
  const exact = isFloat(x.dtype) ? rounded(quotient) : quotient;
  const floored = select(r.ne(0).and(r.lt(0).xor(y.lt(0))), exact.sub(1), exact);
  return isFloat(x.dtype) ? select(y.eq(0), detach(x.div(y)), floored) : floored;
};

// Arithmetic

/** x + alpha·y; logical or for bool. torch.add */
export const add = binary('add', (x, y, { alpha }) => (x.dtype === 'bool' ? x.or(y) : x.add(y.mul(alpha))), {
  options: { alpha: 1 },
});
/** x − alpha·y. torch.sub */
export const sub = binary('sub', (x, y, { alpha }) => x.sub(y.mul(alpha)), { ...noBool, options: { alpha: 1 } });
/** y − alpha·x. torch.rsub */
export const rsub = binary('rsub', (x, y, { alpha }) => y.sub(x.mul(alpha)), { ...noBool, options: { alpha: 1 } });
/** x · y. torch.mul */
export const mul = binary('mul', (x, y) => x.mul(y));
/**
 * x / y; integers divide to floats unless `roundingMode` ('trunc' or 'floor') is given. Throws ValueError for another mode,
 * and for 0 under integers that stay integers. torch.div
 */
export const div = binary(
  'div',
  (x, y, { roundingMode }) =>
    roundingMode === 'floor' ? floorDiv(x, y) : roundingMode === 'trunc' ? truncated(x.div(y)) : x.div(y),
  {
    domain: ({ roundingMode }) => (roundingMode ? 'number' : 'float'),
    options: { roundingMode: undefined as 'trunc' | 'floor' | undefined },
    choices: { roundingMode: ['trunc', 'floor'] },
    refuses: divisor,
  },
);
/** ⌊x / y⌋. Throws ValueError for 0 under integers. torch.floor_divide */
export const floorDivide = binary('floorDivide', floorDiv, { ...number, refuses: divisor });
/** x − y·⌊x / y⌋: the sign of y. Throws ValueError for 0 under integers. torch.remainder */
export const remainder = binary('remainder', pythonMod, { ...number, refuses: divisor });
/** x − y·trunc(x / y): the sign of x. Throws ValueError for 0 under integers. torch.fmod */
export const fmod = binary('fmod', (x, y) => mod(x, y), { ...number, refuses: divisor });
/** x^y. Throws ValueError for integers and a negative number. torch.pow */
export const pow = binary('pow', (x, y) => power(x, y), {
  ...number,
  refuses: {
    when: (_, y) => (y?.op === 'scalar' && !isFloat(y.dtype) ? y.lt(0) : undefined),
    because: "an integer is raised to a negative power. Convert with `.to('float32')`.",
  },
});
/** −x. torch.neg */
export const neg = unary('neg', (x) => x.neg(), number);
/** x. torch.positive */
export const positive = unary('positive', (x) => x, number);
/** |x|. torch.abs */
export const abs = unary('abs', absolute, number);
/** −1, 0 or 1. torch.sign */
export const sign = unary('sign', signum);
/** 1 / x. torch.reciprocal */
export const reciprocal = unary('reciprocal', (x) => one(x).div(x), float);
/** x². torch.square */
export const square = unary('square', (x) => (x.dtype === 'bool' ? x.cast('int32') : x.square()));
/** √x. torch.sqrt */
export const sqrt = unary('sqrt', root, float);
/** 1 / √x. torch.rsqrt */
export const rsqrt = unary('rsqrt', (x) => { const y = one(x).div(root(x)); return override(y, [[x, y.mul(y).mul(y).mul(-0.5)]]); }, float); // prettier-ignore

// Exponentials and logarithms

/** e^x. torch.exp */
export const exp = unary('exp', e, float);
/** 2^x. torch.exp2 */
export const exp2 = unary('exp2', (x) => power(constant(2, x.dtype), x), float);
/** e^x − 1, exact near 0. torch.expm1 */
export const expm1 = unary('expm1', em1, float);
/** ln x. torch.log */
export const log = unary('log', ln, float);
/** log₂ x. torch.log2 */
export const log2 = unary('log2', (x) => ln(x).div(Math.LN2), float);
/** log₁₀ x. torch.log10 */
export const log10 = unary('log10', (x) => ln(x).div(Math.LN10), float);
/** ln(1 + x), exact near 0. torch.log1p */
export const log1p = unary('log1p', ln1p, float);
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

// Trigonometry

/** torch.sin */
export const sin = unary('sin', sine, float);
/** torch.cos */
export const cos = unary('cos', cosine, float);
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
/** torch.tanh */
export const tanh = unary('tanh', tangenth, float);
/** torch.asinh */
export const asinh = unary('asinh', arcsinh, float);
/** torch.acosh */
export const acosh = unary('acosh', arccosh, float);
/** torch.atanh */
export const atanh = unary('atanh', arctanh, float);
/** 2/√π ∫₀ˣ e^(−t²) dt. torch.erf */
export const erf = unary('erf', errorFunction, float);
/** 1 − erf(x). torch.erfc */
export const erfc = unary('erfc', (x) => one(x).sub(errorFunction(x)), float);
/** The inverse of erf: ±∞ at ±1, NaN outside. torch.erfinv */
export const erfinv = unary(
  'erfinv',
  (y) => {
    const x = inverseErf(y);
    return override(x, [[y, e(x.square()).mul(Math.sqrt(Math.PI) / 2)]]);
  },
  float,
);
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
/** |x| with the sign of y. torch.copysign */
export const copysign = binary('copysign', (x, y) => select(isNegative(y), absolute(x).neg(), absolute(x)), float);
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

// Rounding and bounds

/** torch.floor */
export const floor = unary('floor', floored);
/** torch.ceil */
export const ceil = unary('ceil', ceiling);
/** To the nearest integer, halves to even; to `decimals` places if given. torch.round */
export const round = unary(
  'round',
  (x, { decimals }) => {
    if (!decimals) return rounded(x);
    if (!isFloat(x.dtype))
      throw new DTypeError('round', `decimals are for floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
    return rounded(x.mul(power(10, decimals))).div(power(10, decimals));
  },
  { options: { decimals: undefined as number | undefined } },
);
/** torch.trunc */
export const trunc = unary('trunc', truncated);
/** x − trunc(x). torch.frac */
export const frac = unary('frac', (x) => x.sub(truncated(x)), number);
/** The larger; NaN if either is. Equal ones share the gradient. torch.maximum */
export const maximum = binary('maximum', (x, y) => larger(x, y));
/** The smaller; NaN if either is. torch.minimum */
export const minimum = binary('minimum', (x, y) => smaller(x, y));
/** The larger; the other one where one is NaN. torch.fmax */
export const fmax = binary('fmax', (x, y) => select(y.isNaN().or(x.ge(y)), x, y));
/** The smaller; the other one where one is NaN. torch.fmin */
export const fmin = binary('fmin', (x, y) => select(y.isNaN().or(x.le(y)), x, y));
/** x, not below `min`. torch.clamp_min */
export const clampMin = binary('clampMin', (x, min) => {
  const unit = one(x);
  return override(larger(x, min), [[x, select(x.ge(min), unit, 0)], [min, select(x.lt(min), unit, 0)]]);
}, number); // prettier-ignore
/** x, not above `max`. torch.clamp_max */
export const clampMax = binary('clampMax', (x, max) => {
  const unit = one(x);
  return override(smaller(x, max), [[x, select(x.le(max), unit, 0)], [max, select(x.gt(max), unit, 0)]]);
}, number); // prettier-ignore
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

// Comparison and logic

/** torch.eq */
export const eq = binary('eq', (x, y) => x.eq(y));
/** torch.ne */
export const ne = binary('ne', (x, y) => x.ne(y));
/** torch.lt */
export const lt = binary('lt', (x, y) => x.lt(y));
/** torch.le */
export const le = binary('le', (x, y) => x.le(y));
/** torch.gt */
export const gt = binary('gt', (x, y) => x.gt(y));
/** torch.ge */
export const ge = binary('ge', (x, y) => x.ge(y));
/** torch.isnan */
export const isnan = unary('isnan', (x) => x.isNaN());
/** torch.isinf */
export const isinf = unary('isinf', (x) => absolute(x).eq(Infinity), float);
/** torch.isfinite */
export const isfinite = unary('isfinite', (x) => absolute(x).lt(Infinity), float);
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
/** torch.logical_not */
export const logicalNot = unary('logicalNot', (x) => x.not(), logic);
/** torch.logical_and */
export const logicalAnd = binary('logicalAnd', (x, y) => x.and(y), logic);
/** torch.logical_or */
export const logicalOr = binary('logicalOr', (x, y) => x.or(y), logic);
/** torch.logical_xor */
export const logicalXor = binary('logicalXor', (x, y) => x.xor(y), logic);
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

// Interpolation

/** start + weight·(end − start). torch.lerp */
export const lerp = ternary('lerp', (x, end, w) => {
  const near = x.add(w.mul(end.sub(x)));
  return select(absolute(w).lt(0.5), near, end.sub(end.sub(x).mul(one(w).sub(w))));
}, float); // prettier-ignore
/** x + value·a·b. torch.addcmul */
export const addcmul = ternary('addcmul', (x, a, b, { value }) => x.add(a.mul(b).mul(value)), {
  options: { value: 1 },
});
/** x + value·a/b. torch.addcdiv */
export const addcdiv = ternary('addcdiv', (x, a, b, { value }) => x.add(a.div(b).mul(value)), {
  ...float,
  options: { value: 1 },
});

// Activations

/** max(x, 0). torch.nn.functional.relu */
export const relu = unary('relu', (x) => { const y = select(x.le(0), 0, x); return override(y, [[x, select(y.le(0), 0, one(x))]]); }, number); // prettier-ignore
/** min(max(x, 0), 6). torch.nn.functional.relu6 */
export const relu6 = unary('relu6', (x) => select(x.le(0), 0, select(x.ge(6), 6, x)), number);
/** x where positive, negativeSlope·x elsewhere. torch.nn.functional.leaky_relu */
export const leakyRelu = unary('leakyRelu', (x, { negativeSlope }) => select(x.gt(0), x, x.mul(negativeSlope)), {
  ...float,
  options: { negativeSlope: 0.01 },
});
/** x where positive, α·(e^x − 1) elsewhere. torch.nn.functional.elu */
export const elu = unary('elu', (x, { alpha }) => select(x.le(0), em1(x).mul(alpha), x), {
  ...float,
  options: { alpha: 1 },
});
/** scale·(x where positive, α·(e^x − 1) elsewhere), https://arxiv.org/abs/1706.02515. torch.nn.functional.selu */
export const selu = unary(
  'selu',
  (x) => select(x.le(0), em1(x).mul(1.6732632423543772), x).mul(1.0507009873554805),
  float,
);
/** x where positive, α·(e^(x/α) − 1) elsewhere, https://arxiv.org/abs/1704.07483. torch.nn.functional.celu */
export const celu = unary('celu', (x, { alpha }) => select(x.le(0), em1(x.div(alpha)).mul(alpha), x), {
  ...float,
  options: { alpha: 1 },
});
/** x·Φ(x), or its tanh approximation, https://arxiv.org/abs/1606.08415. torch.nn.functional.gelu */
export const gelu = unary(
  'gelu',
  (x, { approximate }) => {
    const inner =
      approximate === 'tanh'
        ? tangenth(
            x
              .mul(x)
              .mul(x)
              .mul(0.044715)
              .add(x)
              .mul(Math.sqrt(2 / Math.PI)),
          )
        : errorFunction(x.mul(Math.SQRT1_2));
    return x.mul(0.5).mul(inner.add(1));
  },
  { ...float, options: { approximate: 'none' as 'none' | 'tanh' }, choices: { approximate: ['none', 'tanh'] } },
);
/** x·sigmoid(x), https://arxiv.org/abs/1702.03118. torch.nn.functional.silu */
export const silu = unary('silu', (x) => x.mul(logistic(x)), float);
/** x·tanh(softplus(x)), https://arxiv.org/abs/1908.08681. torch.nn.functional.mish */
export const mish = unary('mish', (x) => x.mul(tangenth(softplusOf(x))), float);
/** 1 / (1 + e^−x). torch.sigmoid */
export const sigmoid = unary('sigmoid', logistic, float);
/** ln sigmoid(x), finite for every x. torch.nn.functional.logsigmoid */
export const logsigmoid = unary('logsigmoid', (x) => softplusOf(x.neg()).neg(), float);
/** ln(1 + e^(βx)) / β, x itself where βx > threshold. torch.nn.functional.softplus */
export const softplus = unary(
  'softplus',
  (x, { beta, threshold }) => select(x.mul(beta).gt(threshold), x, softplusOf(x.mul(beta)).div(beta)),
  {
    ...float,
    options: { beta: 1, threshold: 20 },
  },
);
/** x / (1 + |x|). torch.nn.functional.softsign */
export const softsign = unary('softsign', (x) => x.div(absolute(x).add(1)), float);
/** x − tanh(x). torch.nn.functional.tanhshrink */
export const tanhshrink = unary('tanhshrink', (x) => x.sub(tangenth(x)), float);
/** x moved towards 0 by lambd, 0 within it. torch.nn.functional.softshrink */
export const softshrink = unary(
  'softshrink',
  (x, { lambd }) => {
    const value = select(x.gt(lambd), x.sub(lambd), select(x.lt(lambd.neg()), x.add(lambd), 0));
    return override(value, [[x, select(x.ge(lambd.neg()).and(x.le(lambd)), 0, one(x))]]);
  },
  { ...float, options: { lambd: 0.5 } },
);
/** x, 0 within ±lambd. torch.nn.functional.hardshrink */
export const hardshrink = unary('hardshrink', (x, { lambd }) => select(x.ge(lambd.neg()).and(x.le(lambd)), 0, x), {
  ...float,
  options: { lambd: 0.5 },
});
/** x within [minVal, maxVal]. torch.nn.functional.hardtanh */
export const hardtanh = unary(
  'hardtanh',
  (x, { minVal, maxVal }) => select(x.le(minVal), minVal, select(x.ge(maxVal), maxVal, x)),
  { ...number, options: { minVal: -1, maxVal: 1 } },
);
/** (x + 3) / 6 within [0, 1]. torch.nn.functional.hardsigmoid */
export const hardsigmoid = unary(
  'hardsigmoid',
  (x) => {
    const value = select(x.le(-3), 0, select(x.ge(3), 1, x.add(3).div(6)));
    return override(value, [[x, select(x.gt(-3).and(x.lt(3)), constant(1 / 6, x.dtype), 0)]]);
  },
  float,
);
/** x·hardsigmoid(x), https://arxiv.org/abs/1905.02244. torch.nn.functional.hardswish */
export const hardswish = unary(
  'hardswish',
  (x) => {
    const value = x.mul(smaller(larger(x.add(3), 0), 6)).div(6);
    return override(value, [[x, select(x.lt(-3), 0, select(x.le(3), x.div(3).add(0.5), 1))]]);
  },
  float,
);
/** x where above `threshold`, `value` elsewhere. torch.nn.functional.threshold */
export const threshold = ternary('threshold', (x, limit, value) => select(x.le(limit), value, x), number);
