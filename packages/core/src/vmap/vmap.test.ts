import { beforeEach, expect, test, vi } from 'vitest';
import {
  autograd,
  checkpoint,
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

test('draws that are the same are so in all chunks', () => {
  const drawn = vmap((x: Tensor) => x.add(rand([8])), { randomness: 'same', chunkSize: 2 })(zeros([5, 8]));
  expect(new Set((drawn.toArraySync() as number[][]).map(String)).size).toBe(1);
});

test('so they are when a recording runs them again', () => {
  let y = zeros([4, 8]);
  const run = vmap((x: Tensor) => x.add(rand([8])), { randomness: 'same', chunkSize: 2 });
  const recording = record(() => void (y = run(zeros([4, 8]))));
  const before = y.toArraySync() as number[][];
  recording.replay();
  const after = y.toArraySync() as number[][];
  expect(new Set(after.map(String)).size).toBe(1);
  expect(after).not.toEqual(before);
});

test('a leaf of its own in each lane gets its gradient there', () => {
  const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
  const slopes = vmap((row: Tensor) => {
    const own = row.clone().requiresGrad_();
    own.square().sum().backward();
    own.sum().backward();
    return own.grad as Tensor;
  })(x);
  expect(slopes.toArraySync()).toEqual([[3, 5], [7, 9]]); // prettier-ignore
});

test('a checkpoint inside', () => {
  const x = tensor([[1, 2], [3, 4]], { requiresGrad: true }); // prettier-ignore
  const w = tensor([1, 2], { requiresGrad: true });
  vmap((row: Tensor) => checkpoint((v: Tensor) => v.square().mul(w).sum(), row))(x)
    .sum()
    .backward();
  expect([x.grad?.toArraySync(), w.grad?.toArraySync()]).toEqual([[[2, 8], [6, 16]], [10, 20]]); // prettier-ignore
});

test('a tensor inside is printed without its elements', () => {
  let text = '';
  vmap((row: Tensor) => {
    text = String(row);
    return row;
  })(ones([3, 2]));
  expect(text).toMatch(/^Tensor\(shape=\[2\], dtype=float32, device=/);
});

test('nothing is left of what jacobians look at', () => {
  const count = (): number => Object.values(memory()).at(-1)?.liveBuffers ?? 0;
  const step = (): void => tidy(() => void func.hessian((v: Tensor) => v.pow(3).sum())(ones([2])));
  step();
  const before = count();
  step();
  expect(count()).toBe(before);
});

test('vectors are taken by their places, whatever their order', () => {
  const x = { a: tensor([1, 2]), b: tensor([3, 4]) };
  const [y, pull] = func.vjp((d: typeof x) => ({ p: d.a.mul(2), q: d.b.mul(3) }), [x]);
  const [product] = pull({ q: tensor([1, 0]), p: tensor([0, 1]) });
  expect([product.a.toArraySync(), product.b.toArraySync()]).toEqual([[0, 2], [3, 0]]); // prettier-ignore
  expect(() => pull([y.p, y.q])).toThrow('vjp: the vectors are not nested as the output is');
  expect(() => pull({ p: 1, q: y.q })).toThrow('vjp: vector 0 is a number');
  expect(() => func.jvp((v: Tensor) => v, [x.a], x.a)).toThrow('jvp: the vectors are not nested');
  expect(() => func.vjp((v: Tensor) => v, x.a as never)).toThrow('vjp: the arguments are no list');
});

test('an integer output has zeros for a tangent', () => {
  const fn = (x: Tensor): Tensor[] => [x.mul(2), x.argmax()];
  const [, tangents] = func.jvp(fn, [tensor([1, 3])], [ones([2])]);
  expect(tangents.map((t) => t.toArraySync())).toEqual([[2, 2], 0]);
  const columns = func.jacfwd(fn)(tensor([1, 3])) as unknown as Tensor[];
  expect(columns.map((t) => t.toArraySync())).toEqual([[[2, 0], [0, 2]], [0, 0]]); // prettier-ignore
});

test('linearize pushes many tangents, and can be watched', () => {
  const x = tensor([1, 2], { requiresGrad: true });
  let runs = 0;
  const cube = (v: Tensor): Tensor => {
    runs++;
    return v.pow(3);
  };
  const [y, push] = func.linearize(cube, [x]);
  const columns = vmap((t: Tensor) => push([t]))(tensor([[1, 0], [0, 1]])); // prettier-ignore
  expect([y.toArraySync(), columns.toArraySync(), push([ones([2])]).toArraySync(), runs])
    .toEqual([[1, 8], [[3, 0], [0, 12]], [3, 12], 1]); // prettier-ignore
  expect(autograd.grad(push([ones([2])]).sum(), x)[0]?.toArraySync()).toEqual([6, 12]);
  expect(func.linearize(cube, [x.detach()])[1]([ones([2])]).requiresGrad).toBe(false);
});

test('arguments are named once, and functions give tensors at once', () => {
  const product = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum();
  const x = ones([2]);
  expect(() => func.grad(product, { argnums: [0, -2] })(x, x)).toThrow('grad: argnums [0, -2] names an argument twice');
  expect(() => func.grad((v: Tensor) => Promise.resolve(v.sum()))(x)).toThrow('the function returned a promise');
  expect(() => vmap((v: Tensor) => void v)(x)).toThrow('the function returned nothing');
});

test('results are nested alike in all lanes', () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  let calls = 0;
  const run = vmap((x: Tensor) => (calls++ === 0 ? [x] : [x, x]), { randomness: 'different' });
  expect(() => run(ones([2]))).toThrow('vmap: the function returned results that are not nested in the same way');
});
