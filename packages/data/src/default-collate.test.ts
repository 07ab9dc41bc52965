import { tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { defaultCollate, type Collated } from './default-collate.ts';

beforeAll(() => useBackend(reference()));

/** What a tensor is, to compare with. */
const seen = async (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, data: [...(await t.data())] });

describe('defaultCollate', () => {
  test('numbers: int32 if all are integers, else float32', async () => {
    expect(await seen(defaultCollate([3, -1, 2]))).toEqual({ dtype: 'int32', shape: [3], data: [3, -1, 2] });
    expect(await seen(defaultCollate([3, 0.5]))).toEqual({ dtype: 'float32', shape: [2], data: [3, 0.5] });
    expect(await seen(defaultCollate([1, Infinity]))).toMatchObject({ dtype: 'float32' });
    expect(() => defaultCollate([1, 2 ** 31])).toThrow(
      "defaultCollate: sample 1 is 2147483648, but whole numbers become int32. Pass numbers: 'float32', or give that field as a tensor.",
    );
    expect(() => defaultCollate([2.5], { numbers: 'int32', place: '.age' })).toThrow('sample 0.age is 2.5, but');
  });

  test('numbers: as they are wanted', async () => {
    expect(await seen(defaultCollate([3, 2], { numbers: 'float32' }))).toMatchObject({ dtype: 'float32' });
    const [x, label] = defaultCollate<[number[], number]>([[[0, 1], 2]], { numbers: 'int32' });
    expect([x.length, label.dtype]).toEqual([2, 'int32']);
    expect(() =>
      defaultCollate(
        [
          [1, 2],
          [1, 2.5],
        ],
        { numbers: 'int32' },
      ),
    ).toThrow(
      "defaultCollate: sample 1[1] is 2.5, but numbers is 'int32'. Pass numbers: 'float32', or give that field as a tensor.",
    );
    expect(() => defaultCollate([1], { numbers: 'int' as 'int32' })).toThrow(
      "defaultCollate: numbers is 'int'. Pass 'int32' or 'float32'.",
    );
  });

  test('booleans and strings', async () => {
    expect(await seen(defaultCollate([true, false]))).toEqual({ dtype: 'bool', shape: [2], data: [1, 0] });
    expect(defaultCollate(['a', 'b'])).toEqual(['a', 'b']);
  });

  test('tensors of any number of dims, and typed arrays', async () => {
    const scalars = defaultCollate([tensor(1, { dtype: 'int32' }), tensor(2, { dtype: 'int32' })]);
    expect(await seen(scalars)).toEqual({ dtype: 'int32', shape: [2], data: [1, 2] });
    const transposed = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).transpose(0, 1);
    expect(await seen(defaultCollate([transposed, transposed]))).toEqual({
      dtype: 'float32',
      shape: [2, 3, 2],
      data: [1, 4, 2, 5, 3, 6, 1, 4, 2, 5, 3, 6],
    });
    expect(await seen(defaultCollate([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]))).toEqual({
      dtype: 'uint8',
      shape: [2, 2],
      data: [1, 2, 3, 4],
    });
    expect(await seen(defaultCollate([new Float32Array(0)]))).toEqual({ dtype: 'float32', shape: [1, 0], data: [] });
  });

  test('arrays and objects, place by place', async () => {
    const samples: [{ x: number[]; name: string }, boolean][] = [
      [{ x: [1, 1.5], name: 'a' }, true],
      [{ x: [2, 2.5], name: 'b' }, false],
    ];
    const [{ x, name }, flag] = defaultCollate(samples);
    expect(await Promise.all(x.map(seen))).toEqual([
      { dtype: 'int32', shape: [2], data: [1, 2] },
      { dtype: 'float32', shape: [2], data: [1.5, 2.5] },
    ]);
    expect(name).toEqual(['a', 'b']);
    expect((await seen(flag)).data).toEqual([1, 0]);
  });

  test('refuses samples that are unlike, naming which and where', () => {
    const unlike = (samples: unknown[], message: string) =>
      expect(() => defaultCollate(samples)).toThrow(`defaultCollate: ${message}`);
    unlike([], 'there are no samples. Pass at least one.');
    unlike(
      [tensor([1, 2]), tensor([1, 2]), tensor([1])],
      'sample 2 has shape [1], but sample 0 has [2]. Make them alike or pass a collateFn.',
    );
    unlike([tensor(1), tensor([1])], 'sample 1 has shape [1], but sample 0 has [].');
    unlike([new Int32Array(2), new Int32Array(3)], 'sample 1 has shape [3], but sample 0 has [2].');
    unlike(
      [
        [0, { x: tensor([1]) }],
        [0, { x: tensor([[1]]) }],
      ],
      'sample 1[1].x has shape [1, 1], but sample 0[1].x has [1].',
    );
    unlike([1, '1'], 'sample 1 is a string, but sample 0 is a number.');
    unlike([1, tensor(1)], 'sample 1 is a tensor, but sample 0 is a number.');
    unlike([[1, 2], [1]], 'sample 1 has length 1, but sample 0 has 2.');
    unlike([{ a: 1 }, { b: 1 }], 'sample 1 has the keys b, but sample 0 has a.');
    unlike(
      [[null], [null]],
      'sample 0[0] is null, and batches are made of tensors, typed arrays, numbers, booleans, strings, arrays and plain objects. Pass a collateFn.',
    );
    unlike([undefined], 'sample 0 is undefined, and');
    unlike([new Date()], 'sample 0 is a Date, and');
    unlike([1n], 'sample 0 is a bigint, and');
  });

  test('types', () => {
    expectTypeOf<Collated<[Tensor, number]>>().toEqualTypeOf<[Tensor, Tensor]>();
    expectTypeOf<Collated<readonly [image: Tensor, name: string]>>().toEqualTypeOf<[image: Tensor, name: string[]]>();
    expectTypeOf<Collated<{ readonly x: Float32Array; y: boolean }>>().toEqualTypeOf<{ x: Tensor; y: Tensor }>();
    expectTypeOf<Collated<Tensor[]>>().toEqualTypeOf<Tensor[]>();
  });
});
