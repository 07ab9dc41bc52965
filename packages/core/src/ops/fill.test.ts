import { describe, expect, test } from 'vitest';
import { full, padConstant, tensor, useBackend, zeros } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

describe('numbers written into integers', () => {
  const bytes = () => zeros([2], { dtype: 'uint8' });
  test('must fit', () => {
    const mask = tensor([true, false]);
    expect(() => full([2], 300, { dtype: 'uint8' })).toThrow(
      'full: the value 300 does not fit uint8. Use a dtype that holds it.',
    );
    expect(() => bytes().fill_(-1)).toThrow('fill_: the value -1 does not fit uint8.');
    expect(() => zeros([2], { dtype: 'int32' }).fill_(3e9)).toThrow('fill_: the value 3000000000 does not fit int32.');
    expect(() => bytes().fill_(NaN)).toThrow('fill_: the value NaN does not fit uint8.');
    expect(() => bytes().maskedFill(mask, 256)).toThrow('maskedFill: the value 256 does not fit uint8.');
    const at = tensor([1], { dtype: 'int32' });
    expect(() => bytes().indexPut([at], 256)).toThrow('indexPut: the value 256 does not fit uint8.');
    expect(() => bytes().scatter(0, at, -1)).toThrow('scatter: the value -1 does not fit uint8.');
    expect(() => bytes().indexFill(0, at, 999)).toThrow('indexFill: the value 999 does not fit uint8.');
  });

  test('lose what is behind the point', () => {
    expect(full([2], -1.5, { dtype: 'int32' }).toArraySync()).toEqual([-1, -1]);
    expect(bytes().fill_(255.5).toArraySync()).toEqual([255, 255]);
  });
});

test('a border has a whole size', () => {
  expect(() => padConstant(zeros([3]), [0.5, 1])).toThrow('pad: padding [0.5, 1] must be whole numbers. Round them.');
});
