// Who holds what when gradients flow: nothing is freed that somebody may read, nothing is shared that somebody may change,
// and nothing is kept that nobody can ask for.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  autograd,
  maxPool1d,
  openBackend,
  rand,
  tensor,
  tidy,
  useBackend,
  type Backend,
  type Device,
  type Tensor,
} from '../index.ts';
import { checked, reference } from '../testing/index.ts';

let device: Device;
beforeEach(async () => {
  device = await useBackend(checked(reference()));
});

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });
const gradOf = (x: Tensor): unknown => x.grad?.toArraySync();

test('a retained gradient is a copy: changing it changes neither the seed nor another', () => {
  const x = leaf(1, 2);
  const y = x.add(0);
  const z = y.add(0);
  y.retainGrad();
  z.retainGrad();
  const seed = tensor([1, 1]);
  z.backward(seed);
  z.grad?.mul_(5);
  expect([gradOf(z), gradOf(y), gradOf(x), seed.toArraySync()]).toEqual([[5, 5], [1, 1], [1, 1], [1, 1]]); // prettier-ignore
});

test('a retained gradient outlives a tidy around backward', () => {
  const y = leaf(1, 2).mul(3);
  y.retainGrad();
  tidy(() => y.sum().backward());
  expect(gradOf(y)).toEqual([1, 1]);
});

test('with createGraph a leaf does not share its gradient with the seed', () => {
  const x = leaf(1, 2);
  const seed = tensor([1, 1]);
  x.view([2, 1]).view([2]).backward(seed, { createGraph: true });
  x.grad?.detach().mul_(5);
  expect([gradOf(x), seed.toArraySync()]).toEqual([[5, 5], [1, 1]]); // prettier-ignore
});

test('a seed of another dtype is converted', () => {
  const x = tensor([[1, 2], [3, 4]], { requiresGrad: true }); // prettier-ignore
  const y = x.matmul(tensor([[1, 0], [0, 1]])); // prettier-ignore
  const dtypes: string[] = [];
  y.registerHook((grad) => void dtypes.push(grad.dtype));
  y.backward(tensor([[1, 2], [3, 4]], { dtype: 'float64' })); // prettier-ignore
  expect(dtypes).toEqual(['float32']);
  expect(gradOf(x)).toEqual([[1, 2], [3, 4]]); // prettier-ignore
  expect(() => x.sum().backward(3 as never)).toThrow('backward: the gradient is the number 3. Pass a tensor');
});

test('a hook returns a gradient like the one it got, or nothing', () => {
  const run = (returned: unknown) => (): void => {
    const y = leaf(1, 2).mul(2);
    y.registerHook(() => returned as Tensor);
    y.sum().backward();
  };
  expect(run(tensor([1, 2, 3]))).toThrow(
    'MulBackward: a hook returned a float32 tensor of shape [3] for a float32 gradient of shape [2]. Return one like it, or nothing.',
  );
  expect(run(tensor([1, 2], { dtype: 'float64' }))).toThrow('returned a float64 tensor of shape [2] for a float32');
  expect(run(7)).toThrow('a hook returned number for a float32 gradient');
  expect(run(null)).not.toThrow();
});

test('a hook that is added twice is called twice, and removed once', () => {
  const x = leaf(1);
  let calls = 0;
  const hook = (): void => void calls++;
  x.registerHook(hook);
  const second = x.registerHook(hook);
  x.sum().backward();
  second.remove();
  x.sum().backward();
  expect(calls).toBe(3);
});

test('a leaf that stopped requiring grad gets none', () => {
  const x = leaf(1, 2);
  const y = x.square().sum();
  x.requiresGrad = false;
  y.backward();
  expect(x.grad).toBe(null);
});

test('a view that is a leaf itself is not changed in place', () => {
  const row = tensor([1, 2]).select(0, 0).requiresGrad_();
  expect(() => row.mul_(2)).toThrow('a leaf that requires grad cannot be changed in place');
});

