// For tests: computations whose results may not depend, in any bit, on who computes them.

import { autograd, bmm, conv2d, cumsum, indexAdd, indexSelect, manualSeed, maxPool2d, norm, randint, randn, sort, type Device, type DType, type Tensor } from '@rushlight/core'; // prettier-ignore

/** Makes what a computation begins with. */
export interface Made {
  /** Requires a gradient. */
  randn(...shape: number[]): Tensor;
  /** Integers below a bound. */
  index(length: number, below: number): Tensor;
}

export type Computation = (
  made: Made,
  sizes: readonly [number, number, number],
  k: number,
) => readonly (Tensor | undefined)[];

/** A digest of the bytes of each result of a computation, drawn from a seed. */
export function bitsOn(
  device: Device,
  dtype: DType,
  seed: number,
  compute: (made: Made) => readonly (Tensor | undefined)[],
): Promise<string[]> {
  manualSeed(seed);
  const results = compute({
    randn: (...shape) => randn(shape, { dtype, device }).requiresGrad_(),
    index: (length, below) => randint(0, below, [length], { dtype: 'int32', device }),
  });
  return Promise.all(
    results.map(async (x) => {
      if (!x) throw new TypeError('a gradient is missing');
      const { buffer } = await x.detach().data();
      return String(new BigUint64Array(await crypto.subtle.digest('SHA-256', buffer as ArrayBuffer)));
    }),
  );
}

/** By what they are, with three sizes and a small one. */
export const computations: Readonly<Record<string, Computation>> = {
  'sums, means and variances of rows and columns': ({ randn: x }, [m, n]) => {
    const y = x(m, n);
    return [y.sum(0), y.sum(1), y.mean(), y.t().var(1, { correction: 0 }), y.prod(0), y.argmax(1), y.amin(0)];
  },
  'element by element, and what broadcasting gives back': ({ randn: x }, [m, n]) => {
    const [a, b, c] = [x(m, n), x(n), x(m, 1)];
    const y = a.mul(b).add(c).tanh().mul(a.exp());
    return [y, ...autograd.grad([y.sum()], [a, b, c])];
  },
  'softmax and its gradient': ({ randn: x }, [m, n]) => {
    const a = x(m, n);
    const y = a.logSoftmax(1);
    return [y, ...autograd.grad([y.mul(y).sum()], [a]), a.softmax(0)];
  },
  'rows and columns that are normalised': ({ randn: x }, [m, n]) => {
    const [a, weight] = [x(m, n), x(n)];
    const normalised = (dim: number): Tensor =>
      a.sub(a.mean(dim, { keepdim: true })).div(a.var(dim, { correction: 0, keepdim: true }).add(1e-5).sqrt());
    const [rows, columns] = [normalised(1).mul(weight), normalised(0).mul(weight)];
    return [rows, columns, ...autograd.grad([rows.mul(columns).sum()], [a, weight]), norm(a, 0), a.logsumexp(1)];
  },
  'products, with every factor turned': ({ randn: x }, [m, k, n]) => {
    const [a, b] = [x(m, k), x(k, n)];
    const y = a.matmul(b);
    return [y, ...autograd.grad([y.mul(y).sum()], [a, b]), b.t().matmul(a.t()), a.matmul(b.select(1, 0))];
  },
  'batches of products': ({ randn: x }, [m, n], k) => {
    const [a, b] = [x(k, m, 5), x(k, 5, n)];
    const y = bmm(a, b);
    return [y, ...autograd.grad([y.sum()], [a, b])];
  },
  convolutions: ({ randn: x }, [m, n], k) => {
    const [width, height] = [3 + (m % 17), 3 + (n % 13)];
    const [image, weight] = [x(2, k, height, width), x(7, k, 3, 3)];
    const y = conv2d(image, weight, { padding: 1, stride: 1 + (m % 2) });
    return [y, ...autograd.grad([y.mul(y).sum()], [image, weight]), maxPool2d(image, 2)];
  },
  'lookups and what is added into them': ({ randn: x, index }, [m, n], k) => {
    const [table, where] = [x(k + 1, n), index(m, k + 1)];
    const y = indexSelect(table, 0, where);
    return [y, ...autograd.grad([y.mul(y).sum()], [table]), indexAdd(table, 0, where, y)];
  },
  'running sums and order': ({ randn: x }, [m, n]) => {
    const a = x(m, n);
    const [down, across] = [sort(a, 0), sort(a, 1)];
    return [cumsum(a, 0), cumsum(a, 1), down.values, down.indices, across.values, across.indices];
  },
};
