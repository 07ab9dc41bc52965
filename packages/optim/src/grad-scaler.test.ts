import { ones, record, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { nullBackend, reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { Adam } from './adam.ts';
import { clipGradNorm_ } from './clip-grad.ts';
import { GradScaler, type GradScalerOptions } from './grad-scaler.ts';
import { SGD } from './sgd.ts';

beforeAll(() => useBackend(reference()));

const leaf = (data: number[]): Tensor => tensor(data, { requiresGrad: true });

/** One iteration of a parameter whose scaled gradients are these. */
async function iterate(scaler: GradScaler, param: Tensor, optimizer: SGD | Adam, grad: number[]): Promise<void> {
  scaler.scale(ones([1]));
  param.grad = tensor(grad);
  await scaler.step(optimizer);
  await scaler.update();
}

describe('the scale', () => {
  // By the rules of torch.cuda.amp.GradScaler: × backoffFactor after a step that was left out, × growthFactor after
  // growthInterval steps in a row that were taken, counted anew after each change.
  test.each<[string, GradScalerOptions, string, number[]]>([
    ['grows after an interval, and again', { growthInterval: 2 }, '....', [8, 16, 16, 32]],
    ['shrinks at once', {}, '!!.', [4, 2, 2]],
    ['counts anew after it shrank', { growthInterval: 2 }, '.!..', [8, 4, 4, 8]],
    ['grows each time', { growthInterval: 1, growthFactor: 1.5 }, '..', [12, 18]],
    ['is float32', { growthInterval: 1, growthFactor: 1.1, backoffFactor: 0.3 }, '.!', [Math.fround(8 * 1.1), Math.fround(Math.fround(8 * 1.1) * 0.3)]], // prettier-ignore
    ['stays finite', { initScale: 2 ** 127, growthInterval: 1 }, '..', [2 ** 127, 2 ** 127]],
  ])('%s', async (_, options, steps, expected) => {
    const scaler = new GradScaler({ initScale: 8, ...options });
    const param = leaf([1]);
    const optimizer = new SGD([param], { lr: 0 });
    const scales: number[] = [];
    for (const step of steps) {
      await iterate(scaler, param, optimizer, [step === '!' ? Infinity : 1]);
      scales.push(scaler.getScale());
    }
    expect(scales).toEqual(expected);
  });

  test('may be set', async () => {
    const scaler = new GradScaler();
    expect(scaler.getScale()).toBe(65536);
    scaler.scale(ones([1]));
    await scaler.update(8);
    expect(scaler.getScale()).toBe(8);
    await scaler.update(tensor(16));
    expect(scaler.getScale()).toBe(16);
    await expect(scaler.update(0)).rejects.toThrow(
      'GradScaler: newScale is 0. It must be a finite number greater than 0.',
    );
  });

  test('multiplies a tensor, or each in a list; float16 has room as float32', () => {
    const scaler = new GradScaler({ initScale: 65536 });
    const half = tensor([0.5, 2], { dtype: 'float16' });
    const [a, b, c] = scaler.scale([half, tensor(3, { requiresGrad: true }), ones([1], { dtype: 'float64' })]);
    expect([a?.dtype, b?.dtype, c?.dtype]).toEqual(['float32', 'float32', 'float64']);
    expect([a, b, c].map((x) => x?.toArraySync())).toEqual([[32768, 131072], 196608, [65536]]);
    expect(b?.requiresGrad).toBe(true);
    expect(scaler.scale(half).toArraySync()).toEqual([32768, 131072]);
    expect(() => scaler.scale([1 as never])).toThrow('scale: it was given a list with a number.');
  });

  test('is read anew by a recorded step', async () => {
    const scaler = new GradScaler({ initScale: 2 });
    const x = leaf([3]);
    const out = zeros([1]);
    const recording = record(() => {
      scaler.scale(x.mul(x)).sum().backward();
      if (x.grad) out.copy_(x.grad);
    });
    expect(out.itemSync()).toBe(12);
    await scaler.update(8);
    x.grad?.zero_();
    recording.replay();
    expect(out.itemSync()).toBe(48);
  });
});

describe('a step', () => {
  test('is that of the unscaled gradients', async () => {
    const run = async (scaled: boolean): Promise<unknown> => {
      const [x, y] = [leaf([1, -2, 3]), leaf([0.5])];
      const optimizer = new Adam([x, y], { lr: 0.1 });
      const scaler = new GradScaler({ enabled: scaled });
      for (let k = 0; k < 3; k++) {
        optimizer.zeroGrad();
        scaler.scale(x.mul(y).square().sum()).backward();
        await scaler.step(optimizer);
        await scaler.update();
      }
      return [x.toArraySync(), y.toArraySync(), optimizer.stateDict().param_groups];
    };
    // The scale is a power of 2: nothing is rounded otherwise.
    expect(await run(true)).toEqual(await run(false));
  });

  test.each([Infinity, -Infinity, NaN])(
    'that finds %d changes nothing: no parameter, no moment, no count',
    async (bad) => {
      const [x, y] = [leaf([1, 2]), leaf([3])];
      const optimizer = new Adam([x, y], { lr: 0.1 });
      const scaler = new GradScaler();
      const go = async (grad: number[]): Promise<void> => {
        y.grad = ones([1]);
        await iterate(scaler, x, optimizer, grad);
      };
      const now = (): string =>
      JSON.stringify([x.toArraySync(), y.toArraySync(), [...optimizer.state.values()].map((s) => [s.step, s.expAvg.toArraySync(), s.expAvgSq.toArraySync()])]); // prettier-ignore
      const start = now();
      await go([1, bad]);
      expect(now()).toBe(start);
      await go([1, 1]);
      const before = now();
      expect(before).not.toBe(start);
      await go([bad, 1]);
      expect(now()).toBe(before);
    },
  );

  test('by unscaled gradients that are clipped first', async () => {
    const x = leaf([3, 4]);
    const optimizer = new SGD([x], { lr: 1 });
    const scaler = new GradScaler({ initScale: 1024 });
    scaler.scale(x.square().sum().mul(0.5)).backward();
    scaler.unscale_(optimizer);
    expect(x.grad?.toArraySync()).toEqual([3, 4]);
    clipGradNorm_([x], 1);
    await scaler.step(optimizer);
    await scaler.update();
    expect((x.toArraySync() as number[]).map((v) => Number(v.toFixed(5)))).toEqual([2.4, 3.2]);
  });

  test('of two optimizers: each by its own gradients, the scale by both', async () => {
    const [x, y] = [leaf([1]), leaf([1])];
    const [first, second] = [new SGD([x], { lr: 1 }), new SGD([y], { lr: 1 })];
    const scaler = new GradScaler({ initScale: 4 });
    scaler.scale(x.add(y)).sum().backward();
    if (x.grad) x.grad.mul_(Infinity);
    await scaler.step(first);
    await scaler.step(second);
    await scaler.update();
    expect([x.itemSync(), y.itemSync(), scaler.getScale()]).toEqual([1, 0, 2]);
  });

  test('with gradients of no dims, of no elements, float64 and not in order', async () => {
    const scaler = new GradScaler({ initScale: 2 });
    const params = [tensor(1), zeros([0, 2]), ones([2], { dtype: 'float64' }), ones([2, 3])].map((x) =>
      x.requiresGrad_(),
    );
    const grads = [tensor(2), zeros([0, 2]), tensor([4, 6], { dtype: 'float64' }), tensor([[2, 4], [6, 8], [10, 12]]).t()]; // prettier-ignore
    const optimizer = new SGD(params, { lr: 1 });
    scaler.scale(ones([1]));
    params.forEach((param, k) => (param.grad = grads[k] ?? null));
    await scaler.step(optimizer);
    await scaler.update();
    expect(params.map((x) => x.toArraySync())).toEqual([0, [], [-1, -2], [[0, -2, -4], [-1, -3, -5]]]); // prettier-ignore
    expect(scaler.getScale()).toBe(2);
  });

  test('reads a device only by await', async () => {
    const made = nullBackend();
    const late = { ...made, readSync: undefined };
    await useBackend(late as never);
    try {
      const x = leaf([1]);
      const scaler = new GradScaler();
      scaler.scale(x.mul(x)).backward();
      const optimizer = new SGD([x], { lr: 1 });
      await scaler.step(optimizer);
      await scaler.update();
      expect(scaler.stateDict()).toMatchObject({ _growth_tracker: 1 });
    } finally {
      await useBackend(reference());
    }
  });
});

describe('calls out of order', () => {
  const ready = (): [GradScaler, SGD, Tensor] => {
    const x = leaf([1]);
    const scaler = new GradScaler();
    scaler.scale(x.mul(x)).backward();
    return [scaler, new SGD([x], { lr: 1 }), x];
  };

  test('before anything is scaled', async () => {
    const optimizer = new SGD([leaf([1])], { lr: 1 });
    const scaler = new GradScaler();
    const why = 'nothing was scaled yet. Call `scaler.scale(loss).backward()` before it.';
    expect(() => scaler.unscale_(optimizer)).toThrow(`unscale_: ${why}`);
    await expect(scaler.step(optimizer)).rejects.toThrow(`step: ${why}`);
    await expect(scaler.update()).rejects.toThrow(`update: ${why}`);
  });

  test('twice, and after step', async () => {
    const [scaler, optimizer] = ready();
    scaler.unscale_(optimizer);
    expect(() => scaler.unscale_(optimizer)).toThrow(
      'unscale_: it was already called for this optimizer since the last update(). Call it once per update.',
    );
    await scaler.step(optimizer);
    await expect(scaler.step(optimizer)).rejects.toThrow(
      'step: it was already called for this optimizer since the last update(). Call update() first.',
    );
    expect(() => scaler.unscale_(optimizer)).toThrow(
      'unscale_: it is called after step(). Call it before, or update() first.',
    );
    await scaler.update();
    scaler.unscale_(optimizer);
  });

  test('update without a step, step without gradients', async () => {
    const [scaler, optimizer, x] = ready();
    await expect(scaler.update()).rejects.toThrow(
      'update: no gradients were checked since the last update(). Call `await scaler.step(optimizer)` first.',
    );
    x.grad = null;
    await expect(scaler.step(optimizer)).rejects.toThrow(
      'step: no parameter of the optimizer has a gradient. Call `scaler.scale(loss).backward()` first.',
    );
  });

  test('float16 gradients', () => {
    const x = ones([2], { dtype: 'float16' }).requiresGrad_();
    const scaler = new GradScaler({ initScale: 2 });
    scaler.scale(x.sum()).backward();
    expect(() => scaler.unscale_(new SGD([x], { lr: 1 }))).toThrow('unscale_: a gradient of shape [2] is float16.');
  });
});

describe('options and state', () => {
  test('what is out of range', () => {
    const wrong =
      (options: GradScalerOptions): (() => unknown) =>
      () =>
        new GradScaler(options);
    expect(wrong({ initScale: 0 })).toThrow('GradScaler: initScale is 0. It must be a finite number greater than 0.');
    expect(wrong({ growthFactor: 1 })).toThrow(
      'GradScaler: growthFactor is 1. It must be a finite number greater than 1.',
    );
    expect(wrong({ backoffFactor: 1 })).toThrow(
      'GradScaler: backoffFactor is 1. It must be greater than 0 and less than 1.',
    );
    expect(wrong({ growthInterval: 0.5 })).toThrow(
      'GradScaler: growthInterval is 0.5. It must be a whole number of steps',
    );
    const scaler = new GradScaler();
    expect(() => scaler.setBackoffFactor(2)).toThrow('backoffFactor is 2');
    expect(() => scaler.setGrowthFactor(0)).toThrow('growthFactor is 0');
    expect(() => scaler.setGrowthInterval(-1)).toThrow('growthInterval is -1');
  });

  test('setters, and a state that goes on', async () => {
    const scaler = new GradScaler({ initScale: 8 });
    scaler.setGrowthFactor(4);
    scaler.setBackoffFactor(0.25);
    scaler.setGrowthInterval(2);
    expect([scaler.getGrowthFactor(), scaler.getBackoffFactor(), scaler.getGrowthInterval()]).toEqual([4, 0.25, 2]);
    const param = leaf([1]);
    const optimizer = new SGD([param], { lr: 0 });
    await iterate(scaler, param, optimizer, [1]);
    const state = scaler.stateDict();
    expect(state).toEqual({ scale: 8, growth_factor: 4, backoff_factor: 0.25, growth_interval: 2, _growth_tracker: 1 });
    const next = new GradScaler();
    next.loadStateDict(state);
    expect(next.stateDict()).toEqual(state);
    await iterate(next, param, optimizer, [1]);
    expect(next.getScale()).toBe(32);
    expect(() => next.loadStateDict({})).toThrow('loadStateDict: the state is empty');
    expect(() => next.loadStateDict({ ...state, scale: NaN })).toThrow('scale is NaN');
    expect(next.getScale()).toBe(32);
  });

  test('not enabled', async () => {
    const x = leaf([1]);
    const optimizer = new SGD([x], { lr: 1 });
    const scaler = new GradScaler({ enabled: false });
    expect([scaler.isEnabled(), scaler.getScale(), scaler.stateDict()]).toEqual([false, 1, {}]);
    scaler.loadStateDict({});
    expect(scaler.scale(x)).toBe(x);
    x.grad = tensor([Infinity]);
    scaler.unscale_(optimizer);
    await scaler.step(optimizer);
    await scaler.update();
    expect(x.itemSync()).toBe(-Infinity);
  });
});
