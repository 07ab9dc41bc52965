// What a kept plan could get wrong: the same operation on other geometry, at another offset, with other numbers, in turn.

import { beforeEach, describe, expect, test } from 'vitest';
import { arange, autograd, conv2d, embedding, maxPool2d, padConstant, record, tensor, useBackend, zeros, type Tensor } from '../index.ts'; // prettier-ignore
import { checked, nullBackend, reference } from '../testing/index.ts';

beforeEach(async () => {
  await useBackend(checked(reference()));
});

const grid = (rows: number, columns: number): Tensor => arange(rows * columns).to('float32').reshape([rows, columns]); // prettier-ignore
const inTurn = (...cases: (() => void)[]): void => {
  for (let round = 0; round < 3; round++) for (const run of cases) run();
};

describe('the same operation in turn', () => {
  test('on shapes that broadcast differently, walked differently, from different offsets', () => {
    const wide = grid(4, 6);
    const x = wide.slice(0, 1, 3).slice(1, 2, 5); // [[8, 9, 10], [14, 15, 16]]
    const square = grid(2, 2);
    inTurn(
      () => expect(x.add(x).toArraySync()).toEqual([[16, 18, 20], [28, 30, 32]]), // prettier-ignore
      () => expect(wide.slice(0, 0, 2).slice(1, 0, 3).add(x).toArraySync()).toEqual([[8, 10, 12], [20, 22, 24]]), // prettier-ignore
      () => expect(x.add(tensor([1, 2, 3])).toArraySync()).toEqual([[9, 11, 13], [15, 17, 19]]), // prettier-ignore
      () => expect(x.add(tensor([[1], [2]])).toArraySync()).toEqual([[9, 10, 11], [16, 17, 18]]), // prettier-ignore
      () => expect(x.add(tensor(1)).toArraySync()).toEqual([[9, 10, 11], [15, 16, 17]]), // prettier-ignore
      () => expect(square.add(square.t()).toArraySync()).toEqual([[0, 3], [3, 6]]), // prettier-ignore
      () => expect(square.add(square).toArraySync()).toEqual([[0, 2], [4, 6]]), // prettier-ignore
      () => expect(zeros([0, 3]).add(tensor([1, 2, 3])).shape).toEqual([0, 3]),
      () => expect(() => x.add(zeros([2, 2]))).toThrow('shapes [2, 3] and [2, 2] do not broadcast'),
    );
  });

  test('on dtypes that promote differently', () => {
    const [i, f, d, b] = (['int32', 'float32', 'float64', 'bool'] as const).map((dtype) => tensor([1, 1], { dtype })) as [Tensor, Tensor, Tensor, Tensor]; // prettier-ignore
    inTurn(
      () => expect(i.add(f).dtype).toBe('float32'),
      () => expect(i.add(i).dtype).toBe('int32'),
      () => expect(f.add(d).dtype).toBe('float64'),
      () => expect(f.add(tensor(1, { dtype: 'float64' })).dtype).toBe('float32'),
      () => expect(i.add(1).dtype).toBe('int32'),
      () => expect(i.add(1.5).toArraySync()).toEqual([2.5, 2.5]),
      () => expect(b.add(true).toArraySync()).toEqual([true, true]),
      () => expect(b.add(1).toArraySync()).toEqual([2, 2]),
      () => expect(() => b.sub(i)).toThrow('sub: it is not defined for bool'),
      () => expect(() => i.add_(0.5)).toThrow('add_: the result is float32'),
      () => expect(() => i.add('1' as never)).toThrow('add: operand 2 is a string'),
    );
  });

  test('whatever is done to the shape of a result', () => {
    inTurn(() => {
      const [sum, product] = [grid(2, 3).add(1), grid(2, 3).matmul(grid(3, 2))];
      expect([sum.shape, product.shape]).toEqual([[2, 3], [2, 2]]); // prettier-ignore
      for (const { shape } of [sum, product]) (shape as number[])[0] = 7;
    });
  });

  test('with numbers and options that change', () => {
    const x = tensor([1, 2]);
    for (let k = 0; k < 5; k++) {
      expect(x.mul(k).toArraySync()).toEqual([k, 2 * k]);
      expect(x.add(x, { alpha: k }).toArraySync()).toEqual([1 + k, 2 + 2 * k]);
      expect(x.add(x).toArraySync()).toEqual([2, 4]);
      expect(x.sum(0, { keepdim: k % 2 === 1 }).shape).toEqual(k % 2 === 1 ? [1] : []);
    }
  });

  test('products of every orientation, with and without batches and a bias', () => {
    const [a, b] = [grid(2, 3), grid(3, 2)];
    const product = [[10, 13], [28, 40]]; // prettier-ignore
    inTurn(
      () => expect(a.matmul(b).toArraySync()).toEqual(product),
      () => expect(grid(2, 3).t().t().matmul(grid(3, 2)).toArraySync()).toEqual(product),
      () => expect(b.t().matmul(a.t()).t().toArraySync()).toEqual(product),
      () => expect(a.matmul(a.t()).toArraySync()).toEqual([[5, 14], [14, 50]]), // prettier-ignore
      () =>
        expect(
          a
            .expand([2, 2, 3])
            .matmul(b.expand([2, 3, 2]))
            .toArraySync(),
        ).toEqual([product, product]),
      () => expect(a.double().matmul(b.double()).dtype).toBe('float64'),
      () => expect(grid(4, 3).slice(0, 2).matmul(b).toArraySync()).toEqual([[46, 67], [64, 94]]), // prettier-ignore
      () => expect(zeros([2, 0]).matmul(zeros([0, 2])).toArraySync()).toEqual([[0, 0], [0, 0]]), // prettier-ignore
      () => expect(() => a.matmul(a)).toThrow('inner sizes differ: [2, 3] @ [2, 3]'),
    );
  });

  test('lookups, convolutions and windows of every geometry', () => {
    const table = grid(4, 2);
    const int = (...values: number[]): Tensor => tensor(values, { dtype: 'int32' });
    const image = grid(3, 3).reshape([1, 1, 3, 3]);
    const kernel = tensor([[[[1, 0], [0, 1]]]]); // prettier-ignore
    inTurn(
      () => expect(embedding(table, int(1, 3)).toArraySync()).toEqual([[2, 3], [6, 7]]), // prettier-ignore
      () => expect(embedding(table.slice(0, 1), int(1, 0)).toArraySync()).toEqual([[4, 5], [2, 3]]), // prettier-ignore
      () => expect(embedding(table.t(), int(1, 1)).toArraySync()).toEqual([[1, 3, 5, 7], [1, 3, 5, 7]]), // prettier-ignore
      () => expect(() => embedding(table, int(1, 4))).toThrow('index 4 at position [1] is out of range'),
      () => expect(() => embedding(table, int(-1, 4))).toThrow('index -1 at position [0] is out of range'),
      () => expect(table.gather(1, int(1, 0, 0, 1).reshape([4, 1])).toArraySync()).toEqual([[1], [2], [4], [7]]),
      () => expect(table.indexAdd(0, int(0, 0), grid(2, 2)).toArraySync()[0 as never]).toEqual([2, 5]),
      () => expect(conv2d(image, kernel).toArraySync()).toEqual([[[[4, 6], [10, 12]]]]), // prettier-ignore
      () => expect(conv2d(image.transpose(2, 3), kernel).toArraySync()).toEqual([[[[4, 10], [6, 12]]]]), // prettier-ignore
      () => expect(conv2d(image, kernel, { padding: 1, stride: 2 }).toArraySync()).toEqual([[[[0, 2], [6, 12]]]]), // prettier-ignore
      () => expect(conv2d(image, kernel, { bias: tensor([1]) }).toArraySync()).toEqual([[[[5, 7], [11, 13]]]]), // prettier-ignore
      () => expect(maxPool2d(image, 2, { stride: 1 }).toArraySync()).toEqual([[[[4, 5], [7, 8]]]]), // prettier-ignore
      () => expect(maxPool2d(image.add(1).neg(), 2, { padding: 1 }).toArraySync()).toEqual([[[[-1, -2], [-4, -5]]]]), // prettier-ignore
      () => expect(maxPool2d(image.slice(2, 1), 2).toArraySync()).toEqual([[[[7]]]]),
      () => expect(padConstant(image, [1, 0], 7).select(2, 0).toArraySync()).toEqual([[[7, 0, 1, 2]]]),
      () => expect(padConstant(image, [1, 0], NaN).select(2, 0).toArraySync()).toEqual([[[NaN, 0, 1, 2]]]),
      () => expect(padConstant(image, [0, 1], 7).select(2, 0).toArraySync()).toEqual([[[0, 1, 2, 7]]]),
    );
  });

  test('in place, over views and over operands that share memory', () => {
    inTurn(() => {
      const x = grid(3, 3);
      x.add_(1);
      x.select(0, 0).mul_(10);
      x.add_(x.t());
      expect(x.toArraySync()).toEqual([[20, 24, 37], [24, 10, 14], [37, 14, 18]]); // prettier-ignore
      const row = x.select(0, 2);
      x.zero_();
      row.add_(tensor([1, 2, 3]));
      expect(x.toArraySync()).toEqual([[0, 0, 0], [0, 0, 0], [1, 2, 3]]); // prettier-ignore
      expect(() => row.add_(grid(2, 3))).toThrow('the result has shape [2, 3], the tensor changed in place [3]');
    });
  });
});

