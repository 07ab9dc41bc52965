import { beforeAll, describe, expect, test } from 'vitest';
import { autograd, manualSeed, openBackend, randn, tensor, useBackend, zeros, type Backend, type Device, type Tensor } from '../index.ts'; // prettier-ignore
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
const mask = (): Tensor =>
  tensor([
    [true, false, true],
    [false, false, true],
  ]);

/** A backend that can only be read by waiting. */
let remote: Device;

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(4);
  const { readSync: _, ...backend } = await reference().create();
  const waiting: Backend = { ...backend, name: 'remote' };
  remote = await openBackend(checked({ name: 'remote', create: () => waiting }));
});

describe('derivatives, twice', () => {
  const cases: [string, (...xs: Tensor[]) => Tensor, number[][]][] = [
    ['maskedFill', (x) => x.maskedFill(mask(), 3), [[2, 3]]],
    ['maskedFill that broadcasts both', (x) => x.maskedFill(mask(), -1), [[2, 1]]],
    ['maskedFill of a tensor', (x, v) => x.maskedFill(mask(), v), [[2, 3], []]], // prettier-ignore
    ['maskedFill_', (x, v) => x.mul(1).maskedFill_(mask(), v), [[2, 3], []]], // prettier-ignore
    ['maskedSelect', (x) => x.maskedSelect(mask()), [[2, 3]]],
    ['maskedSelect of what is broadcast', (x) => x.maskedSelect(mask()), [[3]]],
    ['maskedSelect of a transposed', (x) => x.t().maskedSelect(mask()), [[3, 2]]],
  ];
  test.each(cases)('%s', (_, fn, shapes) => {
    const inputs = shapes.map((shape) => leaf(...shape));
    expect(gradcheck(fn, inputs)).toBe(true);
    expect(gradgradcheck(fn, inputs)).toBe(true);
  });
});

describe('maskedFill', () => {
  test('lets no NaN through where it fills, forward or backward', () => {
    const x = tensor([NaN, 1], { requiresGrad: true });
    const y = x.maskedFill(tensor([true, false]), 0);
    expect(y.toArraySync()).toEqual([0, 1]);
    y.backward(tensor([NaN, 2]));
    expect(x.grad?.toArraySync()).toEqual([0, 2]);
  });

  test('keeps the dtype', () => {
    expect(tensor([1, 2], { dtype: 'int32' }).maskedFill(tensor([true, false]), 7).dtype).toBe('int32');
  });

  test('refuses', () => {
    expect(() => zeros([2]).maskedFill(tensor([1, 0]), 1)).toThrow(
      "maskedFill: the mask is float32, not bool. Compare first, or convert with `.to('bool')`.",
    );
    expect(() => zeros([2]).maskedFill(tensor([true, false]), zeros([2]))).toThrow(
      'maskedFill: the value has shape [2]. It must be a number or a 0-dim tensor.',
    );
    expect(() => zeros([2]).maskedFill_(mask(), 1)).toThrow('shapes [2] and [2, 3] do not broadcast');
    expect(() => leaf(2, 3).maskedFill_(mask(), 1)).toThrow('a leaf that requires grad cannot be changed in place');
  });
});

describe('what a mask selects', () => {
  test('nothing, everything, of no dims, of nothing', () => {
    expect(zeros([2, 3]).maskedSelect(mask().logicalAnd(tensor(false))).shape).toEqual([0]);
    expect(tensor([1, 2]).maskedSelect(tensor(true)).toArraySync()).toEqual([1, 2]);
    expect(tensor(5).maskedSelect(tensor(true)).toArraySync()).toEqual([5]);
    expect(tensor(5).maskedSelect(tensor(false)).shape).toEqual([0]);
    expect(zeros([0, 2]).maskedSelect(zeros([0, 2], { dtype: 'bool' })).shape).toEqual([0]);
  });

  test('nonzero counts NaN and not −0, whatever the dtype', () => {
    for (const dtype of ['float32', 'float16', 'float64'] as const) {
      expect(tensor([-0, NaN, 0, -1], { dtype }).nonzero().toArraySync()).toEqual([[1], [3]]); // prettier-ignore
    }
    expect(mask().argwhere().toArraySync()).toEqual([[0, 0], [0, 2], [1, 2]]); // prettier-ignore
    expect(mask().t().nonzero().toArraySync()).toEqual([[0, 0], [2, 0], [2, 1]]); // prettier-ignore
  });

  test('nonzero of 0 dims and of nothing', () => {
    expect(tensor(3).nonzero().shape).toEqual([1, 0]);
    expect(tensor(0).nonzero().shape).toEqual([0, 0]);
    expect(
      tensor(3)
        .nonzero({ asTuple: true })
        .map((x) => x.toArraySync()),
    ).toEqual([[0]]);
    expect(zeros([0, 3]).nonzero().shape).toEqual([0, 2]);
  });

  test('as a tuple is fit for indexing', () => {
    const x = tensor([
      [0, 4],
      [5, 0],
    ]);
    expect(x.index(x.nonzero({ asTuple: true })).toArraySync()).toEqual([4, 5]);
  });
});

describe('a device that can only be read by waiting', () => {
  const there = (): Tensor => tensor([[0, 4], [5, 0]], { device: remote }); // prettier-ignore

  test('refuses at once, naming the way', () => {
    const x = there();
    const message = 'its result depends on data, and the "remote" backend cannot be read synchronously. Use `await ';
    expect(() => x.nonzero()).toThrow(`nonzero: the shape of ${message}nonzeroAsync(…)\`.`);
    expect(() => x.maskedSelect(x.gt(0))).toThrow(`${message}maskedSelectAsync(…)\`.`);
    expect(() => x.index([x.gt(0)])).toThrow(`${message}indexAsync(…)\`.`);
    expect(() => x.indexPut_([x.gt(0)], 1)).toThrow(`${message}indexPutAsync_(…)\`.`);
    expect(() => x.argwhere()).toThrow(`${message}argwhereAsync(…)\`.`);
  });

  test('does it by waiting', async () => {
    const x = there();
    expect(await (await x.nonzeroAsync()).toArray()).toEqual([[0, 1], [1, 0]]); // prettier-ignore
    expect(await Promise.all((await x.nonzeroAsync({ asTuple: true })).map((y) => y.toArray()))).toEqual([[0, 1], [1, 0]]); // prettier-ignore
    expect(await (await x.argwhereAsync()).toArray()).toEqual([[0, 1], [1, 0]]); // prettier-ignore
    expect(await (await x.maskedSelectAsync(x.gt(0))).toArray()).toEqual([4, 5]);
    expect(await (await x.indexAsync([x.eq(0)])).toArray()).toEqual([0, 0]);
    expect(await (await x.indexPutAsync([x.eq(0)], 9)).toArray()).toEqual([[9, 4], [5, 9]]); // prettier-ignore
    expect(await x.indexPutAsync_([x.eq(0)], 1)).toBe(x);
    expect(await x.toArray()).toEqual([[1, 4], [5, 1]]); // prettier-ignore
    expect(await x.allcloseAsync(x)).toBe(true);
    expect(await x.equalAsync(x.add(1))).toBe(false);
  });

  test('indexes by positions without waiting', async () => {
    const x = there();
    expect(await x.index([tensor([1, 0], { dtype: 'int32', device: remote }), 0]).toArray()).toEqual([5, 0]);
    expect(() => x.index([tensor([1], { dtype: 'int32' })])).toThrow('index: tensors live on different devices');
  });
});
