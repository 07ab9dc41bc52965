// What the tables of element-wise operations share: the domains they compute in, and pieces of formulas.

import { constant, exp, override, type Expr } from '../kernel/index.ts';

export const float = { domain: 'float' } as const;
export const number = { domain: 'number' } as const;
export const noBool = { domain: 'noBool' } as const;
export const integer = { domain: 'integer' } as const;
export const logic = { domain: 'logic' } as const;

/** 1 in the dtype of x. */
export const one = (x: Expr): Expr => constant(1, x.dtype);
/** 1 / (1 + e^−x), finite for every x; its derivative reads the value itself. */
export const logistic = (x: Expr): Expr => {
  const y = one(x).div(exp(x.neg()).add(1));
  return override(y, [[x, y.mul(one(x).sub(y))]]);
};