test('a graph of gradients keeps what the graph below let go of', () => {
  const x = tensor([[1, 5, 2], [7, 0, 3]], { requiresGrad: true }); // prettier-ignore
  const { values } = x.max(1);
  values.square().sum().backward({ createGraph: true, retainGraph: false });
  // Through the values it would need the graph that was used up; to say so it must not find freed memory first.
  const first = x.grad as Tensor;
  expect(() => first.square().sum().backward()).toThrow('the graph of MaxBackward was already used and freed');
});

describe('a result that is kept after backward keeps no memory on the way:', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;

  /** A loss after its backward, and the memory of a value on the way to it. */
  const trained = (fn: (y: Tensor) => Tensor): { loss: Tensor; memory: WeakRef<object> } => {
    const y = rand([10, 100], { requiresGrad: true }).mul(1);
    const loss = fn(y).sum();
    loss.backward();
    return { loss, memory: new WeakRef(y.storage) };
  };

  test.each<[string, (y: Tensor) => Tensor]>([
    ['a product', (y) => y.matmul(y.t())],
    ['a reduction', (y) => y.softmax(1).std(0)],
    ['views', (y) => y.view([100, 10]).unsqueeze(0).permute([2, 0, 1]).slice(0, 0, 5).select(2, 3).expand([2, 5, 1])],
    ['windows', (y) => y.unfold(0, 3, 2).diagonal()],
  ])('%s', async (_, fn) => {
    const { loss, memory } = trained(fn);
    await new Promise((resolve) => void setTimeout(resolve, 0));
    collect();
    expect(memory.deref()).toBe(undefined);
    expect(loss.gradFn).not.toBe(null);
  });
});

test('gradients cross devices, and cross back to be differentiated again', async () => {
  const other = await openBackend({ name: 'other', create: () => named(reference().create() as Backend, 'other') });
  const x = tensor([2, 3], { dtype: 'float64', requiresGrad: true });
  const y = (await x.pow(2).to(other)).mul(2);
  const [g] = autograd.grad(y.sum(), x, { createGraph: true }) as [Tensor];
  expect([g.device, g.toArraySync()]).toEqual([device, [8, 12]]);
  const z = (await x.to(other)).pow(3);
  const [first] = autograd.grad(z.sum(), x, { createGraph: true }) as [Tensor];
  first.sum().backward();
  expect(gradOf(x)).toEqual([12, 18]);
  other.dispose();
});

test('a gradient that cannot be read to go back says so', async () => {
  const { readSync: _, ...late } = named(reference().create() as Backend, 'late');
  const other = await openBackend(late);
  const x = leaf(2, 3);
  const y = (await x.to(other)).sum();
  expect(() => y.backward()).toThrow('backward: a gradient on "late" has to go back to "');
  other.dispose();
});

/** The same backend under another name. */
function named(backend: Backend, name: string): Backend {
  return { ...backend, name };
}

test('reading what is not dense leaves nothing behind', async () => {
  const x = tensor([[1, 2], [3, 4]]).t(); // prettier-ignore
  const before = device.memory().liveBuffers;
  x.dataSync();
  await x.data();
  expect(String(x)).toContain('3.');
  expect(device.memory().liveBuffers).toBe(before);
});

test('tidy refuses an async function', () => {
  expect(() => tidy(async () => tensor([1]))).toThrow('tidy: the function is async');
});

test('a graph of gradients keeps what a later backward lets go of', () => {
  const positions: ((x: Tensor) => Tensor)[] = [(x) => x.max(1).values, (x) => maxPool1d(x.unsqueeze(0), 3).squeeze(0)];
  for (const f of positions) {
    const [x, w] = [tensor([[1, 3, 2]], { requiresGrad: true }), tensor([[2]], { requiresGrad: true })];
    const loss = f(x).reshape([1, 1]).mul(w).sum();
    const [g] = autograd.grad(loss, x, { createGraph: true }) as [Tensor];
    loss.backward();
    w.grad = null;
    g.square().sum().backward();
    expect(gradOf(w)).toEqual([[4]]);
  }
});
