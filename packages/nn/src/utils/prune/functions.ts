// Pruning by name, each in one call. All return the module that they prune.

import { cat, onesLike, ValueError, type Tensor } from '@rushlight/core';
import type { Module } from '../../module/module.ts';
import { fieldOf } from '../fields.ts';
import { CustomFromMask, Identity, L1Unstructured, LnStructured, RandomStructured, RandomUnstructured, type ChannelNorm } from './methods.ts'; // prettier-ignore
import {
  checkScores,
  prunable,
  PruningContainer,
  type BasePruningMethod,
  type ImportanceOptions,
} from './pruning-method.ts';

function pruned<M extends Module>(module: M, name: string, method: BasePruningMethod, options?: ImportanceOptions): M {
  method.applyTo(module, name, options);
  return module;
}

/** Prunes nothing of a parameter, and gives it a mask of ones. torch.nn.utils.prune.identity */
export function identity<M extends Module>(module: M, name: string): M {
  return pruned(module, name, new Identity());
}

/**
 * Prunes `amount` elements of a parameter at random: a count, or a share below 1. Throws ValueError for an amount that is neither,
 * or too large. torch.nn.utils.prune.random_unstructured
 */
export function randomUnstructured<M extends Module>(module: M, name: string, amount: number): M {
  return pruned(module, name, new RandomUnstructured(amount));
}

/**
 * Prunes the `amount` elements of a parameter that are nearest to 0, or have the lowest scores: a count, or a share below 1.
 * Throws as randomUnstructured. torch.nn.utils.prune.l1_unstructured
 *
 * @example
 * prune.l1Unstructured(layer, 'weight', 0.3);
 * prune.remove(layer, 'weight'); // for good
 */
export function l1Unstructured<M extends Module>(
  module: M,
  name: string,
  amount: number,
  options: ImportanceOptions = {},
): M {
  return pruned(module, name, new L1Unstructured(amount), options);
}

/** Prunes `amount` channels of a parameter along a dim, at random. torch.nn.utils.prune.random_structured */
export function randomStructured<M extends Module>(module: M, name: string, amount: number, dim: number): M {
  return pruned(module, name, new RandomStructured(amount, dim));
}

/** Prunes the `amount` channels along a dim with the smallest norms of order n. torch.nn.utils.prune.ln_structured */
export function lnStructured<M extends Module>(
  module: M,
  name: string,
  amount: number,
  n: ChannelNorm,
  dim: number,
  options: ImportanceOptions = {},
): M {
  return pruned(module, name, new LnStructured(amount, n, dim), options);
}

/** Prunes a parameter where a mask is 0. torch.nn.utils.prune.custom_from_mask */
export function customFromMask<M extends Module>(module: M, name: string, mask: Tensor): M {
  return pruned(module, name, new CustomFromMask(mask));
}

export interface GlobalUnstructuredOptions {
  /** A count, or a share below 1, of all elements together. */
  readonly amount: number;
  /** What decides instead of the parameters: one for each of them, or null for itself. */
  readonly importanceScores?: readonly (Tensor | null | undefined)[];
}

/**
 * Prunes several parameters, `[module, name]` each, as if they were one. Throws ValueError for a method that is not
 * 'unstructured'. torch.nn.utils.prune.global_unstructured
 *
 * @example
 * prune.globalUnstructured([[net.fc1, 'weight'], [net.fc2, 'weight']], prune.L1Unstructured, { amount: 0.2 });
 */
export function globalUnstructured(
  parameters: Iterable<readonly [module: Module, name: string]>,
  Method: new (amount: number) => BasePruningMethod,
  { amount, importanceScores = [] }: GlobalUnstructuredOptions,
): void {
  const list = [...parameters];
  const method = new Method(amount);
  if (method.pruningType !== 'unstructured') {
    const { name } = Method;
    throw new ValueError(
      'globalUnstructured',
      `${name} prunes ${method.pruningType}. Use a method that is 'unstructured'.`,
    );
  }
  if (list.length === 0) throw new ValueError('globalUnstructured', 'there are no parameters. Pass at least one.');
  const own = list.map(([module, name]) => prunable(module, name).detach());
  for (const [k, t] of own.entries()) checkScores(t, importanceScores[k]);
  const flat = (tensors: readonly Tensor[]): Tensor => cat(tensors.map((t) => t.detach().reshape([-1])));
  const scores = flat(own.map((t, k) => importanceScores[k] ?? t));
  const masks = flat(list.map(([module, name], k) => (fieldOf(module, `${name}_mask`) as Tensor | undefined) ?? onesLike(own[k] as Tensor))); // prettier-ignore
  const mask = new PruningContainer(method).computeMask(scores, masks);
  let start = 0;
  for (const [k, [module, name]] of list.entries()) {
    const { shape } = own[k] as Tensor;
    const length = (own[k] as Tensor).numel();
    customFromMask(module, name, mask.narrow(0, start, length).reshape(shape));
    start += length;
  }
}
