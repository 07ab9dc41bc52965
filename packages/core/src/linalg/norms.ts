// Norms of vectors and matrices, and the condition number made of them.

import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { isFloat, type DType } from '../kernel/index.ts';
import { norm as powerNorm } from '../ops/norm.ts';
import type { Dims, ReductionOptions } from '../ops/reduce.ts';
import { scratch } from '../ops/scratch.ts';
import { nanToNum } from '../ops/special.ts';
import { splitDim } from '../ops/split-dim.ts';
import { where } from '../ops/where.ts';
import { resultType } from '../promotion.ts';
import { normaliseDim, normaliseDims } from '../shape.ts';
import { checkOperands } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { invert } from './inverse.ts';
import { checkMatrices, checkSquare, matrixSizes } from './matrices.ts';
import { atOnce, awaited, type Steps } from './steps.ts';
import { singularValues } from './svd.ts';

/** Which norm of a matrix: ‖·‖ over all elements, Σ of the singular values, of the sums of columns (1) or rows (∞), or of the singular values (2) the largest, or the smallest (negative). */
export type MatrixOrder = 'fro' | 'nuc' | 1 | -1 | 2 | -2 | number;

interface DTypeOptions extends ReductionOptions {
  /** Convert to this float dtype first, which must not be narrower. */
  readonly dtype?: DType;
}

export interface VectorNormOptions extends DTypeOptions {
  /** The power: any number, ±Infinity, or 0 (how many are not 0). Default 2. */
  readonly ord?: number;
}

export interface MatrixNormOptions extends DTypeOptions {
  /** Default 'fro'. */
  readonly ord?: MatrixOrder;
}

export interface NormOptions extends DTypeOptions {
  /** Of vectors a power, of matrices as `matrixNorm` takes it. Default: the root of Σ x². */
  readonly ord?: MatrixOrder;
}

function converted(op: string, x: Tensor, dtype: DType | undefined): Tensor {
  checkOperands(op, [x]);
  if (!isFloat(x.dtype))
    throw new DTypeError(op, `it is defined for floats, not ${x.dtype}. Convert with \`.to('float32')\`.`);
  if (dtype === undefined || dtype === x.dtype) return x;
  if (!isFloat(dtype) || resultType({ dtype, shape: [1] }, x) !== dtype)
    throw new DTypeError(op, `${x.dtype} would be narrowed to ${dtype}. Use a float dtype that holds it.`);
  return x.to(dtype);
}

function ofVector(
  op: string,
  given: Tensor,
  dims: Dims,
  { ord = 2, keepdim = false, dtype }: VectorNormOptions,
): Tensor {
  const x = converted(op, given, dtype);
  if (typeof ord !== 'number' || Number.isNaN(ord))
    throw new ValueError(op, `ord is ${String(ord)}. Use a number or ±Infinity.`);
  const over = normaliseDims(op, dims, x.shape.length);
  const isNothing = over.some((d) => x.shape[d] === 0) && x.shape.every((n, d) => n !== 0 || over.includes(d));
  if (isNothing && (ord < 0 || ord === Infinity))
    throw new ShapeError(op, `there is no norm of order ${ord} of nothing: ${show(x.shape)} has no elements. Give it at least one.`); // prettier-ignore
  return powerNorm(x, over, { p: ord, keepdim });
}

/**
 * (Σ |x|^ord)^(1/ord) over the dims, all unless given. Throws ShapeError for the largest or smallest of no elements. torch.linalg.vector_norm
 */
export function vectorNorm(x: Tensor, dims?: Dims | VectorNormOptions, options?: VectorNormOptions): Tensor {
  const [over, rest = {}] = splitDim<Dims, VectorNormOptions>(dims, options);
  return scratch([x], () => ofVector('vectorNorm', x, over, rest));
}

/** The two dims of matrices, counted from the front, in the order given. */
function twoDims(op: string, x: Tensor, dims: readonly number[]): [number, number] {
  const rank = x.shape.length;
  if (rank < 2) throw new ShapeError(op, `it takes matrices, not shape ${show(x.shape)}. Give it at least 2 dims.`);
  const [a, b] = dims.map((d) => normaliseDim(op, d, rank));
  if (a === undefined || b === undefined || dims.length !== 2 || a === b)
    throw new ShapeError(op, `dims ${show(dims)} are not two different dims of ${show(x.shape)}. Name two.`);
  return [a, b];
}

