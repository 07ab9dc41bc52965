import { cpu } from '@rushlight/backend-cpu';
import { whyNoAdapter } from '@rushlight/backend-webgpu';
import { expect, expectTypeOf, test } from 'vitest';
import * as rushlight from './index.ts';
import { data, manualSeed, memory, nn, optim, randn, useBackend, type Tensor } from './index.ts';

test('backends are used by name, by factory, and made once', async () => {
  const device = await useBackend('wasm');
  expect(device.name).toBe('wasm');
  expect(device.description).toMatch(/^\d+ threads?, /);
  expect(await useBackend('wasm')).toBe(device);
  expect(await useBackend(device)).toBe(device);
  expect(await useBackend(cpu())).not.toBe(device);
  // @ts-expect-error: no such backend
  await expect(useBackend('abacus')).rejects.toThrow(
    'there is no backend "abacus". Use "auto", "webgpu", "wasm", "cpu", or hand one in.',
  );
  const single = await useBackend('wasm', { threads: 1 });
  expect(single).not.toBe(device);
  expect(single.description).toMatch(/^1 thread, /);
  // @ts-expect-error: not an option of the backend
  await useBackend('cpu', { threads: 1 });
  await useBackend(device);
});

test('auto takes a GPU where there is one that is no program on the CPU, else wasm, and says why', async () => {
  const why = await whyNoAdapter({ software: false });
  const device = await useBackend('auto');
  expect(device.name).toBe(why === undefined ? 'webgpu' : 'wasm');
  expect(await useBackend('auto')).toBe(device);
  const single = await useBackend('auto', { wasm: { threads: 1, relaxed: false } });
  expect(single.description).toContain(why ?? '');
  await useBackend(device);
});

test('names are where PyTorch has them', () => {
  expect(rushlight.tensor).toBeTypeOf('function');
  expect(nn.CrossEntropyLoss).toBeTypeOf('function');
  expect(nn.functional.crossEntropy).toBeTypeOf('function');
  expect(nn.functional.relu).toBe(rushlight.relu);
  expect(nn.utils.clipGradNorm_).toBe(optim.clipGradNorm_);
  expect(nn.init.kaimingUniform_).toBeTypeOf('function');
  expect(optim.lrScheduler.StepLR).toBeTypeOf('function');
  expect(rushlight.autograd.grad).toBeTypeOf('function');
});

test('the training loop of the README learns, in bounded memory, without a dispose anywhere', async () => {
  class MyModel extends nn.Module {
    fc1 = new nn.Linear(10, 5);
    fc2 = new nn.Linear(5, 2);
    forward(x: Tensor) {
      return this.fc2(this.fc1(x).relu());
    }
  }
  await useBackend('auto');
  manualSeed(0);
  const points = randn([320, 10]);
  const loader = new data.DataLoader(new data.TensorDataset(points, points.sum(1).gt(0).to('int32')), {
    batchSize: 32,
    shuffle: true,
  });
  const model = new MyModel();
  expectTypeOf(model).toBeCallableWith(points);
  expectTypeOf(model(points)).toEqualTypeOf<Tensor>();
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  let last = Infinity;
  for (let epoch = 0; epoch < 20; epoch++) {
    for await (const [x, target] of loader) {
      optimizer.zeroGrad();
      const loss = criterion(model(x), target);
      loss.backward();
      optimizer.step();
      last = await loss.item();
    }
  }
  expect(last).toBeLessThan(0.3);
  expect(memory().cpu?.spilledBuffers).toBe(0);
});
