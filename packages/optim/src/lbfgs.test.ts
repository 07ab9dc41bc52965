import { memory, stack, tensor, tidy, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Adam } from './adam.ts';
import { LBFGS, type LBFGSOptions } from './lbfgs.ts';
import { LambdaLR } from './lr-scheduler/lambda-lr.ts';
import type { OptimizerStateDict } from './state-dict.ts';

beforeAll(() => useBackend(reference()));

const leaf = (data: number[], dtype: 'float32' | 'float64' = 'float64'): Tensor =>
  tensor(data, { dtype, requiresGrad: true });

/** The closure that goes down Σ scale·(x − target)². */
function bowl(
  optimizer: { zeroGrad(): void },
  x: Tensor,
  scale: readonly number[],
  target: readonly number[],
): () => Tensor {
  const { dtype } = x;
  const [a, b] = [tensor([...scale], { dtype }), tensor([...target], { dtype })];
  return () => {
    optimizer.zeroGrad();
    const loss = x.sub(b).square().mul(a).sum();
    loss.backward();
    return loss;
  };
}

test('finds the bottom of a bowl in one step, however it is stretched', async () => {
  const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
  const place = fc.record({ start: number(-5, 5), scale: number(0.1, 10), target: number(-5, 5) });
  await fc.assert(
    fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 4 }), async (places) => {
      const x = leaf(places.map(({ start }) => start));
      const optimizer = new LBFGS([x], { maxIter: 60, lineSearchFn: 'strong_wolfe' });
      const targets = places.map(({ target }) => target);
      await optimizer.step(
        bowl(
          optimizer,
          x,
          places.map(({ scale }) => scale),
          targets,
        ),
      );
      const found = x.toArraySync() as number[];
      found.forEach((value, k) => expect(value).toBeCloseTo(targets[k] ?? NaN, 3));
    }),
    { numRuns: 30 },
  );
});

test.each(['float32', 'float64'] as const)('of %s parameters of several shapes', async (dtype) => {
  const [a, b, c] = [
    leaf([1, 2], dtype),
    tensor(3, { dtype, requiresGrad: true }),
    zeros([0, 2], { dtype, requiresGrad: true }),
  ];
  const d = leaf([1, 2, 3, 4], dtype).detach().view([2, 2]).transpose(0, 1).detach().requiresGrad_();
  const unused = leaf([7], dtype);
  const optimizer = new LBFGS([a, b, c, d, unused], { lineSearchFn: 'strong_wolfe' });
  await optimizer.step(() => {
    optimizer.zeroGrad();
    const loss = stack([a.sub(1.5).square().sum(), b.add(2).square().mul(3), d.sub(1).square().sum()]).sum();
    loss.backward();
    return loss;
  });
  const numbers = [a, b, d].flatMap((x) => [x.toArraySync()].flat(3) as number[]);
  const expected = [1.5, 1.5, -2, 1, 1, 1, 1];
  numbers.forEach((value, k) => expect(value).toBeCloseTo(expected[k] ?? NaN, 3));
  expect(unused.toArraySync()).toEqual([7]);
});

test('resolves to what the closure returned first, be it async and a number', async () => {
  const x = leaf([3]);
  const optimizer = new LBFGS([x], { maxIter: 3 });
  const closure = bowl(optimizer, x, [1], [1]);
  expect((await optimizer.step(closure)).itemSync()).toBe(4);
  x.detach().copy_(tensor([2]));
  expect(await optimizer.step(async () => closure().item())).toBe(1);
});

test('where the gradient is flat, nothing but the count of evaluations changes', async () => {
  const x = leaf([1]);
  const optimizer = new LBFGS([x]);
  await optimizer.step(bowl(optimizer, x, [1], [1]));
  expect(x.itemSync()).toBe(1);
  expect(optimizer.stateDict().state).toEqual({ 0: { func_evals: 1, n_iter: 0 } });
});

test('lr is what a schedule sets', async () => {
  const x = leaf([1]);
  const optimizer = new LBFGS([x], { maxIter: 1 });
  const schedule = new LambdaLR(optimizer, (epoch) => 0.5 ** epoch);
  schedule.step();
  await optimizer.step(bowl(optimizer, x, [1], [0]));
  // The gradient is 2, and the first step is lr / Σ|g| long.
  expect(x.itemSync()).toBe(1 - 0.5);
});

test.each([null, 'strong_wolfe'] as const)(
  'keeps no more memory than its history; line search: %s',
  async (lineSearchFn) => {
    const x = leaf([-1.2, 1, -0.5, 0.8]);
    const optimizer = new LBFGS([x], {
      historySize: 2,
      maxIter: 60,
      maxEval: 200,
      lr: lineSearchFn ? 1 : 1e-3,
      lineSearchFn,
    });
    const counts: number[] = [];
    const closure = (): number =>
      tidy(() => {
        optimizer.zeroGrad();
        const [left, right] = [x.narrow(0, 0, 3), x.narrow(0, 1, 3)];
        const loss = right.sub(left.square()).square().mul(100).add(left.sub(1).square()).sum();
        loss.backward();
        counts.push(memory()['reference']?.liveBuffers ?? NaN);
        return loss.itemSync();
      });
    await optimizer.step(closure);
    expect(counts.length).toBeGreaterThan(30);
    // Two pairs, the direction and the gradient that it came from; where the search began, and the gradients of two points in it.
    expect(Math.max(...counts) - (counts[0] ?? NaN)).toBeLessThanOrEqual(9);
  },
);