test('gradients follow which inputs want one, and the shapes they have', () => {
  const gradients = (shapes: readonly number[][], wanted: readonly boolean[], createGraph: boolean): unknown => {
    const inputs = shapes.map((shape, k) => zeros(shape).add(k + 2).requiresGrad_(wanted[k])); // prettier-ignore
    const [x, y] = inputs as [Tensor, Tensor];
    const leaves = inputs.filter((input) => input.requiresGrad);
    return autograd.grad(x.mul(y).sum(), leaves, { createGraph }).map((g) => g.toArraySync());
  };
  for (const createGraph of [false, true, false]) {
    inTurn(
      () => expect(gradients([[2], [2]], [true, true], createGraph)).toEqual([[3, 3], [2, 2]]), // prettier-ignore
      () => expect(gradients([[2], [2]], [false, true], createGraph)).toEqual([[2, 2]]),
      () => expect(gradients([[2], [2]], [true, false], createGraph)).toEqual([[3, 3]]),
      () => expect(gradients([[2, 2], [2]], [true, true], createGraph)).toEqual([[[3, 3], [3, 3]], [4, 4]]), // prettier-ignore
      () => expect(gradients([[2, 1], [2]], [true, true], createGraph)).toEqual([[[6], [6]], [4, 4]]), // prettier-ignore
    );
  }
});

