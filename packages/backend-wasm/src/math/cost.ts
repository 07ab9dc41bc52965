import type { MathOp } from './index.ts';

/**
 * Nanoseconds per element, roughly, of one thread with fused multiplications at 3.7 GHz: for the decision how many threads pay.
 * Kernels with sin, cos, tan or mod stay on the main thread whatever that says, since they call the host where arguments are large.
 */
export const cost: Readonly<Record<MathOp, number>> = {
  exp: 0.6, expm1: 0.7, log: 1, log1p: 1,
  sin: 1.4, cos: 1.4, tan: 3.5, asin: 0.7, acos: 0.8, atan: 0.8, sinh: 1.2, cosh: 0.8, tanh: 1, asinh: 4.5, acosh: 4.2, atanh: 4.2, erf: 0.8,
  pow: 7, atan2: 6, mod: 1.3,
}; // prettier-ignore
