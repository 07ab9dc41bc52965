import { beforeAll, describe, expect, test } from 'vitest';
import {
  autograd, avgPool1d, avgPool2d, avgPool3d, manualSeed, randn, record, tensor, useBackend, zeros, type AvgPoolOptions,
  type PerDim, type Tensor,
} from '../index.ts'; // prettier-ignore
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(4);
});

const line = (): Tensor => tensor([1, 2, 3, 4, 5]).reshape([1, 5]);

describe('avgPool', () => {
  test('averages, counting the padding or not', () => {
    expect(avgPool1d(line(), 2).toArraySync()).toEqual([[1.5, 3.5]]);
    expect(avgPool1d(line(), 3, { stride: 2, padding: 1 }).toArraySync()).toEqual([[1, 3, 3]]);
    expect(avgPool1d(line(), 3, { stride: 2, padding: 1, countIncludePad: false }).toArraySync()).toEqual([[1.5, 3, 4.5]]); // prettier-ignore
    expect(avgPool1d(line(), 2, { divisorOverride: -4 }).toArraySync()).toEqual([[-0.75, -1.75]]);
  });

  test('never counts what lies behind the padding', () => {
    expect(avgPool1d(line(), 2, { ceilMode: true }).toArraySync()).toEqual([[1.5, 3.5, 5]]);
    const four = tensor([1, 2, 3, 6]).reshape([1, 4]);
    // The last window is [6, padding, behind].
    expect(avgPool1d(four, 3, { stride: 2, padding: 1, ceilMode: true }).toArraySync()).toEqual([[1, 11 / 3, 3].map(Math.fround)]); // prettier-ignore
    expect(avgPool1d(four, 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }).toArraySync()).toEqual([[1.5, 11 / 3, 6].map(Math.fround)]); // prettier-ignore
  });

  test('is one launch where every window has as many elements', () => {
    const x = randn([1, 2, 5, 4]).transpose(2, 3);
    const kinds = (options: AvgPoolOptions): string[] =>
      record(() => avgPool2d(x, 3, options)).programs.map((p) => p.kind);
    expect(kinds({ stride: 1, padding: 1 })).toEqual(['loop']);
    expect(kinds({ padding: 1, countIncludePad: false, divisorOverride: 2 })).toEqual(['loop']);
  });

  test('pools an empty batch and what has no batch', () => {
    expect(avgPool2d(zeros([0, 2, 4, 4]), 2).shape).toEqual([0, 2, 2, 2]);
    const x = randn([2, 4, 5]);
    expect(avgPool2d(x, 2).toArraySync()).toEqual(avgPool2d(x.unsqueeze(0), 2).squeeze(0).toArraySync());
  });

  test('NaN and infinities reach the windows that hold them', () => {
    const x = tensor([1, NaN, 3, Infinity, 5, 6]).reshape([1, 6]);
    expect(avgPool1d(x, 2).toArraySync()).toEqual([[NaN, Infinity, 5.5]]);
  });
});

const options: [name: string, pool: typeof avgPool1d, shape: number[], kernel: PerDim, AvgPoolOptions][] = [
  ['side by side', avgPool1d, [2, 1, 6], 2, {}],
  ['a rest', avgPool1d, [1, 2, 5], 2, {}],
  ['ceil mode', avgPool1d, [1, 1, 5], 2, { ceilMode: true }],
  ['overlapping', avgPool2d, [1, 1, 4, 3], 3, { stride: 1, padding: 1 }],
  ['padding not counted', avgPool2d, [1, 1, 4, 3], [3, 2], { stride: [2, 1], padding: 1, countIncludePad: false }],
  ['ceil mode and padding', avgPool2d, [1, 1, 4, 5], 3, { stride: 2, padding: 1, ceilMode: true }],
  ['another divisor', avgPool3d, [1, 2, 4, 3], 2, { divisorOverride: 3 }],
];

test.each(options)('the gradient of avgPool is its derivative, and the second one is: %s', (_, pool, shape, kernel, given) => {
  const x = (): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });
  const run = (t: Tensor): Tensor => pool(t, kernel, given);
  expect(gradcheck(run as never, [x()])).toBe(true);
  expect(gradgradcheck(((t: Tensor) => run(t.square())) as never, [x()])).toBe(true);
}); // prettier-ignore

describe('what avgPool refuses', () => {
  const x = (): Tensor => zeros([1, 1, 5, 7]);
  const refused: [() => unknown, string][] = [
    [() => avgPool3d(x().squeeze(), 2), 'avgPool3d: the input [5, 7] has 2 dims. It takes [N, C, …] or [C, …] with 3 more.'],
    [() => avgPool2d(x(), 6), 'avgPool2d: no window of [6, 6] fits the input [1, 1, 5, 7]: the result would have sizes [0, 1]. Use a smaller kernel or a larger input.'],
    [() => avgPool2d(x(), 2, { padding: 2 }), 'avgPool2d: padding [2, 2] is more than half of the kernel [2, 2]. Use at most half, or pad the input first.'],
    [() => avgPool2d(x(), 2, { divisorOverride: 0 }), 'avgPool2d: divisorOverride is 0. Use another number, or leave it out.'],
    [() => avgPool2d(x().int(), 2), "avgPool2d: it is defined for floats, not int32. Convert with `.to('float32')`."],
  ]; // prettier-ignore

  test.each(refused.map(([run, message]) => ({ run, message })))('$message', ({ run, message }) => {
    expect(run).toThrow(message);
  });
});
