// Tensors made from nothing: ramps, constants, random numbers. Each case reads device and dtype off a tensor it is given.

import {
  allclose,
  allcloseAsync,
  arange,
  bernoulli,
  dropout,
  empty,
  emptyLike,
  equal,
  equalAsync,
  eye,
  full,
  fullLike,
  linspace,
  manualSeed,
  multinomial,
  normal,
  ones,
  onesLike,
  rand,
  randLike,
  randint,
  randintLike,
  randn,
  randnLike,
  randperm,
  tensor,
  zeros,
  zerosLike,
} from '@rushlight/core';
import type { Tensor, TensorOptions } from '@rushlight/core';
import { numbers } from './inputs.ts';
import { all, floats, numeric, type OpCase } from './op-case.ts';

type Result = Tensor | readonly Tensor[];

/** A case that makes tensors of the dtype and on the device that it is given. */
const made = (
  op: string,
  make: (like: Required<Pick<TensorOptions, 'dtype' | 'device'>>, x: Tensor) => Result,
  more: Partial<OpCase> = {},
): OpCase => ({
  op,
  inputs: [numbers([2, 3])],
  run: (x) => make({ dtype: x.dtype, device: x.device }, x),
  dtypes: all,
  gradient: false,
  ...more,
});

/** Made on the host and written over a tensor: what a backend does to it is keep it. */
const drawn = (
  op: 'uniform_' | 'normal_' | 'random_' | 'exponential_' | 'geometric_' | 'logNormal_' | 'cauchy_' | 'bernoulli_',
  dtypes = floats,
): OpCase =>
  made(
    op,
    (_, x) => {
      const y = x.clone();
      if (op === 'geometric_') y.geometric_(0.3);
      else y[op]();
      const z = x.t().clone();
      if (op === 'geometric_') z.select(0, 1).geometric_(0.3);
      else z.select(0, 1)[op]();
      return [y, z];
    },
    { dtypes },
  );

export const madeCases: readonly OpCase[] = [
  made('tensor', ({ device, dtype }) => [tensor([[1, 0], [3, 4]], { device, dtype }), tensor(2, { device, dtype }), tensor([], { device, dtype })]),
  made('full', (like) => [full([2, 3], 1, like), full([], 1, like), full([0], 1, like), full([1031], 3, like)]),
  made('zeros', (like) => zeros([2, 3], like)),
  made('ones', (like) => ones([5], like)),
  made('fullLike', (_, x) => fullLike(x, 3)),
  made('zerosLike', (_, x) => zerosLike(x.t())),
  made('onesLike', (_, x) => onesLike(x)),
  // Contents are undefined: what counts is that they can be written and read.
  made('empty', (like) => empty([3], like).fill_(1)),
  made('emptyLike', (_, x) => emptyLike(x).fill_(1)),
  made('filled', (_, x) => [x.filled(1), x.filled(0, [2])]),
  made('arange', (like) => [arange(7, like), arange(2, 9, 2, like), arange(5, 0, -1, like), arange(1, 1, like)], { dtypes: numeric }),
  made('arange', (like) => [arange(0, 1, 0.1, like), arange(-2, 3, 0.3, like)], { dtypes: floats }),
  made('linspace', (like) => [linspace(0, 1, 7, like), linspace(3, -3, 4, like), linspace(1, 2, 1, like), linspace(1, 2, 0, like)], { dtypes: floats }),
  made('eye', (like) => [eye(3, like), eye(2, 4, like), eye(4, 2, like), eye(0, like)]),
  made('rand', (like) => rand([2, 17], like), { dtypes: floats }),
  made('randn', (like) => [randn([3], like), randn([17], like)], { dtypes: floats }),
  made('normal', (like) => normal(2, 3, [5], like), { dtypes: floats }),
  made('randint', (like) => randint(0, 9, [2, 5], like), { dtypes: numeric }),
  made('randperm', (like) => randperm(9, like), { dtypes: numeric }),
  made('randLike', (_, x) => randLike(x), { dtypes: floats }),
  made('randnLike', (_, x) => randnLike(x), { dtypes: floats }),
  made('randintLike', (_, x) => randintLike(x, 0, 5), { dtypes: numeric }),
  made('bernoulli', (_, x) => bernoulli(x.sigmoid()), { dtypes: floats, sync: true }),
  made('multinomial', (_, x) => [multinomial(x.abs(), 2), multinomial(x.abs(), 5, { replacement: true })], { dtypes: floats, sync: true }),
  drawn('uniform_'),
  drawn('normal_'),
  drawn('random_', numeric),
  drawn('exponential_'),
  drawn('geometric_'),
  drawn('logNormal_'),
  drawn('cauchy_'),
  drawn('bernoulli_', all),
  // The mask follows from position and key: the same on every device, whatever the layout.
  { op: 'dropout', inputs: [numbers([3, 4])], run: (x) => { manualSeed(3); return [dropout(x), dropout(x, { p: 0.1 }), dropout(x, { p: 1 })]; } },
  { op: 'dropout', inputs: [numbers([1031])], run: (x) => dropout(x, { p: 0.3 }), dtypes: ['float32'], gradient: false },
  made('allclose', (like, x) => tensor([allclose(x, x), allclose(x, x.add(1))], { device: like.device }), { dtypes: numeric, sync: true }),
  made('allcloseAsync', () => [], { run: async (x) => tensor([await allcloseAsync(x, x), await allcloseAsync(x, x.add(1))], { device: x.device }), dtypes: numeric }),
  made('equal', (like, x) => tensor([equal(x, x), equal(x, x.add(1)), equal(x, x.t())], { device: like.device }), { dtypes: numeric, sync: true }),
  made('equalAsync', () => [], { run: async (x) => tensor([await equalAsync(x, x), await equalAsync(x, x.add(1))], { device: x.device }), dtypes: numeric }),
]; // prettier-ignore
