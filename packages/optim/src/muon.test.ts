import { manualSeed, matmul, randn, record, tensor, useBackend, zeros, type DType, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { StepLR } from './lr-scheduler/step-lr.ts';
import { Muon, type MuonOptions } from './muon.ts';

beforeAll(() => useBackend(reference()));

/** What one step takes from zeros, along a gradient. */
function step(grad: Tensor, options: Partial<MuonOptions> = {}): Tensor {
  const x = zeros(grad.shape, { dtype: grad.dtype, requiresGrad: true });
  x.grad = grad;
  new Muon([x], { lr: 1, ...options }).step();
  return x.detach().neg();
}

/** The largest difference. */
const distance = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().itemSync();

test.each([
  [4, 4],
  [3, 7],
  [7, 3],
  [1, 5],
  [5, 1],
])('a step of %d × %d has singular values near 1', (rows, columns) => {
  // prettier-ignore
  manualSeed(rows * 10 + columns);
  const grad = randn([rows, columns], { dtype: 'float64' });
  const taken = step(grad, { adjustLrFn: 'match_rms_adamw' }).div(0.2 * Math.sqrt(Math.max(rows, columns)));
  const gram = rows > columns ? matmul(taken.transpose(0, 1), taken) : matmul(taken, taken.transpose(0, 1));
  const [n = 0] = gram.shape;
  // The mean of their squares, and the largest element of the diagonal.
  expect(taken.square().sum().itemSync() / n).toBeGreaterThan(0.4);
  expect(gram.max().itemSync()).toBeLessThan(1.5);
  // What converges instead of only coming near is the orthogonal matrix itself.
  const exact = step(grad, { nsCoefficients: [1.5, -0.5, 0], nsSteps: 60 }).div(Math.sqrt(Math.max(1, rows / columns)));
  const product = rows > columns ? matmul(exact.transpose(0, 1), exact) : matmul(exact, exact.transpose(0, 1));
  const identity = tensor(Array.from({ length: n * n }, (_, k) => Number(k % (n + 1) === 0)), { shape: [n, n], dtype: 'float64' }); // prettier-ignore
  expect(distance(product, identity)).toBeLessThan(1e-9);
});

test('the size of a gradient does not matter', () => {
  manualSeed(1);
  const grad = randn([3, 4], { dtype: 'float64' });
  expect(distance(step(grad), step(grad.mul(1000)))).toBeLessThan(1e-12);
  expect(distance(step(grad, { maximize: true }), step(grad).neg())).toBeLessThan(1e-12);
});

test('without a gradient to speak of only weight decay is left', () => {
  const x = tensor([[1, 2]], { dtype: 'float64', requiresGrad: true });
  x.grad = zeros([1, 2], { dtype: 'float64' });
  new Muon([x], { lr: 0.5, weightDecay: 0.5 }).step();
  expect(x.toArraySync()).toEqual([[0.75, 1.5]]);
});

test.each(['float16', 'float32'] as const)('of %s parameters', (dtype: DType) => {
  manualSeed(2);
  const grad = randn([3, 5]);
  const taken = step(grad.to(dtype));
  expect(taken.dtype).toBe(dtype);
  expect(distance(taken.to('float32'), step(grad))).toBeLessThan(dtype === 'float16' ? 0.05 : 1e-9);
  // Too large for squares in half precision.
  expect(step(grad.mul(1000).to(dtype)).isfinite().all().itemSync()).toBe(1);
});

test('of no elements', () => {
  expect(step(zeros([0, 3])).shape).toEqual([0, 3]);
  expect(step(zeros([3, 0])).shape).toEqual([3, 0]);
});

test('a recorded step, be it the first, goes on with the schedule, and changed numbers launch the same programs', () => {
  const run = (isReplayed: boolean): unknown => {
    manualSeed(3);
    const x = randn([3, 2]).requiresGrad_();
    const optimizer = new Muon([x], { lr: 0.1 });
    const schedule = new StepLR(optimizer, 1, { gamma: 0.5 });
    const once = (): void => {
      x.grad = x.detach().clone();
      optimizer.step();
    };
    const recording = record(once);
    schedule.step();
    if (isReplayed) recording.replay();
    else once();
    return x.toArraySync();
  };
  expect(run(true)).toEqual(run(false));

  const x = randn([3, 2]).requiresGrad_();
  x.grad = randn([3, 2]);
  const optimizer = new Muon([x]);
  const keys = (): string[] => record(() => optimizer.step()).programs.map(({ key }) => key);
  const first = keys();
  Object.assign(optimizer.paramGroups[0] ?? {}, {
    lr: 1,
    momentum: 0.5,
    nsCoefficients: [2, -1.5, 0.5],
    eps: 1,
    weightDecay: 0,
  });
  expect(keys()).toEqual(first);
});

test('refusals', () => {
  const x = zeros([2, 3], { requiresGrad: true });
  expect(() => new Muon([x, zeros([3], { requiresGrad: true })])).toThrow(
    'Muon: parameter 1 has shape [3]. Muon is for matrices: give parameters of other than 2 dims to AdamW.',
  );
  const optimizer = new Muon([x]);
  expect(() => optimizer.addParamGroup({ params: zeros([1, 2, 3], { requiresGrad: true }) })).toThrow(
    'Muon: parameter 0 has shape [1, 2, 3].',
  );
  expect(optimizer.paramGroups.length).toBe(1);
  expect(() => new Muon([x, 3 as never])).toThrow('Muon: parameter 1 is number. Parameters are tensors.');
  expect(() => new Muon([x], { nsSteps: 100 })).toThrow('Muon: nsSteps is 100. It must be an integer in [0, 100).');
  expect(() => new Muon([x], { nsSteps: 1.5 })).toThrow('Muon: nsSteps is 1.5.');
  expect(() => new Muon([x], { nsCoefficients: [1, 2] as never })).toThrow(
    'Muon: nsCoefficients are 1, 2. They must be three numbers.',
  );
  expect(() => new Muon([x], { adjustLrFn: 'rms' as never })).toThrow(
    "Muon: adjustLrFn is rms. It must be 'original', 'match_rms_adamw' or null.",
  );
  for (const option of ['momentum', 'weightDecay', 'eps'] as const)
    expect(() => new Muon([x], { [option]: -1 })).toThrow(`Muon: ${option} is -1. It must be ≥ 0.`);
});
