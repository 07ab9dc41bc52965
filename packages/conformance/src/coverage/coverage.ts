// PyTorch's public names against ours.

import * as rushlight from 'rushlight';
import { outOfScope, spellings } from './decisions.ts';

export type State =
  | { readonly kind: 'done' }
  | { readonly kind: 'spelt'; readonly ours: string }
  | { readonly kind: 'out'; readonly reason: string }
  | { readonly kind: 'missing' };

export interface Home {
  readonly name: string;
  readonly names: readonly { readonly name: string; readonly state: State }[];
}

/** Where the names of a namespace of PyTorch's are, as a path from `rushlight`. */
const homes: Readonly<Record<string, string>> = {
  torch: '',
  'torch.Tensor': '.',
  'torch.linalg': 'linalg',
  'torch.special': 'special',
  'torch.nn': 'nn',
  'torch.nn.functional': 'nn.functional',
  'torch.nn.init': 'nn.init',
  'torch.nn.utils': 'nn.utils',
  'torch.nn.utils.rnn': 'nn.utils.rnn',
  'torch.nn.utils.parametrizations': 'nn.utils.parametrizations',
  'torch.nn.utils.parametrize': 'nn.utils.parametrize',
  'torch.nn.utils.prune': 'nn.utils.prune',
  'torch.optim': 'optim',
  'torch.optim.lr_scheduler': 'optim.lrScheduler',
  'torch.optim.swa_utils': 'optim.swaUtils',
  'torch.utils.data': 'data',
  'torch.autograd': 'autograd',
  'torch.autograd.functional': 'autograd.functional',
  'torch.func': 'func',
};

/** snake_case → camelCase; an underscore at the end stays, classes are as they are. */
function spell(name: string): string {
  return name.replace(/(?<=[A-Za-z0-9])_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether there is something at a path: `nn.Linear` from `rushlight`, `.add` of a tensor. */
export function exists(path: string, example: rushlight.Tensor): boolean {
  if (path.startsWith('.')) return path.slice(1) in example;
  let at: unknown = rushlight;
  for (const part of path.split('.')) {
    if ((typeof at !== 'object' && typeof at !== 'function') || at === null || !(part in at)) return false;
    at = (at as Readonly<Record<string, unknown>>)[part];
  }
  return true;
}

function stateOf(home: string, name: string, example: rushlight.Tensor): State {
  const full = `${home}.${name}`;
  const ours = spellings[full];
  if (ours !== undefined) return { kind: 'spelt', ours };
  const place = homes[home] ?? '';
  const path = place === '' ? spell(name) : place === '.' ? `.${spell(name)}` : `${place}.${spell(name)}`;
  if (exists(path, example)) return { kind: 'done' };
  // An operation in place is a method.
  if (home === 'torch' && name.endsWith('_') && exists(`.${spell(name)}`, example))
    return { kind: 'spelt', ours: `.${spell(name)}` };
  const out = outOfScope.find(({ pattern }) => pattern.test(full));
  return out ? { kind: 'out', reason: out.reason } : { kind: 'missing' };
}

export function coverage(names: Readonly<Record<string, readonly string[]>>, example: rushlight.Tensor): Home[] {
  return Object.entries(names).map(([home, list]) => ({
    name: home,
    names: list.map((name) => ({ name, state: stateOf(home, name, example) })),
  }));
}

export const count = ({ names }: Home, kind: State['kind']): number =>
  names.filter(({ state }) => state.kind === kind).length;

/** The share of the names in scope that are there. */
export function shareOf(home: Home): number {
  const there = count(home, 'done') + count(home, 'spelt');
  return there / (there + count(home, 'missing'));
}
