import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  arange, autograd, manualSeed, maxPool1d, maxPool2d, maxPool3d, randn, randperm, record, tensor, useBackend, zeros,
  type MaxPool, type MaxPoolOptions, type PerDim, type Tensor,
} from '../index.ts'; // prettier-ignore
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const pools: readonly MaxPool[] = [maxPool1d, maxPool2d, maxPool3d];

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(3);
});

/** Different numbers of different sizes, so that no difference quotient meets a tie, not of squares either. */
const distinct = (...shape: number[]): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return randperm(size).to('float64').sub(size / 2 - 0.2).mul(0.37).reshape(shape).detach(); // prettier-ignore
};
const leaf = (...shape: number[]): Tensor => distinct(...shape).requiresGrad_();

const positions = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]]);

const configuration = fc.integer({ min: 1, max: 3 }).chain((rank) => {
  const perDim = (min: number, max: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank });
  return fc.record({
    rank: fc.constant(rank),
    image: perDim(3, 6),
    kernel: perDim(1, 3),
    stride: perDim(1, 3),
    pads: perDim(0, 1),
    dilation: perDim(1, 2),
    ceilMode: fc.boolean(),
  });
});

describe('maxPool', () => {
  test('finds the largest of every window and where it lies, and sends the gradient there', () => {
    const cases = configuration.filter(({ image, kernel, dilation }) =>
      image.every((n, d) => n >= (kernel[d]! - 1) * dilation[d]! + 1),
    );
    fc.assert(
      fc.property(cases, ({ rank, image, kernel, stride, pads, dilation, ceilMode }) => {
        const padding = pads.map((p, d) => Math.min(p, Math.floor(kernel[d]! / 2)));
        const x = distinct(2, 1, ...image).requiresGrad_();
        const options = { stride, padding, dilation, ceilMode, returnIndices: true } as const;
        const [y, indices] = pools[rank - 1]!(x, kernel, options);
        y.sum().backward();
        const plane = image.reduce((a, b) => a * b, 1);
        const data = x.dataSync();
        const grad = new Float64Array(data.length);
        const found = positions(y.shape).map(([n = 0, , ...o]) => {
          let [best, index] = [-Infinity, -1];
          for (const k of positions(kernel)) {
            const i = o.map((v, d) => v * stride[d]! + k[d]! * dilation[d]! - padding[d]!);
            if (i.some((v, d) => v < 0 || v >= image[d]!)) continue;
            const flat = i.reduce((sum, v, d) => sum * image[d]! + v, 0);
            if (data[n * plane + flat]! > best) [best, index] = [data[n * plane + flat]!, flat];
          }
          grad[n * plane + index]!++;
          return [best, index];
        });
        expect([...y.dataSync()]).toEqual(found.map(([value]) => value));
        expect([...indices.dataSync()]).toEqual(found.map(([, index]) => index));
        expect(x.grad!.dataSync()).toEqual(grad);
      }),
      { numRuns: 80 },
    );
  });

  test('copies and guards nothing where windows lie side by side: a launch forward, and back a short one more to count elements', () => {
    const x = randn([2, 3, 6, 4], { requiresGrad: true });
    const launches: string[] = [];
    const { backend } = x.device;
    const run = backend.run.bind(backend);
    backend.run = (launch) => {
      launches.push(`${launch.program.kind} ${launch.operands.map((o) => o.guards?.length ?? 0)}`);
      run(launch);
    };
    const y = maxPool2d(x, 2);
    const g = randn(y.shape);
    y.backward(g);
    const free = maxPool2d(x.detach(), 2);
    backend.run = run;
    expect(launches).toEqual(['loop 0,0,0', 'loop 0', 'loop 0,0,0,0', 'loop 0,0']);
    expect(free.toArraySync()).toEqual(y.toArraySync());
  });

  test('reads through a guard for padding, without a copy', () => {
    const x = randn([1, 2, 5, 5]).transpose(2, 3);
    expect(record(() => maxPool2d(x, 3, { stride: 2, padding: 1 })).programs.map((p) => p.kind)).toEqual(['loop']);
  });

  test('keeps the first of equals', () => {
    const x = tensor([2, 2, 1, 2, 2, 2], { requiresGrad: true }).reshape([1, 6]);
    const [y, indices] = maxPool1d(x, 3, { returnIndices: true });
    expect([y.toArraySync(), indices.dtype, indices.toArraySync()]).toEqual([[[2, 2]], 'int32', [[0, 3]]]);
  });

  test('NaN wins', () => {
    const x = tensor([1, NaN, 3, 4], { requiresGrad: true });
    const [y, indices] = maxPool1d(x.reshape([1, 4]), 2, { returnIndices: true });
    expect([y.toArraySync(), indices.toArraySync()]).toEqual([[[NaN, 4]], [[1, 3]]]);
    y.sum().backward();
    expect(x.grad!.toArraySync()).toEqual([0, 1, 0, 1]);
    expect(maxPool1d(x.detach().reshape([1, 4]), 4).toArraySync()).toEqual([[NaN]]);
  });

  test('names an element of the image where a window holds nothing but −∞', () => {
    const low = zeros([1, 4, 4]).sub(Infinity);
    const [y, indices] = maxPool2d(low, 3, { stride: 2, padding: 1, dilation: 2, returnIndices: true });
    expect([y.toArraySync(), indices.toArraySync()]).toEqual([[[[-Infinity]]], [[[5]]]]);
    const line = zeros([1, 6]).sub(Infinity);
    expect(maxPool1d(line, 3, { stride: 2, padding: 1, dilation: 2, returnIndices: true })[1].toArraySync()).toEqual([[1, 1]]); // prettier-ignore
  });

  test('sums the gradients of overlapping windows', () => {
    const x = tensor([1, 5, 2, 0], { requiresGrad: true });
    maxPool1d(x.reshape([1, 4]), 3, { stride: 1, padding: 1 }).backward(tensor([[1, 10, 100, 1000]]));
    expect(x.grad!.toArraySync()).toEqual([0, 111, 1000, 0]);
  });

  test('pools what has no batch, no elements in it, or lies strided in memory', () => {
    const x = distinct(3, 4, 5);
    expect(maxPool2d(x, 2).toArraySync()).toEqual(maxPool2d(x.unsqueeze(0), 2).squeeze(0).toArraySync());
    expect(maxPool2d(zeros([0, 3, 4, 4]), 2).shape).toEqual([0, 3, 2, 2]);
    const turned = distinct(5, 4, 6).transpose(0, 2).slice(1, 0, 4, 2);
    expect(maxPool1d(turned, 2).toArraySync()).toEqual(maxPool1d(turned.clone(), 2).toArraySync());
    expect(maxPool1d(arange(6, { dtype: 'float32' }).expand([2, 6]), 2).toArraySync()).toEqual([[1, 3, 5], [1, 3, 5]]); // prettier-ignore
  });
});

