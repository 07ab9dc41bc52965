import { beforeEach, expect, test, vi } from 'vitest';
import {
  autograd,
  dropout,
  func,
  linalg,
  manualSeed,
  memory,
  ones,
  rand,
  randn,
  record,
  tensor,
  tidy,
  useBackend,
  vmap,
  zeros,
  type Tensor,
} from '../index.ts';
import { checked } from '../testing/checked.ts';
import { reference } from '../testing/reference.ts';

beforeEach(async () => {
  await useBackend(checked(reference()));
});

test('a change in place of an argument is one of what was given', () => {
  const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
  vmap((row: Tensor) => row.mul_(row.sum()), { inDims: 1 })(x);
  expect(x.toArraySync()).toEqual([[4, 12], [12, 24]]); // prettier-ignore
});

test('what lanes share is not changed in place by what differs between them, and stays what it was', () => {
  const shared = zeros([2]);
  const message = 'vmap: a tensor that all lanes share (of 2 elements, made before) would be changed in place';
  expect(() => vmap((row: Tensor) => shared.add_(row))(ones([3, 2]))).toThrow(message);
  expect(shared.toArraySync()).toEqual([0, 0]);
});

test('lanes cannot be read, not even later', () => {
  const kept: Tensor[] = [];
  vmap((row: Tensor) => {
    kept.push(row.mul(2));
    return row;
  })(ones([3, 2]));
  expect(() => kept[0]?.dataSync()).toThrow('vmap: the elements of a tensor inside of it cannot be read');
  expect(() => vmap((row: Tensor) => row.mul(row.sum().itemSync()))(ones([3, 2]))).toThrow('Use where and masks');
});

test('backward inside would give leaves a gradient per lane', () => {
  const w = ones([2], { requiresGrad: true });
  const run = vmap((row: Tensor) => {
    row.mul(w).sum().backward();
    return row;
  });
  expect(() => run(ones([3, 2]))).toThrow('vmap: backward() inside of it');
});

test('an async function is refused', () => {
  const run = vmap((row: Tensor) => Promise.resolve(row));
  expect(() => run(ones([3, 2]))).toThrow('vmap: the function is async');
});

test('draws are refused, the same, or different', () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const rows = (randomness: 'same' | 'different', draw: (x: Tensor) => Tensor): number => {
    const drawn = vmap(draw, { randomness })(ones([3, 8])).toArraySync() as number[][];
    return new Set(drawn.map(String)).size;
  };
  const noisy = (x: Tensor): Tensor => x.add(rand([8]));
  manualSeed(0);
  expect(() => vmap(noisy)(ones([3, 8]))).toThrow("Say by { randomness: 'same' } or { randomness: 'different' }");
  for (const draw of [noisy, (x: Tensor) => dropout(x)]) {
    expect(rows('same', draw)).toBe(1);
    expect(rows('different', draw)).toBe(3);
  }
});

test('dropout that is the same in each lane is so in its gradient', () => {
  const x = ones([3, 16], { requiresGrad: true });
  const y = vmap((row: Tensor) => dropout(row), { randomness: 'same' })(x);
  y.sum().backward();
  expect(x.grad?.toArraySync()).toEqual(y.toArraySync());
});

test('what is the same in each lane may have no outDim', () => {
  const [y, z] = vmap((row: Tensor) => [row, ones([2])], { outDims: [1, null] })(zeros([3, 2]));
  expect([y?.shape, z?.shape]).toEqual([[2, 3], [2]]);
  expect(() => vmap((row: Tensor) => row, { outDims: null })(zeros([3, 2]))).toThrow('and its outDim is null');
});

test('linalg inside is computed lane by lane, with its gradient', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const a = randn([3, 2, 2], { dtype: 'float64' }).add(tensor([[4, 0], [0, 4]], { dtype: 'float64' })).requiresGrad_(); // prettier-ignore
  const inside = vmap((m: Tensor) => linalg.inv(m))(a);
  const outside = linalg.inv(a);
  expect(inside.toArraySync()).toEqual(outside.toArraySync());
  const [g] = autograd.grad(inside.square().sum(), a);
  const [h] = autograd.grad(outside.square().sum(), a);
  expect(g?.sub(h as Tensor).abs().max().itemSync()).toBeLessThan(1e-12); // prettier-ignore
  expect(warn).toHaveBeenCalledTimes(1);
});

