// Weight normalization as it was before parametrizations: a hook computes the weight before each call.

import { ValueError } from '@rushlight/core';
import type { HookHandle } from '../module/hooks.ts';
import type { Module } from '../module/module.ts';
import { Parameter } from '../parameter.ts';
import { fieldOf, parameterIn, removeField, setField } from './fields.ts';
import { normExceptDim, withNorm, type WeightNormOptions } from './parametrize/weight-norm.ts';

interface Hung {
  readonly handle: HookHandle;
  readonly compute: () => void;
}

const hung = new WeakMap<Module, Map<string, Hung>>();

/**
 * Learns the size and the direction of a weight apart, as `weight_g` and `weight_v`: weight = g · v / ‖v‖, computed before each
 * call. Returns the module. Throws ValueError if there is no such parameter, or it is normalized already.
 * `parametrizations.weightNorm` is the newer way. https://arxiv.org/abs/1602.07868. torch.nn.utils.weight_norm
 */
export function weightNorm<M extends Module>(module: M, { name = 'weight', dim = 0 }: WeightNormOptions = {}): M {
  const hooks = hung.get(module) ?? new Map<string, Hung>();
  if (hooks.has(name))
    throw new ValueError('weightNorm', `"${name}" is normalized already. Call removeWeightNorm first.`);
  const weight = parameterIn('weightNorm', module, name);
  const { requiresGrad } = weight;
  const size = normExceptDim('weightNorm', weight.detach(), dim);
  removeField(module, name);
  module.registerParameter(`${name}_g`, new Parameter(size, { requiresGrad }));
  module.registerParameter(`${name}_v`, new Parameter(weight.detach(), { requiresGrad }));
  const part = (suffix: string): Parameter => fieldOf(module, `${name}_${suffix}`) as Parameter;
  const compute = (): void => setField(module, name, withNorm('weightNorm', part('g'), part('v'), dim));
  compute();
  hooks.set(name, { handle: module.registerForwardPreHook(compute), compute });
  hung.set(module, hooks);
  return module;
}

/**
 * Makes a weight that `weightNorm` computes a parameter again. Returns the module. Throws ValueError if there is none.
 * torch.nn.utils.remove_weight_norm
 */
export function removeWeightNorm<M extends Module>(module: M, { name = 'weight' }: { readonly name?: string } = {}): M {
  const found = hung.get(module)?.get(name);
  if (!found)
    throw new ValueError('removeWeightNorm', `"${name}" of ${String(module)} is not normalized. Check the name.`);
  found.compute();
  const weight = fieldOf(module, name) as Parameter;
  found.handle.remove();
  hung.get(module)?.delete(name);
  for (const key of [name, `${name}_g`, `${name}_v`]) removeField(module, key);
  module.registerParameter(name, new Parameter(weight.detach()));
  return module;
}
