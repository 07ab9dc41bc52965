import { describe, expect, test } from 'vitest';
import { arange, useBackend, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

describe('views refuse', () => {
  const x = (): Tensor => arange(6);
  test.each<[string, () => Tensor | Tensor[]]>([
    ['a length', () => x().narrow(0, 0, 1.5)],
    ['a bound', () => x().slice(0, 0.5, 3)],
    ['a size', () => x().unsqueeze(0).expand([1.5, 6])],
    ['a window', () => x().unfold(0, 1.5, 1)],
    ['a step', () => x().unfold(0, 2, 1.5)],
    ['a diagonal', () => x().reshape([2, 3]).diagonal({ offset: 0.5 })],
    ['a stride', () => x().asStrided([2], [1.5])],
    ['an offset', () => x().asStrided([2], [1], 0.5)],
  ])('%s that is no whole number', (_, run) => {
    expect(run).toThrow(/it would walk shape .* Give whole numbers, and sizes from 0 on\./);
  });

  test('negative sizes', () => {
    expect(() => x().asStrided([-2], [1])).toThrow('asStrided: it would walk shape [-2] by strides [1] from 0.');
  });
});