test('lanes may be none', () => {
  const y = vmap((row: Tensor) => row.matmul(ones([2, 4])).softmax(0))(zeros([0, 2]));
  expect(y.shape).toEqual([0, 4]);
});

test('a recording runs it again', () => {
  const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
  let y = x;
  const recording = record(() => {
    y = vmap((row: Tensor) => row.zeros([2]).add_(row).mul(row.sum()))(x);
  });
  x.copy_(tensor([[1, 1], [2, 0]])); // prettier-ignore
  recording.replay();
  expect(y.toArraySync()).toEqual([[2, 2], [4, 0]]); // prettier-ignore
});

test('tidy frees what was made inside, and keeps what is returned', () => {
  const x = randn([3, 4], { requiresGrad: true });
  const w = randn([4, 4]);
  const step = (): Tensor => tidy(() => autograd.grad(vmap((row: Tensor) => row.matmul(w).tanh().sum())(x).sum(), x)[0] as Tensor); // prettier-ignore
  const bytes = (): number => Object.values(memory()).at(-1)?.liveBytes ?? 0;
  step().dispose();
  const before = bytes();
  const grad = step();
  expect(bytes() - before).toBe(3 * 4 * 4);
  expect(grad.dataSync()).toHaveLength(12);
});

test('leaves outside get the sum of what lanes send them', () => {
  const w = tensor([1, 2], { requiresGrad: true });
  const x = tensor([[1, 0], [2, 5], [4, 1]]); // prettier-ignore
  vmap((row: Tensor) => row.mul(w).sum())(x)
    .sum()
    .backward();
  expect(w.grad?.toArraySync()).toEqual([7, 6]);
});

test('jacfwd says what draws mean', () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const noisy = (x: Tensor): Tensor => x.mul(rand([1]));
  const x = ones([3]);
  expect(() => func.jacfwd(noisy)(x)).toThrow('jacfwd: random numbers were drawn inside');
  const same = func.jacfwd(noisy, { randomness: 'same' })(x).diagonal().toArraySync() as number[];
  expect(new Set(same).size).toBe(1);
  const different = func.jacfwd(noisy, { randomness: 'different' })(x).diagonal().toArraySync() as number[];
  expect(new Set(different).size).toBe(3);
});

test('transforms respect noGrad around them, and what is watched stays so', () => {
  const x = tensor([1, 2], { requiresGrad: true });
  const cube = (v: Tensor): Tensor => v.pow(3).sum();
  expect(func.grad(cube)(x).requiresGrad).toBe(true);
  expect(func.grad(cube)(x.detach()).requiresGrad).toBe(false);
  const w = tensor([1, 2], { requiresGrad: true });
  const [g] = autograd.grad(
    func
      .grad((v: Tensor) => v.square().mul(w).sum())(x.detach())
      .sum(),
    w,
  );
  expect(g?.toArraySync()).toEqual([2, 4]);
});

test('what a hook or a function of the user gives in place of a gradient is meant for each lane', () => {
  class Ones extends autograd.Function {
    static forward(_: unknown, x: Tensor, y: Tensor): Tensor {
      return x.add(y);
    }
    static backward(): Tensor[] {
      return [ones([2]), ones([2])];
    }
  }
  const w = zeros([2], { requiresGrad: true });
  const x = zeros([3, 2], { requiresGrad: true });
  vmap((row: Tensor) => Ones.apply(row, w))(x)
    .sum()
    .backward();
  expect([w.grad?.toArraySync(), x.grad?.sum().itemSync()]).toEqual([[3, 3], 6]);
  const v = zeros([2], { requiresGrad: true });
  vmap((row: Tensor) => {
    const y = row.add(v);
    y.registerHook(() => ones([2]).mul(2));
    return y;
  })(x.detach()).sum().backward(); // prettier-ignore
  expect(v.grad?.toArraySync()).toEqual([6, 6]);
});
