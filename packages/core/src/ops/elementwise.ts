// The table of element-wise operations: each line is the operation. Its gradient is derived from the formula; function,
// method, in-place method and tests follow from the line. Names, defaults and edge cases are PyTorch's.
// These are methods of every tensor; those of weighted-sums.ts, special.ts and activations.ts come with `@rushlight/core/methods`.

import { DTypeError } from '../errors.ts';
import {
  abs as absolute, ceil as ceiling, cos as cosine, detach, exp as e, type Expr, floor as floored, isFloat, log as ln,
  log1p as ln1p, maximum as larger, minimum as smaller, mod, override, pow as power, round as rounded, select,
  sign as signum, sin as sine, sqrt as root, tanh as tangenth, trunc as truncated,
} from '../kernel/index.ts'; // prettier-ignore
import { binary, unary } from './elementwise-op.ts';
import { float, logic, logistic, noBool, number, one } from './formulas.ts';

/** Of integers there is no quotient by 0. */
const divisor = {
  when: (_: Expr, y?: Expr): Expr | undefined => (y && !isFloat(y.dtype) ? y.eq(0) : undefined),
  because: "an integer is divided by 0. Leave zeros out, or convert with `.to('float32')`.",
};

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
/** ln x. torch.log */
export const log = unary('log', ln, float);
/** ln(1 + x), exact near 0. torch.log1p */
export const log1p = unary('log1p', ln1p, float);

// Angles

/** torch.sin */
export const sin = unary('sin', sine, float);
/** torch.cos */
export const cos = unary('cos', cosine, float);
/** torch.tanh */
export const tanh = unary('tanh', tangenth, float);

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
/** The larger; NaN if either is. Equal ones share the gradient. torch.maximum */
export const maximum = binary('maximum', (x, y) => larger(x, y));
/** The smaller; NaN if either is. torch.minimum */
export const minimum = binary('minimum', (x, y) => smaller(x, y));
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
/** torch.logical_not */
export const logicalNot = unary('logicalNot', (x) => x.not(), logic);
/** torch.logical_and */
export const logicalAnd = binary('logicalAnd', (x, y) => x.and(y), logic);
/** torch.logical_or */
export const logicalOr = binary('logicalOr', (x, y) => x.or(y), logic);
/** torch.logical_xor */
export const logicalXor = binary('logicalXor', (x, y) => x.xor(y), logic);

// Activations

/** max(x, 0). torch.nn.functional.relu */
export const relu = unary('relu', (x) => { const y = select(x.le(0), 0, x); return override(y, [[x, select(y.le(0), 0, one(x))]]); }, number); // prettier-ignore
/** 1 / (1 + e^−x). torch.sigmoid */
export const sigmoid = unary('sigmoid', logistic, float);
