// Whether V8 makes 256-bit operations of pairs is found by a trial at the start of a process. A run that goes on in another process
// is the same run all the same: code for pairs gives the bits that other code gives. It runs without V8's flag too, which makes it
// faster and nothing else.

import { autograd, bmm, conv1d, conv2d, openBackend, type Device, type DType } from '@rushlight/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bitsOn, computations, type Computation } from './same-bits.ts';
import { openSharedBackend, type SharedBackend } from './shared-backend.ts';

/** Sizes that fill vectors, tiles and blocks, and that do not. */
const size = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.integer({ min: 41, max: 250 }));
const deep = fc.integer({ min: 1000, max: 20_000 });
const small = fc.integer({ min: 1, max: 9 });
const float = fc.constantFrom<DType>('float32', 'float64');

/** Products of few numbers for each sum that is long: those whose depth is cut. */
const long: Readonly<Record<string, Computation>> = {
  'long products, with every factor turned': ({ randn: x }, [m, n, depth]) => {
    const [a, b] = [x(m, depth), x(depth, n)];
    const [turnedA, turnedB] = [x(depth, m).t(), x(n, depth).t()];
    const y = a.matmul(b);
    return [
      y,
      a.matmul(turnedB),
      turnedA.matmul(b),
      turnedA.matmul(turnedB),
      b.t().matmul(a.t()),
      x(m, n).t().matmul(a),
    ];
  },
  'batches of long products': ({ randn: x }, [m, n, depth], k) => {
    const [a, b] = [x(1 + (k % 3), m, depth), x(1 + (k % 3), depth, n)];
    const y = bmm(a, b);
    return [y, ...autograd.grad([y.mul(y).sum()], [a, b])];
  },
  'products of long batches of a layer': ({ randn: x }, [m, n, depth]) => {
    const [rows, weight, bias] = [x(depth, m), x(n, m), x(n)];
    const y = rows.matmul(weight.t()).add(bias).relu();
    return [y.sum(0), ...autograd.grad([y.mul(y).sum()], [rows, weight, bias])];
  },
  'convolutions of large images': ({ randn: x }, [m, n, depth], k) => {
    const side = Math.ceil(Math.sqrt(depth / 4));
    const [image, weight] = [x(2, 1 + (m % 8), side, side + k), x(1 + (n % 24), 1 + (m % 8), 3, 1 + (k % 4))];
    const y = conv2d(image, weight, { padding: k % 2, stride: 1 + (m % 2) });
    return [y, ...autograd.grad([y.mul(y).sum()], [image, weight])];
  },
  'convolutions of many channels': ({ randn: x }, [m, n, depth], k) => {
    const channels = Math.ceil(depth / 8);
    const [line, weight] = [x(k, channels, 3 + (m % 40)), x(1 + (n % 12), channels, 3)];
    const y = conv1d(line, weight, { padding: 1 });
    return [y, ...autograd.grad([y.mul(y).sum()], [line, weight])];
  },
};

describe.each([true, false])('with relaxed arithmetic where there is any: %s', (relaxed) => {
  const [opened, devices]: [SharedBackend[], Device[]] = [[], []];
  beforeAll(async () => {
    for (const threads of [1, 2]) {
      for (const wide of [false, true]) {
        const shared = await openSharedBackend(threads, { relaxed, wide });
        opened.push(shared);
        devices.push(await openBackend(shared.backend));
      }
    }
  });
  afterAll(() => devices.forEach((device) => device.dispose()));

  const all = [
    ...Object.entries(computations).map(([name, compute]) => [name, compute, size] as const),
    ...Object.entries(long).map(([name, compute]) => [name, compute, deep] as const),
  ];
  test.each(all)('%s', async (_name, compute, third) => {
    await fc.assert(
      fc.asyncProperty(float, size, size, third, small, fc.nat(), async (dtype, m, n, most, k, seed) => {
        const length = Math.min(most, Math.max(1000, Math.ceil(1e5 / (m + n))));
        const [first, ...others] = await Promise.all(
          devices.map((device) => bitsOn(device, dtype, seed, (made) => compute(made, [m, n, length], k))),
        );
        expect(others).toEqual([first, first, first]);
      }),
      { numRuns: (third === deep ? 4 : 6) * (process.env.ENGINES === 'all' ? 6 : 1), seed: 4 },
    );
  });

  // Of all of them together: on a busy machine another thread may come too late for one.
  test('other threads took part where there are any', () => {
    expect(opened.map((shared) => shared.doneByOthers() > 0)).toEqual([false, false, true, true]);
  });
});
