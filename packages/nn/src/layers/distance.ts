import {
  cosineSimilarity, pairwiseDistance, type CosineSimilarityOptions as CosineOptions, type PairwiseDistanceOptions, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { Module } from '../module/module.ts';

export interface CosineSimilarityOptions extends CosineOptions {
  /** Which dim holds the vectors. Default 1. */
  readonly dim?: number;
}

/**
 * Σ x1·x2 / (max(‖x1‖, eps)·max(‖x2‖, eps)) along a dim of the shape that both inputs broadcast to. Throws ShapeError or
 * DTypeError for inputs that do not fit. torch.nn.CosineSimilarity
 */
export class CosineSimilarity extends Module<[x1: Tensor, x2: Tensor], Tensor> {
  readonly dim: number;
  readonly eps: number;

  /** `new CosineSimilarity(-1)` is `new CosineSimilarity({ dim: -1 })`. */
  constructor(dim: number | CosineSimilarityOptions = 1, options: CosineOptions = {}) {
    super();
    const given: CosineSimilarityOptions = typeof dim === 'number' ? { ...options, dim } : dim;
    this.dim = given.dim ?? 1;
    this.eps = given.eps ?? 1e-8;
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, this.dim, { eps: this.eps });
  }
}

/**
 * ‖x1 − x2 + eps‖_p over the last dim: from [*, D] and [*, D], which broadcast, to [*], or with keepdim [*, 1]. Throws ShapeError
 * where they do not broadcast, ValueError for a p that is no number. torch.nn.PairwiseDistance
 */
export class PairwiseDistance extends Module<[x1: Tensor, x2: Tensor], Tensor> {
  readonly p: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor({ p = 2, eps = 1e-6, keepdim = false }: PairwiseDistanceOptions = {}) {
    super();
    this.p = p;
    this.eps = eps;
    this.keepdim = keepdim;
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this);
  }
}
