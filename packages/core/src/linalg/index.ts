// The namespace `linalg`: torch.linalg. Factorisations run on the host, in float64, and give tensors back; what has to read for it
// throws DeviceError where a device can only be read asynchronously, and has an `…Async` form that is awaited.

export {
  cholesky, choleskyAsync, choleskyEx, choleskyExAsync,
  type CholeskyFactor, type UpperOptions,
} from './cholesky.ts'; // prettier-ignore
export { det, detAsync, slogdet, slogdetAsync, type Slogdet } from './determinant.ts';
export { eig, eigh, eighAsync, eigvals, eigvalsh, eigvalshAsync, type Eigh, type EighOptions } from './eigh.ts';
export {
  inv, invAsync, invEx, invExAsync, solve, solveAsync, solveEx, solveExAsync, solveTriangular, solveTriangularAsync,
  type CheckErrors, type Inverse, type Solution, type SolveOptions, type SolveTriangularOptions,
} from './inverse.ts'; // prettier-ignore
export * from './ldl.ts';
export {
  lu, luAsync, luFactor, luFactorAsync, luFactorEx, luFactorExAsync, luSolve, luSolveAsync,
  type LUFactors, type LUOptions, type LUSolveOptions, type PLU,
} from './lu.ts'; // prettier-ignore
export * from './matrix-functions.ts';
export * from './norms.ts';
export * from './products.ts';
export {
  lstsq, lstsqAsync, matrixRank, matrixRankAsync, pinv, pinvAsync,
  type Lstsq, type LstsqOptions, type PinvOptions, type ToleranceOptions,
} from './pseudo-inverse.ts'; // prettier-ignore
export {
  householderProduct, qr, qrAsync, type QR, type QRMode, type QROptions,
} from './qr.ts'; // prettier-ignore
export { svd, svdAsync, svdvals, svdvalsAsync, type SVD, type SVDOptions } from './svd.ts';
export * from './tensor-solve.ts';
export { matmul } from '../ops/matmul.ts';
export { multiDot } from '../ops/multi-dot.ts';
