// How far apart or how alike vectors are, pair by pair: one loop over their elements.

import { computeIn } from '../autocast-mode.ts';
import { DTypeError, ShapeError, show, ValueError } from '../errors.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { constant, isFloat, maximum, override, sqrt, type DType } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';
import { broadcastShapes, normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { indexSelect } from './index-along.ts';
import { loopOp, runLoop } from './loop.ts';
import { normForm, normOf } from './norm-formula.ts';
import { norm } from './norm.ts';
import { splitDim } from './split-dim.ts';
import { triuIndices } from './triangle-indices.ts';

export interface PairwiseDistanceOptions {
  /** The power of the norm, ±Infinity too. Default 2. */
  readonly p?: number;
  /** What is added to each difference. Default 1e-6. */
  readonly eps?: number;
  /** Keep the last dim, with size 1. Default false. */
  readonly keepdim?: boolean;
}

const distanceOp = loopOp('pairwiseDistance', (k, p: number | 'p', dtype: DType) => {
  const difference = k.input(0).cast(dtype).sub(k.input(1).cast(dtype));
  k.perRow(normOf(k, difference.add(k.scalar(dtype)), p));
});

/** The dtype that vectors are compared in: integers in the default one. */
function floatOf(x1: Tensor, x2: Tensor): DType {
  const dtype = computeIn('pairwiseDistance', resultType(x1, x2));
  return isFloat(dtype) ? dtype : getDefaultDtype();
}

function distances(x1: Tensor, x2: Tensor, power: number, eps: number, keepdim: boolean): Tensor {
  const shape = broadcastShapes('pairwiseDistance', [x1.shape, x2.shape]);
  const columns = shape.length === 0 ? [] : [shape.length - 1];
  const dtype = floatOf(x1, x2);
  // Which difference is the largest is asked of stored numbers, or rounding would leave none of them equal to it.
  if (Math.abs(power) === Infinity)
    return norm(x1.to(dtype).sub(x2.to(dtype)).add(eps), columns, { p: power, keepdim });
  const { p, scalars } = normForm(power, shape.at(-1) ?? 1);
  const inputs = [x1, x2];
  const run = { columns, keepdim, scalars: [eps, ...scalars] };
  return runLoop(distanceOp(inputs, p, dtype), inputs, run)[0] as Tensor;
}

/**
 * ‖x1 − x2 + eps‖_p over the last dim: from [*, D] and [*, D], which broadcast, to [*]; integers count as float32. Throws
 * ShapeError where they do not broadcast, ValueError for a p that is no number. torch.nn.functional.pairwise_distance
 */
export function pairwiseDistance(x1: Tensor, x2: Tensor, options: PairwiseDistanceOptions = {}): Tensor {
  const { p = 2, eps = 1e-6, keepdim = false } = options;
  if (typeof p !== 'number' || Number.isNaN(p))
    throw new ValueError('pairwiseDistance', `p is ${String(p)}. It must be a number or ±Infinity.`);
  return distances(x1, x2, p, eps, keepdim);
}

/**
 * The distances ‖xᵢ − xⱼ‖_p of all pairs i < j of rows of x [N, D], row by row: [N·(N − 1) / 2]. Throws ShapeError for what is no
 * matrix, DTypeError for integers, ValueError for a p that is not ≥ 0. torch.nn.functional.pdist
 */
export function pdist(x: Tensor, { p = 2 }: { readonly p?: number } = {}): Tensor {
  if (x.shape.length !== 2) throw new ShapeError('pdist', `the input has shape ${show(x.shape)}. It must be [N, D].`);
  if (!isFloat(x.dtype))
    throw new DTypeError('pdist', `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  if (!(p >= 0)) throw new ValueError('pdist', `p is ${String(p)}. It must be a number ≥ 0.`);
  const [n = 0] = x.shape;
  const pairs = triuIndices(n, n, { offset: 1, device: x.device });
  const [first, second] = [0, 1].map((k) => indexSelect(x, 0, pairs.select(0, k))) as [Tensor, Tensor];
  return distances(first, second, p, 0, false);
}

export interface CosineSimilarityOptions {
  /** The least that a norm counts, so that zeros divide by something. Default 1e-8. */
  readonly eps?: number;
}

const cosineOp = loopOp('cosineSimilarity', (k, dtype: DType) => {
  const eps = k.scalar(dtype);
  const [a, b] = [k.input(0).cast(dtype), k.input(1).cast(dtype)];
  const [aSize, bSize] = [a, b].map((x) => {
    const total = k.sum(x.square());
    const size = maximum(sqrt(total), eps);
    // The gradient, as PyTorch has it, is that of the root with the bounded norm in the place of the root.
    return override(size, [[total, constant(0.5, dtype).div(size)]]);
  }) as [typeof a, typeof a];
  k.perRow(k.sum(a.div(aSize).mul(b.div(bSize))));
});

/**
 * Σ x1·x2 / (max(‖x1‖, eps)·max(‖x2‖, eps)) along a dim (1 by default) of the shape that both broadcast to. Throws ShapeError
 * where they do not broadcast or have no such dim, DTypeError where both are integers. torch.nn.functional.cosine_similarity
 */
export function cosineSimilarity(
  x1: Tensor,
  x2: Tensor,
  dim?: number | CosineSimilarityOptions,
  options?: CosineSimilarityOptions,
): Tensor {
  const [along = 1, { eps = 1e-8 } = {}] = splitDim<number, CosineSimilarityOptions>(dim, options);
  const dtype = computeIn('cosineSimilarity', resultType(x1, x2));
  if (!isFloat(dtype)) {
    throw new DTypeError(
      'cosineSimilarity',
      `the inputs are ${x1.dtype} and ${x2.dtype}. One must be a float: convert with \`.to('float32')\`.`,
    );
  }
  const { length: rank } = broadcastShapes('cosineSimilarity', [x1.shape, x2.shape]);
  const d = normaliseDim('cosineSimilarity', along, rank);
  const inputs = [x1, x2];
  const columns = rank === 0 ? [] : [d];
  return runLoop(cosineOp(inputs, dtype), inputs, { columns, scalars: [eps] })[0] as Tensor;
}
