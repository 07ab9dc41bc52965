import { beforeAll, describe, expect, test } from 'vitest';
import {
  adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d, adaptiveMaxPool1d, adaptiveMaxPool2d, adaptiveMaxPool3d,
  arange, autograd, avgPool2d, manualSeed, randn, randperm, record, tensor, useBackend, zeros, type Tensor,
} from '../index.ts'; // prettier-ignore
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(6);
});

/** (7i² + 3i) mod 11 − 5. What is expected of it below are PyTorch's numbers. */
const image = (): Tensor => {
  const i = arange(35, { dtype: 'float64' });
  return i.square().mul(7).add(i.mul(3)).remainder(11).sub(5).reshape([1, 5, 7]);
};

describe('adaptive pooling', () => {
  test('averages uneven windows', () => {
    expect(adaptiveAvgPool2d(image(), [3, 2]).toArraySync()).toEqual([[[-1, -0.875], [-1, -1.25], [-1, -1.625]]]); // prettier-ignore
  });

  test('finds the largest of uneven windows and where it is', () => {
    const [y, indices] = adaptiveMaxPool2d(image(), [3, 4], { returnIndices: true });
    expect(y.toArraySync()).toEqual([[[5, 5, 5, 5], [5, 5, 5, 5], [1, 5, 1, 5]]]); // prettier-ignore
    expect(indices.toArraySync()).toEqual([[[1, 1, 12, 12], [8, 8, 12, 12], [28, 23, 25, 34]]]); // prettier-ignore
    expect(indices.dtype).toBe('int32');
  });

  test('can have more windows than there are elements', () => {
    const x = tensor([4, 2, 1]).reshape([1, 3]);
    expect(adaptiveMaxPool1d(x, 5, { returnIndices: true })[1].toArraySync()).toEqual([[0, 0, 1, 1, 2]]);
    expect(adaptiveAvgPool1d(x, 5).toArraySync()).toEqual([[4, 3, 2, 1.5, 1]]);
  });

  test('is ordinary pooling where the sizes divide, and null keeps a size', () => {
    const x = randn([2, 3, 6, 4]);
    expect(adaptiveAvgPool2d(x, [3, 2]).toArraySync()).toEqual(avgPool2d(x, 2).toArraySync());
    expect(adaptiveAvgPool2d(x, [null, 1]).toArraySync()).toEqual(avgPool2d(x, [1, 4]).toArraySync());
    expect(adaptiveMaxPool2d(x, 1).toArraySync()).toEqual(x.amax([2, 3], { keepdim: true }).toArraySync());
    expect(adaptiveAvgPool2d(x, [6, 4]).toArraySync()).toEqual(x.toArraySync());
  });

  test('is one launch', () => {
    const x = randn([1, 2, 5, 4]).transpose(2, 3);
    expect(record(() => adaptiveAvgPool2d(x, 3)).programs.map((p) => p.kind)).toEqual(['loop']);
    expect(record(() => adaptiveMaxPool2d(x, 3)).programs.map((p) => p.kind)).toEqual(['loop']);
  });

  test('gives nothing where nothing is asked for, or nothing is there', () => {
    expect(adaptiveAvgPool2d(zeros([1, 2, 5, 7]), 0).shape).toEqual([1, 2, 0, 0]);
    expect(adaptiveMaxPool2d(zeros([0, 2, 5, 7]), 3).shape).toEqual([0, 2, 3, 3]);
    const x = zeros([1, 1, 4], { requiresGrad: true });
    adaptiveAvgPool1d(x, 0).sum().backward();
    expect(x.grad!.toArraySync()).toEqual([[[0, 0, 0, 0]]]);
  });

  test('NaN wins in its windows alone, infinities stay where they are, and −∞ is found inside', () => {
    const x = tensor([1, NaN, 3, -Infinity, -Infinity]).reshape([1, 5]);
    const [y, indices] = adaptiveMaxPool1d(x, 3, { returnIndices: true });
    expect([y.toArraySync(), indices.toArraySync()]).toEqual([[[NaN, NaN, -Infinity]], [[1, 1, 3]]]);
    expect(adaptiveAvgPool1d(x, 3).toArraySync()).toEqual([[NaN, NaN, -Infinity]]);
    expect(adaptiveAvgPool1d(tensor([[1, 2, 3, 5, Infinity]]), 3).toArraySync()).toEqual([[1.5, Math.fround(10 / 3), Infinity]]); // prettier-ignore
  });
});

const cases: [name: string, run: (x: Tensor) => Tensor, shape: number[]][] = [
  ['avg, 1 dim', (x) => adaptiveAvgPool1d(x, 3), [2, 1, 5]],
  ['avg, even', (x) => adaptiveAvgPool1d(x, 3), [1, 1, 6]],
  ['avg, 2 dims', (x) => adaptiveAvgPool2d(x, [3, 2]), [1, 2, 4, 3]],
  ['avg, 3 dims', (x) => adaptiveAvgPool3d(x, 2), [1, 3, 2, 3]],
  ['max, 1 dim', (x) => adaptiveMaxPool1d(x, 3), [2, 1, 5]],
  ['max, even', (x) => adaptiveMaxPool1d(x, 3), [1, 1, 6]],
  ['max, 2 dims', (x) => adaptiveMaxPool2d(x, [3, 2], { returnIndices: true })[0], [1, 2, 4, 3]],
  ['max, 3 dims', (x) => adaptiveMaxPool3d(x, 2), [1, 3, 2, 3]],
];

test.each(cases)('the gradient is the derivative, and the second one is: %s', (_, run, shape) => {
  const leaf = (): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return randperm(size).to('float64').sub(size / 2 - 0.2).mul(0.37).reshape(shape).detach().requiresGrad_(); // prettier-ignore
  };
  expect(gradcheck(run as never, [leaf()])).toBe(true);
  expect(gradgradcheck(((x: Tensor) => run(x.square())) as never, [leaf()])).toBe(true);
});

describe('what adaptive pooling refuses', () => {
  const refused: [() => unknown, string][] = [
    [() => adaptiveAvgPool2d(zeros([4, 4]), 2), 'adaptiveAvgPool2d: the input [4, 4] has 2 dims. It takes [N, C, …] or [C, …] with 2 more.'],
    [() => adaptiveAvgPool2d(zeros([1, 1, 4, 4]), -1), 'adaptiveAvgPool2d: outputSize is [-1]. Use whole numbers from 0 on.'],
    [() => adaptiveMaxPool2d(zeros([1, 1, 4, 4]), [2, 2, 2]), 'adaptiveMaxPool2d: outputSize [2, 2, 2] has 3 numbers. Give one, or 2.'],
    [() => adaptiveMaxPool1d(zeros([1, 0]), 2), 'adaptiveMaxPool1d: the input [1, 1, 0] has no elements to pool. Give it some.'],
    [() => adaptiveAvgPool1d(zeros([1, 4], { dtype: 'int32' }), 2), "adaptiveAvgPool1d: it is defined for floats, not int32. Convert with `.to('float32')`."],
  ]; // prettier-ignore

  test.each(refused.map(([run, message]) => ({ run, message })))('$message', ({ run, message }) => {
    expect(run).toThrow(message);
  });
});
