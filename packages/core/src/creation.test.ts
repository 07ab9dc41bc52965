import { beforeAll, describe, expect, test } from 'vitest';
import { arange, full, multinomial, ones, rand, randint, randn, randperm, tensor, useBackend, zeros } from './index.ts';
import { reference } from './testing/reference.ts';

beforeAll(async () => {
  await useBackend(reference());
});

describe('tensor', () => {
  test.each<[string, unknown, string, unknown, number[]]>([
    ['a number', 3, 'float32', 3, []],
    ['a boolean', true, 'bool', true, []],
    ['numbers and booleans', [true, 2], 'float32', [1, 2], [2]],
    ['nothing', [], 'float32', [], [0]],
    ['rows of nothing', [[], []], 'float32', [[], []], [2, 0]],
    ['64-bit integers', BigInt64Array.of(-1n, 2n), 'int32', [-1, 2], [2]],
    ['bytes', Uint8ClampedArray.of(255), 'uint8', [255], [1]],
    ['16-bit integers', Uint16Array.of(65535), 'int32', [65535], [1]],
    ['a part of an array', new Float64Array([1, 2, 3, 4]).subarray(1, 3), 'float64', [2, 3], [2]],
  ])('of %s', (_, data, dtype, values, shape) => {
    const x = tensor(data as number[]);
    expect([x.dtype, x.toArraySync(), x.shape]).toEqual([dtype, values, shape]);
  });

  test.each<[string, unknown, string]>([
    ['typed arrays', [Float32Array.of(1), Float32Array.of(2)], 'found Float32Array among the values. Join them into one typed array and pass its shape'], // prettier-ignore
    ['a tensor', () => [zeros([1])], 'found a tensor among the values. Join tensors by stack() or cat()'],
    ['big integers', [1n], 'found 1n among the values. Use Number(…), or a BigInt64Array'],
    ['text', ['1'], 'found "1" among the values'],
    ['a hole', [1, undefined, 3], 'found undefined among the values'],
    ['a buffer', new ArrayBuffer(4), 'found ArrayBuffer among the values. Pass numbers'],
    ['a view of a buffer', new DataView(new ArrayBuffer(4)), 'found DataView among the values. Pass numbers'],
    ['rows of different length', [[1, 2], [3]], 'an array at depth 1 has length 1, others 2'],
    ['a number beside a row', [[1], 2], 'found 2 where an array of 1 was expected'],
    ['what int32 cannot hold', BigInt64Array.of(0n, 2n ** 40n), 'the value 1099511627776 at position 1 does not fit int32'], // prettier-ignore
  ])('refuses %s', (_, data, message) => {
    expect(() => tensor((typeof data === 'function' ? data() : data) as number[])).toThrow(`tensor: ${message}`);
  });
});

test('a value that an integer dtype cannot hold is refused, never wrapped', () => {
  expect(() => full([2], 300, { dtype: 'uint8' })).toThrow('full: the value 300 does not fit uint8');
  expect(() => full([2], NaN, { dtype: 'int32' })).toThrow('full: the value NaN does not fit int32');
  expect(full([1], -1.5, { dtype: 'int32' }).toArraySync()).toEqual([-1]);
  expect(() => arange(3e9, 3e9 + 2)).toThrow('arange: the value 3000000000 does not fit int32');
  expect(() => arange(0, 300, 1, { dtype: 'uint8' })).toThrow('arange: the value 299 does not fit uint8');
  expect(arange(2 ** 31 - 2, 2 ** 31).toArraySync()).toEqual([2 ** 31 - 2, 2 ** 31 - 1]);
  expect(arange(300, 300, 1, { dtype: 'uint8' }).shape).toEqual([0]);
});

test.each<[string, (shape: number[]) => unknown]>([
  ['zeros', zeros],
  ['ones', ones],
  ['rand', rand],
  ['randn', randn],
  ['randint', (shape) => randint(0, 5, shape)],
])('%s takes a shape', (name, make) => {
  for (const shape of [[-1], [1.5], 3, undefined])
    expect(() => make(shape as number[])).toThrow(
      `${name}: the shape ${JSON.stringify(shape)} is not a list of integers`,
    );
});

test('what is drawn has the shape it was asked for', () => {
  expect(rand([]).shape).toEqual([]);
  expect(randn([0, 3]).shape).toEqual([0, 3]);
  expect(randperm(0).toArraySync()).toEqual([]);
  expect(multinomial(ones([1, 2, 3]), 2).shape).toEqual([1, 2, 2]);
});

test('a shape that was given may be changed and given again', () => {
  const shape = [2, 3];
  const made = [zeros(shape), full(shape, 1), randn(shape), tensor(new Float32Array(6), { shape })];
  const strides = [3, 1];
  made.push(zeros([6]).asStrided(shape, strides));
  shape[0] = 4;
  strides[0] = 1;
  for (const x of made) expect([x.shape, x.strides]).toEqual([[2, 3], [3, 1]]); // prettier-ignore
});
