import { norm, ValueError, type Tensor } from '@rushlight/core';
import { Module } from '../../module/module.ts';
import { registerParametrization } from './register.ts';

/** @internal The norm of each slice along `dim`, keeping dims; of everything for null and −1, as a 0-dim tensor. */
export function normExceptDim(op: string, v: Tensor, dim: number | null): Tensor {
  if (dim === null || dim === -1) return norm(v);
  const rank = v.shape.length;
  if (!Number.isInteger(dim) || dim < 0 || dim >= rank) {
    throw new ValueError(op, `dim is ${dim} for a tensor of ${rank} dims. Use 0 … ${rank - 1}, or null for all of it.`);
  }
  const others = v.shape.map((_, d) => d).filter((d) => d !== dim);
  return others.length > 0 ? norm(v, others, { keepdim: true }) : v.abs();
}

/** @internal v scaled to have norms g. */
export const withNorm = (op: string, g: Tensor, v: Tensor, dim: number | null): Tensor =>
  v.mul(g.div(normExceptDim(op, v, dim)));

class WeightNorm extends Module<[g: Tensor, v: Tensor], Tensor> {
  readonly dim: number | null;

  constructor(dim: number | null) {
    super();
    this.dim = dim;
  }

  forward(g: Tensor, v: Tensor): Tensor {
    return withNorm('weightNorm', g, v, this.dim);
  }

  rightInverse(weight: Tensor): readonly Tensor[] {
    return [normExceptDim('weightNorm', weight, this.dim), weight.clone()];
  }
}

export interface WeightNormOptions {
  /** Which tensor. Default 'weight'. */
  readonly name?: string;
  /** The dim that has a norm for each place; null for one norm of all. Default 0. */
  readonly dim?: number | null;
}

/**
 * Learns the size g and the direction v of a weight apart: weight = g · v / ‖v‖. They are `parametrizations.weight.original0` and
 * `original1`, new parameters. Returns the module. https://arxiv.org/abs/1602.07868. torch.nn.utils.parametrizations.weight_norm
 */
export function weightNorm<M extends Module>(module: M, { name = 'weight', dim = 0 }: WeightNormOptions = {}): M {
  return registerParametrization(module, name, new WeightNorm(dim), { unsafe: true });
}
