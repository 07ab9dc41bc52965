// Second names of operations, as PyTorch has them.

import * as elementwise from './elementwise.ts';
import { outer } from './matrix-products.ts';
import * as special from './special.ts';

/** `outer`. torch.ger */
export const ger = outer;
/** `abs`. torch.absolute */
export const absolute = elementwise.abs;
/** `neg`. torch.negative */
export const negative = elementwise.neg;
/** `mul`. torch.multiply */
export const multiply = elementwise.mul;
/** `sub`. torch.subtract */
export const subtract = elementwise.sub;
/** `div`. torch.divide */
export const divide = elementwise.div;
/** `div` without rounding. torch.true_divide */
export const trueDivide = elementwise.div;
/** `trunc`. torch.fix */
export const fix = elementwise.trunc;
/** `gt`. torch.greater */
export const greater = elementwise.gt;
/** `ge`. torch.greater_equal */
export const greaterEqual = elementwise.ge;
/** `lt`. torch.less */
export const less = elementwise.lt;
/** `le`. torch.less_equal */
export const lessEqual = elementwise.le;
/** `ne`. torch.not_equal */
export const notEqual = elementwise.ne;
/** `acos`. torch.arccos */
export const arccos = special.acos;
/** `acosh`. torch.arccosh */
export const arccosh = special.acosh;
/** `asin`. torch.arcsin */
export const arcsin = special.asin;
/** `asinh`. torch.arcsinh */
export const arcsinh = special.asinh;
/** `atan`. torch.arctan */
export const arctan = special.atan;
/** `atan2`. torch.arctan2 */
export const arctan2 = special.atan2;
/** `atanh`. torch.arctanh */
export const arctanh = special.atanh;