function* ofMatrix(
  op: string,
  given: Tensor,
  dims: readonly number[],
  { ord = 'fro', keepdim = false, dtype }: MatrixNormOptions,
): Steps<Tensor> {
  const x = converted(op, given, dtype);
  const [rows, columns] = twoDims(op, x, dims);
  switch (ord) {
    case 'fro':
      return powerNorm(x, [rows, columns], { keepdim });
    case 1:
    case -1:
    case Infinity:
    case -Infinity: {
      // The dim that is summed over goes first.
      const [inner, outer] = Math.abs(ord) === 1 ? [rows, columns] : [columns, rows];
      const sums = x.abs().sum(inner, { keepdim: true });
      const found = ord > 0 ? sums.amax(outer, { keepdim: true }) : sums.amin(outer, { keepdim: true });
      return keepdim ? found : found.squeeze([rows, columns]);
    }
    case 'nuc':
    case 2:
    case -2: {
      const values = yield* singularValues(op, x.movedim([rows, columns], [-2, -1]));
      const found = ord === 'nuc' ? values.sum(-1) : ord > 0 ? values.amax(-1) : values.amin(-1);
      if (!keepdim) return found;
      return found.reshape(x.shape.map((n, d) => (d === rows || d === columns ? 1 : n)));
    }
    default:
      throw new ValueError(op, `there is no order ${String(ord)} of a matrix. Use 'fro', 'nuc', ±1, ±2 or ±Infinity.`);
  }
}

/**
 * A norm of the matrices that two dims (the last ones unless given) hold; see `MatrixOrder`. Orders 'nuc' and ±2 need singular values:
 * they throw DeviceError on a device that can only be read asynchronously. torch.linalg.matrix_norm
 */
export const matrixNorm = /* @__PURE__ */ atOnce(
  'matrixNorm',
  function* (x: Tensor, dims?: readonly number[] | MatrixNormOptions, options?: MatrixNormOptions) {
    const [over = [-2, -1], rest = {}] = splitDim<readonly number[], MatrixNormOptions>(dims, options);
    return yield* ofMatrix('matrixNorm', x, over, rest);
  },
);
/** `matrixNorm` on every device. */
export const matrixNormAsync = /* @__PURE__ */ awaited(matrixNorm);

/**
 * The norm of a vector (one dim), of a matrix (two) or, without `ord`, the root of Σ x² over all or the dims. Throws ShapeError for more
 * than two dims, ValueError for an order that there is not. Orders 'nuc' and ±2 of matrices need singular values: they throw
 * DeviceError on a device that can only be read asynchronously. torch.linalg.norm
 */
export const norm = /* @__PURE__ */ atOnce(
  'norm',
  function* (x: Tensor, dim?: Dims | NormOptions, options?: NormOptions) {
    const [over, { ord, ...rest } = {}] = splitDim<Dims, NormOptions>(dim, options);
    const dims = typeof over === 'number' ? [over] : over;
    if (dims && dims.length !== 1 && dims.length !== 2)
      throw new ShapeError('norm', `dims ${show(dims)} are neither one nor two. Use vectorNorm for more.`);
    if (ord === undefined) return ofVector('norm', x, dims, rest);
    const rank = x.shape.length;
    if (!dims && rank !== 1 && rank !== 2)
      throw new ShapeError('norm', `order ${ord} of shape ${show(x.shape)} is neither that of a vector nor of a matrix. Name the dims.`); // prettier-ignore
    if (dims ? dims.length === 1 : rank === 1) return ofVector('norm', x, dims, { ...rest, ord: ord as number });
    return yield* ofMatrix('norm', x, dims ?? [0, 1], { ...rest, ord });
  },
);
/** `norm` on every device. */
export const normAsync = /* @__PURE__ */ awaited(norm);

export interface CondOptions {
  /** Of which norm. Default 2. */
  readonly p?: MatrixOrder;
}

/**
 * The condition number ‖A‖ ‖A⁻¹‖ of matrices: by singular values (p 2 or −2) of any, by other norms of square ones, ∞ where they are
 * singular. Throws DeviceError on a device that can only be read asynchronously. torch.linalg.cond
 */
export const cond = /* @__PURE__ */ atOnce('cond', function* (x: Tensor, { p = 2 }: CondOptions = {}) {
  checkMatrices('cond', x);
  const { batch, rows, columns } = matrixSizes(x);
  if (p !== 2 && p !== -2) checkSquare('cond', x);
  if (rows === 0 || columns === 0) return x.zeros(batch);
  if (p === 2 || p === -2) {
    const values = yield* singularValues('cond', x);
    const [largest, smallest] = [values.select(-1, 0), values.select(-1, -1)];
    return p > 0 ? largest.div(smallest) : smallest.div(largest);
  }
  const { inverse, info } = yield* invert(x);
  const isSingular = info.ne(0);
  // Singular values of what is infinite there are not.
  const finite = where(isSingular.unsqueeze(-1).unsqueeze(-1), 0, inverse);
  const size = yield* ofMatrix('cond', x, [-2, -1], { ord: p });
  const product = size.mul(yield* ofMatrix('cond', finite, [-2, -1], { ord: p }));
  return nanToNum(where(isSingular, Infinity, product), { nan: Infinity, posinf: Infinity, neginf: -Infinity });
});
/** `cond` on every device. */
export const condAsync = /* @__PURE__ */ awaited(cond);
