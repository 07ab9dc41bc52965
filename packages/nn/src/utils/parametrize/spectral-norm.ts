import { mv, noGrad, ValueError, type Tensor } from '@rushlight/core';
import { hasModes } from '../../module/members.ts';
import { Module } from '../../module/module.ts';
import { asMatrix, drawUnit, outputDim, sigmaOf, unit } from './power-method.ts';
import { parametrizable, registerParametrization } from './register.ts';

export interface SpectralNormOptions {
  /** Which tensor. Default 'weight'. */
  readonly name?: string;
  /** Steps of the power method each time the weight is computed in training. Default 1. */
  readonly nPowerIterations?: number;
  /** The least length that is divided by. Default 1e-12. */
  readonly eps?: number;
  /** The dim of the outputs. Default 1 for transposed convolutions, else 0. */
  readonly dim?: number | null;
}

/** @internal Refuses a dim and a number of iterations that do not fit, and gives the dim ≥ 0. */
export function checkSpectral(weight: Tensor, nPowerIterations: number, dim: number): number {
  const rank = weight.shape.length;
  if (!Number.isInteger(dim) || dim >= rank || dim < -rank)
    throw new ValueError('spectralNorm', `dim is ${dim} for a tensor of ${rank} dims. Use ${-rank} … ${rank - 1}.`);
  if (!Number.isInteger(nPowerIterations) || nPowerIterations < 1)
    throw new ValueError('spectralNorm', `nPowerIterations is ${nPowerIterations}. It must be an integer ≥ 1.`);
  return dim < 0 ? dim + rank : dim;
}

class SpectralNorm extends Module<[weight: Tensor], Tensor> {
  readonly dim: number;
  readonly eps: number;
  readonly nPowerIterations: number;
  declare readonly _u: Tensor;
  declare readonly _v: Tensor;

  constructor(weight: Tensor, nPowerIterations: number, dim: number, eps: number) {
    super();
    this.dim = checkSpectral(weight, nPowerIterations, dim);
    this.eps = eps;
    this.nPowerIterations = nPowerIterations;
    // Of a vector the norm is the singular value.
    if (weight.shape.length < 2) return;
    noGrad(() => {
      const matrix = asMatrix(weight, this.dim);
      this.registerBuffer('_u', drawUnit(weight, matrix.shape[0] ?? 0, eps));
      this.registerBuffer('_v', drawUnit(weight, matrix.shape[1] ?? 0, eps));
      this.#iterate(matrix, 15);
    });
  }

  /** @internal */
  override get [hasModes](): boolean {
    return true;
  }

  #iterate(matrix: Tensor, times: number): void {
    noGrad(() => {
      for (let k = 0; k < times; k++) {
        this._u.copy_(unit(mv(matrix, this._v), this.eps));
        this._v.copy_(unit(mv(matrix.t(), this._u), this.eps));
      }
    });
  }

  forward(weight: Tensor): Tensor {
    if (weight.shape.length < 2) return unit(weight, this.eps);
    const matrix = asMatrix(weight, this.dim);
    if (this.training) this.#iterate(matrix, this.nPowerIterations);
    // The vectors may change before the gradient reads them.
    return weight.div(sigmaOf(matrix, this._u.clone(), this._v.clone()));
  }

  rightInverse(value: Tensor): Tensor {
    return value;
  }
}

/**
 * Divides a weight by its largest singular value, which a power method follows in training. Returns the module. Throws ValueError
 * for a dim or a number of iterations that does not fit. https://arxiv.org/abs/1802.05957.
 * torch.nn.utils.parametrizations.spectral_norm
 */
export function spectralNorm<M extends Module>(
  module: M,
  { name = 'weight', nPowerIterations = 1, eps = 1e-12, dim = null }: SpectralNormOptions = {},
): M {
  const weight = parametrizable('spectralNorm', module, name);
  return registerParametrization(
    module,
    name,
    new SpectralNorm(weight, nPowerIterations, dim ?? outputDim(module), eps),
  );
}
