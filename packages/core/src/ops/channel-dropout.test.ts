import { beforeAll, describe, expect, test } from 'vitest';
import {
  alphaDropout, autograd, dropout, dropout1d, dropout2d, dropout3d, featureAlphaDropout, manualSeed, ones, randn, record,
  rrelu, rrelu_, tensor, useBackend, type Tensor,
} from '../index.ts'; // prettier-ignore
import { reference } from '../testing/reference.ts';

beforeAll(async () => {
  await useBackend(reference());
});

/** How many different values each row of `x`, flattened to [rows, *], has. */
const kinds = (x: Tensor, rows: number): Set<number> =>
  new Set((x.reshape([rows, -1]).toArraySync() as number[][]).map((row) => new Set(row).size));

describe('dropout of channels', () => {
  test.each([
    ['dropout1d', dropout1d, [20, 30, 4], 600],
    ['dropout1d of one sample', dropout1d, [600, 4], 600],
    ['dropout2d', dropout2d, [20, 30, 2, 3], 600],
    ['dropout2d of three dims', dropout2d, [20, 30, 4], 600],
    ['dropout2d of two dims', dropout2d, [20, 30], 600],
    ['dropout3d', dropout3d, [20, 30, 2, 1, 3], 600],
    ['dropout3d of one sample', dropout3d, [600, 2, 1, 3], 600],
  ] as const)('%s', (_, op, shape, channels) => {
    manualSeed(0);
    const y = op(ones(shape), { p: 0.2 });
    expect(kinds(y, channels)).toEqual(new Set([1]));
    const kept = y.reshape([channels, -1]).select(1, 0).ne(0).sum().itemSync();
    expect(Number(kept)).toBeGreaterThan(440);
    expect(Number(kept)).toBeLessThan(520);
    expect(y.amax().itemSync()).toBe(1.25);
  });

  test('one kernel, which draws anew when replayed', () => {
    const x = ones([30, 4, 2]);
    let y: Tensor | undefined;
    const recording = record(() => void (y = dropout1d(x)));
    expect(recording.programs).toHaveLength(1);
    const before = y?.toArraySync();
    recording.replay();
    expect(y?.toArraySync()).not.toEqual(before);
  });

  test('the gradient has the mask of the call', () => {
    const x = ones([6, 7, 2]).requiresGrad_();
    const y = dropout2d(x, { p: 0.4 });
    y.sum().backward();
    expect(x.grad?.toArraySync()).toEqual(y.detach().toArraySync());
  });

  test('refuses dims and probabilities', () => {
    expect(() => dropout1d(ones([3]))).toThrow('dropout1d: the input has shape [3]. It must be [N, C, L] or [C, L].');
    expect(() => dropout2d(ones([3]))).toThrow('dropout2d: the input has shape [3]. It must be [N, C, H, W].');
    expect(() => dropout3d(tensor(1))).toThrow('dropout3d: the input has no dims.');
    expect(() => dropout2d(ones([3, 2]), { p: -0.1 })).toThrow('dropout2d: the probability is -0.1. It must lie in [0, 1].'); // prettier-ignore
    expect(() => dropout(tensor([1], { dtype: 'int32' }))).toThrow('dropout: the input is int32. It must be a float');
  });
});

test('in place', () => {
  for (const op of [dropout, dropout2d, alphaDropout, featureAlphaDropout]) {
    const x = ones([40, 5]);
    manualSeed(3);
    const apart = op(x, { training: true, p: 0.3 });
    manualSeed(3);
    expect(op(x, { training: true, p: 0.3, inplace: true })).toBe(x);
    expect(x.toArraySync()).toEqual(apart.toArraySync());
    expect(op(x, { training: true, p: 1, inplace: true }).abs().amax().itemSync()).toBe(0);
  }
});

describe('alphaDropout', () => {
  test('keeps mean 0 and variance 1', () => {
    manualSeed(1);
    for (const p of [0.1, 0.5]) {
      const y = alphaDropout(randn([20_000]), { p, training: true });
      expect(Number(y.mean().itemSync())).toBeCloseTo(0, 1);
      expect(Number(y.std().itemSync())).toBeCloseTo(1, 1);
    }
  });

  test('two values, of channels one', () => {
    const [p, alpha] = [0.25, 1.7580993408473766];
    const a = 1 / Math.sqrt((alpha ** 2 * p + 1) * (1 - p));
    const y = featureAlphaDropout(ones([30, 20, 3]), { p, training: true });
    expect(kinds(y, 600)).toEqual(new Set([1]));
    expect(y.amax().itemSync()).toBeCloseTo(a * (1 + alpha * p), 5);
    expect(y.amin().itemSync()).toBeCloseTo(a * alpha * (p - 1), 5);
    expect(() => featureAlphaDropout(ones([3]))).toThrow('featureAlphaDropout: the input has shape [3].');
  });

  test('the gradient, and outside of training', () => {
    const x = randn([9], { dtype: 'float64', requiresGrad: true });
    const fixed = (u: Tensor): Tensor => {
      manualSeed(2);
      return alphaDropout(u.square(), { training: true });
    };
    expect(autograd.gradcheck(fixed, [x])).toBe(true);
    expect(autograd.gradgradcheck(fixed, [x])).toBe(true);
    expect(alphaDropout(x)).toBe(x);
    expect(featureAlphaDropout(x.reshape([3, 3])).requiresGrad).toBe(true);
  });
});

describe('rrelu', () => {
  test('draws a slope per element in training', () => {
    manualSeed(0);
    const y = rrelu(ones([1000]).neg(), { lower: 0.2, upper: 0.6, training: true });
    expect(Number(y.neg().amin().itemSync())).toBeGreaterThanOrEqual(0.2);
    expect(Number(y.neg().amax().itemSync())).toBeLessThan(0.6);
    expect(Number(y.neg().mean().itemSync())).toBeCloseTo(0.4, 1);
    expect(new Set(y.toArraySync() as number[]).size).toBeGreaterThan(900);
  });

  test('the gradient has the slopes of the call; in place', () => {
    const x = randn([20]).requiresGrad_();
    const y = rrelu(x, { training: true });
    y.sum().backward();
    const slopes = y.detach().div(x.detach()).toArraySync() as number[];
    const grad = x.grad?.toArraySync() as number[];
    for (const [i, g] of grad.entries()) expect(g).toBeCloseTo(slopes[i] ?? 0, 5);
    const z = tensor([-1, 2, 0]);
    expect(rrelu_(z, { lower: 0.5, upper: 0.5, training: true })).toBe(z);
    expect(z.toArraySync()).toEqual([-0.5, 2, 0]);
    expect(() => rrelu(z, { lower: 2, upper: 1 })).toThrow('rrelu: the slopes go from 2 to 1.');
  });
});
