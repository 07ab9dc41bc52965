// Spectral normalization as it was before parametrizations: a hook computes the weight before each call.

import { mv, noGrad, ValueError, type Tensor } from '@rushlight/core';
import type { HookHandle } from '../module/hooks.ts';
import type { Module } from '../module/module.ts';
import { Parameter } from '../parameter.ts';
import { fieldOf, parameterIn, removeField, setField } from './fields.ts';
import { asMatrix, drawUnit, outputDim, sigmaOf, unit } from './parametrize/power-method.ts';
import { checkSpectral, type SpectralNormOptions } from './parametrize/spectral-norm.ts';

interface Hung {
  readonly handle: HookHandle;
  readonly compute: (iterates: boolean) => Tensor;
}

const hung = new WeakMap<Module, Map<string, Hung>>();

/**
 * Divides a weight by its largest singular value, computed before each call from `weight_orig` and the vectors `weight_u` and
 * `weight_v`, which a power method follows in training. Returns the module. Throws ValueError for options, if there is no such
 * parameter, or if it is normalized already. `parametrizations.spectralNorm` is the newer way.
 * https://arxiv.org/abs/1802.05957. torch.nn.utils.spectral_norm
 */
export function spectralNorm<M extends Module>(
  module: M,
  { name = 'weight', nPowerIterations = 1, eps = 1e-12, dim = null }: SpectralNormOptions = {},
): M {
  const hooks = hung.get(module) ?? new Map<string, Hung>();
  if (hooks.has(name))
    throw new ValueError('spectralNorm', `"${name}" is normalized already. Call removeSpectralNorm first.`);
  const weight = parameterIn('spectralNorm', module, name);
  const rowDim = checkSpectral(weight, nPowerIterations, dim ?? outputDim(module));
  const [rows = 0, columns = 0] = asMatrix(weight.detach(), rowDim).shape;
  const [u, v] = noGrad(() => [drawUnit(weight, rows, eps), drawUnit(weight, columns, eps)]);
  removeField(module, name);
  module.registerParameter(`${name}_orig`, weight);
  setField(module, name, weight.detach());
  module.registerBuffer(`${name}_u`, u as Tensor);
  module.registerBuffer(`${name}_v`, v as Tensor);
  const part = (suffix: string): Tensor => fieldOf(module, `${name}_${suffix}`) as Tensor;
  const compute = (iterates: boolean): Tensor => {
    const [original, left, right] = [part('orig'), part('u'), part('v')];
    const matrix = asMatrix(original, rowDim);
    noGrad(() => {
      for (let k = 0; iterates && k < nPowerIterations; k++) {
        right.copy_(unit(mv(matrix.t(), left), eps));
        left.copy_(unit(mv(matrix, right), eps));
      }
    });
    // The vectors may change before the gradient reads them.
    return original.div(sigmaOf(matrix, left.clone(), right.clone()));
  };
  const handle = module.registerForwardPreHook(() => setField(module, name, compute(module.training)));
  hooks.set(name, { handle, compute });
  hung.set(module, hooks);
  return module;
}

/**
 * Makes a weight that `spectralNorm` computes a parameter again. Returns the module. Throws ValueError if there is none.
 * torch.nn.utils.remove_spectral_norm
 */
export function removeSpectralNorm<M extends Module>(
  module: M,
  { name = 'weight' }: { readonly name?: string } = {},
): M {
  const found = hung.get(module)?.get(name);
  if (!found)
    throw new ValueError('removeSpectralNorm', `"${name}" of ${String(module)} is not normalized. Check the name.`);
  const weight = noGrad(() => found.compute(false));
  found.handle.remove();
  hung.get(module)?.delete(name);
  for (const key of [name, `${name}_u`, `${name}_v`, `${name}_orig`]) removeField(module, key);
  module.registerParameter(name, new Parameter(weight.detach()));
  return module;
}
