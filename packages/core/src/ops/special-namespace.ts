// torch.special: https://pytorch.org/docs/1.13/special.html

export { expm1, exp2, erf, erfc, erfinv, logit, sinc, xlogy } from './special.ts';
export { log1p, round, sigmoid as expit } from './elementwise.ts';
export { digamma, digamma as psi, igamma as gammainc, igammac as gammaincc, lgamma as gammaln, mvlgamma as multigammaln, polygamma } from './gamma.ts'; // prettier-ignore
export { i0, i0 as modifiedBesselI0 } from './i0.ts';
export { logSoftmax, logsumexp, softmax } from './reduction.ts';
export * from './special-functions.ts';
export { i1 as modifiedBesselI1 } from './special-functions.ts';
export * from './orthogonal-polynomials.ts';