test('equal geometry reaches the backend as the same lists, other geometry as others', async () => {
  const backend = nullBackend();
  await useBackend(backend);
  const x = zeros([3, 4], { requiresGrad: true });
  const w = zeros([5, 4], { requiresGrad: true });
  const step = (): void => x.matmul(w.t()).relu().softmax(1).sum().backward();
  step();
  const launchesOf = (run: () => void): typeof backend.launches => {
    backend.launches.length = 0;
    run();
    return [...backend.launches];
  };
  const [first, second] = [launchesOf(step), launchesOf(step)];
  expect(second.length).toBe(first.length);
  second.forEach((launch, k) => {
    expect(launch.program).toBe(first[k]?.program);
    expect(launch.sizes).toBe(first[k]?.sizes);
    launch.operands.forEach((operand, o) => expect(operand.strides).toBe(first[k]?.operands[o]?.strides));
  });
  const [a, b] = launchesOf(() => void [zeros([6]).relu(), zeros([7]).relu()]).filter(({ operands }) => operands.length === 2); // prettier-ignore
  expect(a?.program).toBe(b?.program);
  expect([a?.sizes, b?.sizes]).toEqual([[6], [7]]);
});

describe('a gradient that nobody has asked for', () => {
  const bytes = (): number => x.device.memory().liveBytes;
  let x: Tensor;
  beforeEach(() => {
    x = zeros([100], { requiresGrad: true });
  });

  test('is freed when it is let go of', () => {
    const before = bytes();
    x.square().sum().backward();
    const during = bytes();
    x.grad = null;
    expect(during - bytes()).toBe(400);
    x.mul(2).sum().backward();
    expect(bytes() - before).toBeLessThan(2000);
  });

  test('stays for who has asked, and for a recording', () => {
    x.add(1).square().sum().backward();
    const { grad } = x;
    x.grad = null;
    expect(grad?.sum().itemSync()).toBe(200);
    const steps = record(() => {
      x.grad = null;
      x.square().sum().backward();
      x.detach()
        .sub_(x.ownGrad as Tensor)
        .add_(1);
    });
    x.grad = null;
    steps.replay();
    expect(x.sum().itemSync()).toBe(0);
  });
});
