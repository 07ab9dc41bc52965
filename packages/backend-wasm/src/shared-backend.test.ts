// However small a launch is, and whoever does which unit of it: the suite passes, and the bits are those of one thread.

import { testBackend } from '@rushlight/backend-testkit';
import { autograd, conv2d, manualSeed, maxPool2d, openBackend, randint, randn, type Device, type DType, type Tensor } from '@rushlight/core'; // prettier-ignore
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSharedBackend, type SharedBackend } from './shared-backend.ts';
import { wasm } from './wasm.ts';

testBackend({
  name: 'wasm, 3 threads, every launch shared',
  create: async () => (await openSharedBackend(3)).backend,
  differences: process.env.ENGINES === 'all', // see testkit.test.ts
});

describe('the same bits as with one thread', () => {
  let shared: SharedBackend;
  let [one, many]: Device[] = [];

  beforeAll(async () => {
    shared = await openSharedBackend(3);
    one = await openBackend(wasm({ threads: 1, budget: 2 ** 28 }));
    many = await openBackend({ name: 'wasm, shared', create: () => shared.backend });
  });
  afterAll(() => [one, many].forEach((device) => device?.dispose()));

  /** Sizes that fill vectors, panels and blocks, and that do not; one beyond what a sum takes at a time. */
  const size = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.integer({ min: 41, max: 700 }));
  const small = fc.integer({ min: 1, max: 9 });
  const float = fc.constantFrom<DType>('float32', 'float64');

  interface Made {
    randn(...shape: number[]): Tensor;
    index(length: number, below: number): Tensor;
  }

  const cases: Record<string, (given: Made, sizes: readonly [number, number, number], k: number) => readonly Tensor[]> =
    {
      'sums, means and variances of rows and columns': ({ randn: x }, [m, n]) => {
        const y = x(m, n);
        return [y.sum(0), y.sum(1), y.mean(), y.t().var(1, { correction: 0 }), y.prod(0), y.argmax(1), y.amin(0)];
      },
      'element by element, and what broadcasting gives back': ({ randn: x }, [m, n]) => {
        const [a, b, c] = [x(m, n), x(n), x(m, 1)];
        const y = a.mul(b).add(c).tanh().mul(a.exp());
        return [y, ...autograd.grad([y.sum()], [a, b, c])] as Tensor[];
      },
      'softmax and its gradient': ({ randn: x }, [m, n]) => {
        const a = x(m, n);
        const y = a.logSoftmax(1);
        return [y, ...autograd.grad([y.mul(y).sum()], [a]), a.softmax(0)] as Tensor[];
      },
      'products, with every factor turned': ({ randn: x }, [m, k, n]) => {
        const [a, b] = [x(m, k), x(k, n)];
        const y = a.matmul(b);
        return [
          y,
          ...autograd.grad([y.mul(y).sum()], [a, b]),
          b.t().matmul(a.t()),
          a.matmul(b.select(1, 0)),
        ] as Tensor[];
      },
      'batches of products': ({ randn: x }, [m, n], k) => {
        const [a, b] = [x(k, m, 5), x(k, 5, n)];
        const y = a.bmm(b);
        return [y, ...autograd.grad([y.sum()], [a, b])] as Tensor[];
      },
      convolutions: ({ randn: x }, [m, n], k) => {
        const [width, height] = [3 + (m % 17), 3 + (n % 13)];
        const [image, weight] = [x(2, k, height, width), x(7, k, 3, 3)];
        const y = conv2d(image, weight, { padding: 1, stride: 1 + (m % 2) });
        return [y, ...autograd.grad([y.mul(y).sum()], [image, weight]), maxPool2d(image, 2)] as Tensor[];
      },
      'lookups and what is added into them': ({ randn: x, index }, [m, n], k) => {
        const [table, where] = [x(k + 1, n), index(m, k + 1)];
        const y = table.indexSelect(0, where);
        return [y, ...autograd.grad([y.mul(y).sum()], [table]), table.indexAdd(0, where, y)] as Tensor[];
      },
      'running sums and order': ({ randn: x }, [m, n]) => {
        const a = x(m, n);
        const [down, across] = [a.sort(0), a.sort(1)];
        return [a.cumsum(0), a.cumsum(1), down.values, down.indices, across.values, across.indices];
      },
    };

  test.each(Object.entries(cases))('%s', async (_name, run) => {
    const before = shared.doneByOthers();
    const bitsOn = async (
      device: Device | undefined,
      dtype: DType,
      seed: number,
      ...drawn: readonly [readonly [number, number, number], number]
    ) => {
      if (!device) throw new Error('it is open by now');
      manualSeed(seed);
      const made = run(
        {
          randn: (...shape) => randn(shape, { dtype, device }).requiresGrad_(),
          index: (length, below) => randint(0, below, [length], { dtype: 'int32', device }),
        },
        ...drawn,
      );
      return Promise.all(made.map(async (x) => new Uint8Array((await x.detach().data()).buffer)));
    };
    await fc.assert(
      fc.asyncProperty(float, fc.tuple(size, size, size), small, fc.nat(), async (dtype, sizes, k, seed) => {
        expect(await bitsOn(many, dtype, seed, sizes, k)).toEqual(await bitsOn(one, dtype, seed, sizes, k));
      }),
      { numRuns: 50, seed: 4 },
    );
    expect(shared.doneByOthers()).toBeGreaterThan(before);
  });
});
