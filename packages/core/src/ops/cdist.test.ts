import { beforeAll, describe, expect, test } from 'vitest';
import { autograd, cdist, einsum, manualSeed, randn, tensor, useBackend, type Backend, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

/** What the backend was asked for, in elements. */
let allocated: number[] = [];

beforeAll(async () => {
  const backend = await reference().create();
  const allocate: Backend['allocate'] = (dtype, length) => {
    allocated.push(length);
    return backend.allocate(dtype, length);
  };
  const counting = Object.assign(Object.create(backend) as Backend, { allocate });
  await useBackend(checked({ name: 'counting', create: () => counting }));
  manualSeed(12);
});

describe('cdist', () => {
  test.each([0.5, 1, 1.5, 2, 3, Infinity])('has both derivatives for p = %d', (p) => {
    const [x, y] = [leaf(2, 1, 2, 3), leaf(3, 3)];
    const distance = (a: Tensor, b: Tensor): Tensor => cdist(a, b, { p });
    expect(autograd.gradcheck(distance, [x, y])).toBe(true);
    expect(autograd.gradgradcheck(distance, [x, y])).toBe(true);
  });

  test.each([1, 2, 3, Infinity])('stores no differences of all pairs for p = %d', (p) => {
    const [x, y] = [leaf(6, 5), leaf(7, 5)];
    allocated = [];
    cdist(x, y, { p }).sum().backward();
    expect(Math.max(...allocated)).toBe(6 * 7);
  });

  test('says what does not fit', () => {
    const [x, y] = [leaf(2, 3), leaf(4, 2)];
    expect(() => cdist(x, y)).toThrow('cdist: points [2, 3] and [4, 2] have 3 and 2 coordinates. Make them equal.');
    expect(() => cdist(x, x, { p: -1 })).toThrow('cdist: p is -1. Use a number ≥ 0 or Infinity.');
    expect(() => cdist(tensor([[1]], { dtype: 'int32' }), tensor([[1]], { dtype: 'int32' }))).toThrow(
      "cdist: it is defined for floats, not int32. Convert with `.to('float32')`.",
    );
  });
});

describe('einsum', () => {
  test('multiplies in the order in which products stay small', () => {
    const [a, b, c] = [randn([30, 1]), randn([1, 30]), randn([30, 2])];
    allocated = [];
    expect(einsum('ij,jk,kl->il', a, b, c).shape).toEqual([30, 2]);
    expect(Math.max(...allocated)).toBe(60);
  });

  test('stores no products that are summed over', () => {
    const [a, b] = [randn([2, 5, 6]), randn([2, 6, 7])];
    allocated = [];
    expect(einsum('bij,bjk->bik', a, b).shape).toEqual([2, 5, 7]);
    expect(allocated).toEqual([70]);
  });

  test('has both derivatives', () => {
    const inputs = [leaf(2, 2, 3), leaf(1, 3), leaf(3)];
    const trace = (x: Tensor, y: Tensor, z: Tensor): Tensor => einsum('iij,kj,...->ki', x, y, z);
    expect(autograd.gradcheck(trace, inputs)).toBe(true);
    expect(autograd.gradgradcheck(trace, inputs)).toBe(true);
  });

  test('says what does not fit', () => {
    const [a, b] = [randn([2, 3]), randn([4, 5])];
    expect(() => einsum('ij,jk', a, b)).toThrow(
      'einsum: "j" has size 4 in operand 1 and 3 before. Make them equal, or one of them 1.',
    );
    expect(() => einsum('ij', a, b)).toThrow(
      'einsum: "ij" has subscripts for 1 operands, 2 were given. Make them equal.',
    );
    expect(() => einsum('i', a)).toThrow(
      'einsum: operand 0 has shape [2, 3], its subscripts "i" name 1 dims. Name each dim, or use \'...\'.',
    );
    expect(() => einsum('ij->k', a)).toThrow(
      'einsum: "k" in the output of "ij->k" names a dim of no operand. Leave it out.',
    );
    expect(() => einsum('i2', a)).toThrow(
      'einsum: "2" in "i2" is no subscript. Use letters, and \'...\' for the dims left.',
    );
    expect(() => einsum(a, [0, 1], b)).toThrow(
      'einsum: the last tensor has no list of labels. Give one for every tensor.',
    );
    expect(() => einsum(a, [0, 99])).toThrow(
      "einsum: 99 is no label. Use whole numbers 0 … 51, and '...' for the dims left.",
    );
  });
});
