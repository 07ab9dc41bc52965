import { describe, expect, test } from 'vitest';
import { ones, tensor, useBackend, zeros } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

describe('addmm', () => {
  test('adds what broadcasts to the product', () => {
    const [a, b] = [ones([2, 3]), ones([3, 2])];
    expect(tensor([1, 2]).addmm(a, b, { beta: 2, alpha: 0.5 }).toArraySync()).toEqual([[3.5, 5.5], [3.5, 5.5]]); // prettier-ignore
    expect(tensor(NaN).addmm(a, b, { beta: 0 }).toArraySync()).toEqual([[3, 3], [3, 3]]); // prettier-ignore
    expect(
      ones([2])
        .addmv(a, ones([3]))
        .toArraySync(),
    ).toEqual([4, 4]);
    expect(
      ones([1])
        .baddbmm(ones([2, 1, 3]), ones([2, 3, 1]))
        .toArraySync(),
    ).toEqual([[[4]], [[4]]]);
  });

  test('refuses what would make the result larger, or of another dtype', () => {
    expect(() => zeros([3, 1, 1]).addmm(ones([2, 2]), ones([2, 2]))).toThrow(
      'addmm: [3, 1, 1] is added to a product of shape [2, 2]. It must broadcast to that.',
    );
    expect(() => zeros([2, 2]).addmv(ones([2, 2]), ones([2]))).toThrow(
      'addmv: [2, 2] is added to a product of shape [2]. It must broadcast to that.',
    );
    expect(() => zeros([2, 2], { dtype: 'float64' }).addmm(ones([2, 2]), ones([2, 2]))).toThrow(
      'addmm: operands are float32 and float64.',
    );
  });
});