test('a closure that fails leaves what is remembered as it was, and the optimizer usable', async () => {
  const x = leaf([3, 1]);
  const optimizer = new LBFGS([x], { maxIter: 4 });
  const closure = bowl(optimizer, x, [1, 5], [1, 1]);
  await optimizer.step(closure);
  const before = optimizer.stateDict().state;
  let calls = 0;
  const failing = (): Tensor => {
    if (++calls === 2) throw new Error('no data');
    return closure();
  };
  x.detach().copy_(tensor([3, 1]));
  await expect(optimizer.step(failing)).rejects.toThrow('no data');
  expect(optimizer.stateDict().state).toEqual(before);
  await optimizer.step(closure);
});

test('a model that was converted since is refused until its state is brought along', async () => {
  const x = leaf([3], 'float32');
  const optimizer = new LBFGS([x], { maxIter: 2 });
  await optimizer.step(bowl(optimizer, x, [1], [1]));
  Object.assign(x, { storage: tensor([2], { dtype: 'float64' }).storage, grad: null });
  const closure = (): Tensor => {
    x.grad = x.detach().mul(2);
    return x.detach().square().sum();
  };
  await expect(optimizer.step(closure)).rejects.toThrow(
    'LBFGS: the state of a parameter is float32 [1] on "reference", the parameter float64 [1] on "reference": it was converted or moved since.',
  );
  optimizer.loadStateDict(optimizer.stateDict());
  await optimizer.step(closure);
});

test('refusals of options and parameters', () => {
  const x = leaf([1]);
  for (const option of ['maxIter', 'maxEval', 'historySize'] as const) {
    for (const value of [0, 1.5, NaN])
      expect(() => new LBFGS([x], { [option]: value })).toThrow(`LBFGS: ${option} is ${value}. It must be an integer ≥ 1.`); // prettier-ignore
  }
  for (const option of ['toleranceGrad', 'toleranceChange', 'lr'] as const)
    expect(() => new LBFGS([x], { [option]: -1 })).toThrow(`LBFGS: ${option} is -1. It must be ≥ 0.`);
  expect(() => new LBFGS([x], { lineSearchFn: 'armijo' as never })).toThrow(
    "LBFGS: lineSearchFn is armijo. It must be 'strong_wolfe' or null.",
  );
  expect(() => new LBFGS([{ params: x }, { params: leaf([2]) }])).toThrow(
    'LBFGS: there can be only one group of parameters. Pass a list of tensors.',
  );
  expect(() => new LBFGS([x, leaf([1], 'float32')])).toThrow(
    'LBFGS: the parameters are float64 on "reference" and float32 on "reference". They must be of one dtype and on one device.',
  );
  expect(() => new LBFGS([x, 3 as never])).toThrow('LBFGS: parameter 1 is number. Parameters are tensors.');
  expect(new LBFGS([x], { maxIter: 9 }).paramGroups[0]?.maxEval).toBe(11);
  const written: LBFGSOptions = {
    lr: 1, maxIter: 20, maxEval: 25, toleranceGrad: 1e-7, toleranceChange: 1e-9, historySize: 100, lineSearchFn: null,
  }; // prettier-ignore
  expect(new LBFGS([x]).paramGroups[0]).toEqual({ ...written, params: [x] });
});

test('refusals of closures', async () => {
  const x = leaf([3]);
  const optimizer = new LBFGS([x]);
  expect(() => optimizer.step()).toThrow(
    'LBFGS: there is no closure. Pass a function that clears the gradients, computes the loss, calls backward() and returns the loss, and await the step.',
  );
  const closure = bowl(optimizer, x, [1], [1]);
  await expect(optimizer.step(() => undefined as never)).rejects.toThrow(
    'LBFGS: the closure returned undefined. It must return the loss: a tensor of one element, or a number.',
  );
  const first = optimizer.step(closure);
  expect(() => optimizer.step(closure)).toThrow('LBFGS: the step before has not ended. Await it.');
  await first;
  await optimizer.step(closure);
});

test('refusals of state dicts leave the optimizer as it was', async () => {
  const x = leaf([3, 1]);
  const optimizer = new LBFGS([x], { maxIter: 3 });
  await optimizer.step(bowl(optimizer, x, [1, 4], [1, 1]));
  const { state, param_groups } = optimizer.stateDict();
  const load = (changes: Record<string, unknown>): (() => void) => {
    const changed = { state: { 0: { ...state[0], ...changes } }, param_groups } as OptimizerStateDict;
    return () => optimizer.loadStateDict(changed);
  };
  expect(load({ d: zeros([3]) })).toThrow(
    'LBFGS: d of the state is a tensor of shape [3]. It must be a vector of 2 elements, as many as the parameters have.',
  );
  expect(load({ old_dirs: 7 })).toThrow('LBFGS: old_dirs of the state is 7. It must be a list.');
  expect(load({ ro: [1, 'x'] })).toThrow('LBFGS: ro of the state is x. It must be a number.');
  expect(load({ ro: [] })).toThrow('LBFGS: old_dirs, old_stps and ro of the state have lengths 1, 1 and 0. They must be equal.'); // prettier-ignore
  expect(load({ t: undefined })).toThrow('LBFGS: the state of parameter 0 has no t (it has ');
  const y = leaf([3, 1]);
  y.grad = zeros([2], { dtype: 'float64' });
  const adam = new Adam([y]);
  adam.step();
  expect(() => optimizer.loadStateDict({ ...adam.stateDict(), param_groups })).toThrow(
    'LBFGS: the state of parameter 0 has no func_evals (it has step, exp_avg, exp_avg_sq). Load the state of an optimizer of the same kind.',
  );
  expect(() => optimizer.loadStateDict({ state, param_groups: [{ params: [0], lr: -1 }] })).toThrow('LBFGS: lr is -1.');
  expect(() => optimizer.loadStateDict({} as never)).toThrow(
    'LBFGS: the state dict has no "state" and "param_groups".',
  );
  expect(optimizer.stateDict()).toEqual({ state, param_groups });
});
