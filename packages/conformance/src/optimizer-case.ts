// What the replays of optimizers share: how one is made, given gradients, and begun anew from its state dict.

import type { Tensor } from '@rushlight/core';
import {
  Adadelta, Adagrad, Adam, Adamax, AdamW, ASGD, Lion, Muon, NAdam, RAdam, RMSprop, Rprop, SGD, type Optimizer,
} from '@rushlight/optim'; // prettier-ignore
import { decode, make, type Encoded, type Num } from './fixture.ts';

const kinds = { SGD, Adam, AdamW, Adadelta, Adamax, NAdam, RAdam, RMSprop, Rprop, Adagrad, ASGD, Lion, Muon };

export interface OptimizerCase {
  readonly name: string;
  readonly optimizer: keyof typeof kinds;
  readonly options: Encoded;
  readonly groups?: readonly { readonly params: readonly number[]; readonly options: Encoded }[];
}

export function construct({ optimizer, options, groups }: OptimizerCase, params: readonly Tensor[]): Optimizer {
  const Kind = kinds[optimizer] as new (params: unknown, options: unknown) => Optimizer;
  const given =
    groups?.map((g) => ({ ...(decode(g.options) as object), params: g.params.map((i) => params[i]) })) ?? params;
  return new Kind(given, decode(options));
}

/** Another optimizer of the same kind, which has all its options from the state dict of the first. */
export function resumed(c: OptimizerCase, params: readonly Tensor[], optimizer: Optimizer): Optimizer {
  const groups = c.groups?.map((group) => ({ ...group, options: {} }));
  const other = construct({ ...c, options: { lr: 123 }, ...(groups && { groups }) }, params);
  other.loadStateDict(optimizer.stateDict());
  return other;
}

export function setGrads(params: readonly Tensor[], values: readonly (readonly Num[] | null)[]): void {
  for (const [i, p] of params.entries()) {
    const v = values[i];
    p.grad = v ? make(p.dtype, p.shape, v) : null;
  }
}
