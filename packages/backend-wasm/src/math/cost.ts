import type { MathOp } from './index.ts';

/** Nanoseconds per element, roughly, of one thread that finds its operands in a cache: for the decision how many threads pay. */
export const cost: Readonly<Record<MathOp, number>> = {
  exp: 1, expm1: 1, log: 1, log1p: 1,
  sin: 1, cos: 1, tan: 1, asin: 1, acos: 1, atan: 1, sinh: 1, cosh: 1, tanh: 1, asinh: 1, acosh: 1, atanh: 1, erf: 1,
  pow: 1, atan2: 1, mod: 1,
}; // prettier-ignore