const options: [name: string, pool: MaxPool, shape: number[], kernel: PerDim, MaxPoolOptions][] = [
  ['side by side', maxPool1d, [2, 1, 6], 2, {}],
  ['a rest', maxPool1d, [1, 2, 5], 2, {}],
  ['overlapping', maxPool1d, [1, 1, 5], 3, { stride: 1, padding: 1 }],
  ['kernel a multiple of the stride', maxPool2d, [1, 1, 4, 6], [2, 4], { stride: 2 }],
  ['gaps between windows', maxPool2d, [1, 1, 6, 3], 1, { stride: [2, 3] }],
  ['different in every dim', maxPool2d, [1, 1, 5, 4], [3, 2], { stride: [2, 1], padding: [1, 0], ceilMode: true }],
  ['dilated', maxPool1d, [1, 1, 6], 2, { stride: 1, dilation: 3 }],
  ['3 dims, no batch', maxPool3d, [1, 2, 4, 3], 2, { ceilMode: true }],
];

test.each(options)('the gradient of maxPool is its derivative, and the second one is: %s', (_, pool, shape, kernel, given) => {
  const run = (x: Tensor): Tensor => pool(x, kernel, given) as Tensor;
  expect(gradcheck(run as never, [leaf(...shape)])).toBe(true);
  expect(gradgradcheck(((x: Tensor) => run(x.square())) as never, [leaf(...shape)])).toBe(true);
}); // prettier-ignore

test('a gradient that is differentiated outlives the graph it came from', () => {
  const x = tensor([[1, -3, 2, 0.5]], { requiresGrad: true });
  const y = maxPool1d(x.square(), 2);
  const [g] = autograd.grad([y.sum()], [x], { createGraph: true, retainGraph: false });
  expect(g!.toArraySync()).toEqual([[0, -6, 4, 0]]);
  // d/dx (2x)² = 8x where x was chosen.
  const [second] = autograd.grad([g!.square().sum()], [x]);
  expect(second!.toArraySync()).toEqual([[0, -24, 16, 0]]);
});

describe('what maxPool refuses', () => {
  const x = (): Tensor => zeros([1, 1, 5, 7]);
  const refused: [() => unknown, string][] = [
    [() => maxPool2d(zeros([4, 4]), 2), 'maxPool2d: the input [4, 4] has 2 dims. It takes [N, C, …] or [C, …] with 2 more.'],
    [() => maxPool2d(x(), 8), 'maxPool2d: no window of [8, 8] fits the input [1, 1, 5, 7]: the result would have sizes [0, 0]. Use a smaller kernel or a larger input.'],
    [() => maxPool2d(zeros([1, 1, 0, 4]), 2, { padding: 1 }), 'maxPool2d: no window of [2, 2] fits the input [1, 1, 0, 4]: the result would have sizes [1, 3]. Use a smaller kernel or a larger input.'],
    [() => maxPool2d(x(), 2, { padding: 2 }), 'maxPool2d: padding [2, 2] is more than half of the kernel [2, 2]. Use at most half, or pad the input first.'],
    [() => maxPool2d(x(), 0), 'maxPool2d: kernelSize is [0]. Use whole numbers from 1 on.'],
    [() => maxPool2d(x(), 2, { stride: 0 }), 'maxPool2d: stride is [0]. Use whole numbers from 1 on.'],
    [() => maxPool2d(x(), 2, { dilation: 0 }), 'maxPool2d: dilation is [0]. Use whole numbers from 1 on.'],
    [() => maxPool2d(x(), 2, { padding: -1 }), 'maxPool2d: padding is [-1]. Use whole numbers from 0 on.'],
    [() => maxPool2d(x(), [2, 2, 2]), 'maxPool2d: kernelSize [2, 2, 2] has 3 numbers. Give one, or 2.'],
    [() => maxPool2d(x().int(), 2), "maxPool2d: it is defined for floats, not int32. Convert with `.to('float32')`."],
  ]; // prettier-ignore

  test.each(refused.map(([run, message]) => ({ run, message })))('$message', ({ run, message }) => {
    expect(run).toThrow(message);
  });
});
