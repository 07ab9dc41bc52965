import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  autograd, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d, manualSeed, ones, randn, record,
  tensor, useBackend, zeros, type ConvOptions, type ConvTransposeOptions, type Tensor,
} from '../index.ts'; // prettier-ignore
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(11);
});

type Conv = (x: Tensor, w: Tensor, options?: ConvOptions) => Tensor;
type ConvTranspose = (x: Tensor, w: Tensor, options?: ConvTransposeOptions) => Tensor;
const convs: readonly Conv[] = [conv1d, conv2d, conv3d];
const transposed: readonly ConvTranspose[] = [convTranspose1d, convTranspose2d, convTranspose3d];

const leaf = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

/** The largest difference, relative where values are large; Infinity where the numbers of elements differ. */
function gap(actual: Tensor, expected: Tensor | readonly number[]): number {
  const [a, b] = [actual.dataSync(), 'dataSync' in expected ? expected.dataSync() : expected];
  if (a.length !== b.length) return Infinity;
  return Math.max(0, ...Array.from(a, (v, k) => Math.abs(v - (b[k] ?? NaN)) / Math.max(1, Math.abs(v))));
}

/** A box and a way to walk it, small. */
const configuration = fc.integer({ min: 1, max: 3 }).chain((rank) => {
  const perDim = (min: number, max: number): fc.Arbitrary<number[]> =>
    fc.array(fc.integer({ min, max }), { minLength: rank, maxLength: rank });
  return fc.record({
    rank: fc.constant(rank),
    n: fc.integer({ min: 0, max: 2 }),
    groups: fc.integer({ min: 1, max: 2 }),
    ci: fc.integer({ min: 1, max: 2 }),
    co: fc.integer({ min: 1, max: 2 }),
    image: perDim(1, 5),
    kernel: perDim(1, 3),
    stride: perDim(1, 3),
    padding: perDim(0, 2),
    dilation: perDim(1, 2),
    bias: fc.boolean(),
  });
});
type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;

const fits = ({ image, kernel, padding, dilation }: Configuration): boolean =>
  image.every((n, d) => n + 2 * padding[d]! >= (kernel[d]! - 1) * dilation[d]! + 1);

/** Every position of a box. */
const positions = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>((all, n) => all.flatMap((at) => Array.from({ length: n }, (_, i) => [...at, i])), [[]]);

/** Convolution as its definition says, by nested arrays. */
function naive(x: Tensor, w: Tensor, bias: Tensor | undefined, out: readonly number[], c: Configuration): number[] {
  const at = (t: Tensor, index: readonly number[]): number => {
    let found: unknown = t.toArraySync();
    for (const i of index) found = (found as unknown[] | undefined)?.[i];
    return (found as number | undefined) ?? 0;
  };
  return positions(out).map(([n = 0, channel = 0, ...o]) => {
    const group = Math.floor(channel / c.co);
    let sum = bias ? at(bias, [channel]) : 0;
    for (const [ci = 0, ...k] of positions([c.ci, ...c.kernel])) {
      const i = o.map((v, d) => v * c.stride[d]! + k[d]! * c.dilation[d]! - c.padding[d]!);
      sum += at(x, [n, group * c.ci + ci, ...i]) * at(w, [channel, ci, ...k]);
    }
    return sum;
  });
}

describe('conv', () => {
  test('is the sum that defines it', () => {
    fc.assert(
      fc.property(configuration.filter(fits), (c) => {
        const x = randn([c.n, c.groups * c.ci, ...c.image], { dtype: 'float64' });
        const w = randn([c.groups * c.co, c.ci, ...c.kernel], { dtype: 'float64' });
        const bias = c.bias ? randn([c.groups * c.co], { dtype: 'float64' }) : undefined;
        const { stride, padding, dilation, groups } = c;
        const y = convs[c.rank - 1]!(x, w, { bias, stride, padding, dilation, groups });
        expect(gap(y, naive(x, w, bias, y.shape, c))).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test("keeps the size with 'same', one more zero at the end for an even kernel", () => {
    const x = tensor([1, 2, 3, 4]).reshape([1, 4]);
    const w = tensor([1, 10]).reshape([1, 1, 2]);
    expect(conv1d(x, w, { padding: 'same' }).toArraySync()).toEqual([[21, 32, 43, 4]]);
    const wide = tensor([1, 10, 100, 1000]).reshape([1, 1, 4]);
    expect(conv1d(x, wide, { padding: 'same' }).toArraySync()).toEqual([[3210, 4321, 432, 43]]);
    expect(conv1d(x, w, { padding: 'same', dilation: 2 }).toArraySync()).toEqual([[20, 31, 42, 3]]);
    expect(conv1d(x, w, { padding: 'valid' }).toArraySync()).toEqual([[21, 32, 43]]);
  });

  test('takes an input without a batch', () => {
    const [x, w] = [leaf(2, 4, 3), leaf(2, 2, 2, 2)];
    const one = conv2d(x, w, { padding: 1 });
    expect(one.shape).toEqual([2, 5, 4]);
    expect(gap(one, conv2d(x.unsqueeze(0), w, { padding: 1 }))).toBeLessThan(1e-12);
    const back = convTranspose2d(x, w, { stride: 2 });
    expect(back.shape).toEqual([2, 8, 6]);
    expect(gap(back, convTranspose2d(x.unsqueeze(0), w, { stride: 2 }))).toBeLessThan(1e-12);
  });

  test('computes with integers', () => {
    const [x, w] = [tensor([1, 2, 3], { dtype: 'int32' }), tensor([2, 3], { dtype: 'int32' })];
    const y = conv1d(x.reshape([1, 1, 3]), w.reshape([1, 1, 2]));
    expect([y.dtype, y.toArraySync()]).toEqual(['int32', [[[8, 13]]]]);
  });

  test('is one launch, with the bias in it, however its operands lie in memory', () => {
    const x = randn([3, 2, 5, 4], { dtype: 'float64' });
    const w = randn([2, 4, 3, 2], { dtype: 'float64' });
    const bias = randn([6], { dtype: 'float64' });
    const [xs, ws, bs] = [x.permute([1, 0, 3, 2]).slice(2, 0, 4, 2), w.transpose(0, 1).narrow(1, 1, 1).expand([4, 3, 3, 2]), bias.slice(0, 0, 6, 2)]; // prettier-ignore
    let y = zeros([]);
    const { programs } = record(() => (y = conv2d(xs, ws.narrow(0, 0, 3), { bias: bs, padding: 1 })));
    expect(programs.map((p) => p.kind)).toEqual(['conv']);
    expect(gap(y, conv2d(xs.clone(), ws.narrow(0, 0, 3).clone(), { bias: bs.clone(), padding: 1 }))).toBeLessThan(
      1e-12,
    );
  });

  test('runs one program for every size', () => {
    const programOf = (n: number, size: number): unknown => {
      const [x, w] = [randn([n, 3, size, size + 1]), randn([4, 3, 3, 2])];
      return record(() => conv2d(x, w, { padding: 1 })).programs[0];
    };
    expect(programOf(2, 5)).toBe(programOf(3, 7));
  });

  test('of an empty batch is empty, and its gradients are zeros', () => {
    const [w, bias] = [leaf(3, 2, 2, 2), leaf(3)];
    const x = zeros([0, 2, 4, 4], { dtype: 'float64', requiresGrad: true });
    const y = conv2d(x, w, { bias });
    expect(y.shape).toEqual([0, 3, 3, 3]);
    y.sum().backward();
    expect(x.grad?.shape).toEqual([0, 2, 4, 4]);
    expect(w.grad?.toArraySync()).toEqual(zeros(w.shape).toArraySync());
    expect(bias.grad?.toArraySync()).toEqual([0, 0, 0]);
  });
});

describe('convTranspose', () => {
  test('is the adjoint of conv', () => {
    fc.assert(
      fc.property(
        configuration.filter((c) => fits(c) && c.n > 0),
        (c) => {
          const { stride, padding, dilation, groups } = c;
          const x = randn([c.n, c.groups * c.ci, ...c.image], { dtype: 'float64' });
          const w = randn([c.groups * c.co, c.ci, ...c.kernel], { dtype: 'float64' });
          const y = convs[c.rank - 1]!(x, w, { stride, padding, dilation, groups });
          const z = randn(y.shape, { dtype: 'float64' });
          // What the stride left over at the end of each dim.
          const outputPadding = c.image.map((n, d) => (n + 2 * padding[d]! - (c.kernel[d]! - 1) * dilation[d]! - 1) % stride[d]!); // prettier-ignore
          const back = transposed[c.rank - 1]!(z, w, { stride, padding, dilation, groups, outputPadding });
          expect(back.shape).toEqual(x.shape);
          expect(gap(back.mul(x).sum(), y.mul(z).sum())).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('adds the bias once to every element, in the same launch', () => {
    const [x, w, bias] = [ones([1, 2, 3]), ones([2, 1, 2]), tensor([10, 20])];
    let y = zeros([]);
    const { programs } = record(() => (y = convTranspose1d(x, w, { bias, stride: 2, groups: 2, outputPadding: 1 })));
    expect(programs.map((p) => p.kind)).toEqual(['conv']);
    expect(y.toArraySync()).toEqual([[[11, 11, 11, 11, 11, 11, 10], [21, 21, 21, 21, 21, 21, 20]]]); // prettier-ignore
  });
});

const cases: [name: string, rank: number, x: number[], w: number[], options: ConvOptions & { transposed?: boolean }][] = [
  ['1 dim', 1, [2, 2, 5], [3, 2, 3], {}],
  ['stride and padding', 1, [1, 2, 5], [2, 2, 3], { stride: 2, padding: 2 }],
  ['dilation', 1, [1, 1, 7], [2, 1, 3], { dilation: 3, padding: 1 }],
  ["'same'", 2, [1, 1, 3, 4], [2, 1, 2, 3], { padding: 'same' }],
  ['groups', 2, [1, 4, 3, 2], [2, 2, 2, 1], { groups: 2, padding: 1 }],
  ['different in every dim', 2, [1, 1, 5, 4], [1, 1, 2, 3], { stride: [2, 1], padding: [0, 1], dilation: [1, 2] }],
  ['no batch', 2, [2, 3, 3], [1, 2, 2, 2], {}],
  ['3 dims', 3, [1, 1, 3, 2, 3], [2, 1, 2, 1, 2], { stride: [1, 1, 2], padding: [1, 0, 0] }],
  ['transposed, 1 dim', 1, [2, 2, 3], [2, 2, 3], { stride: 2, padding: 1, transposed: true }],
  ['transposed, groups', 2, [1, 2, 2, 3], [2, 2, 2, 2], { groups: 2, dilation: 2, transposed: true }],
  ['transposed, 3 dims', 3, [1, 1, 2, 1, 2], [1, 2, 1, 2, 2], { stride: 2, transposed: true }],
]; // prettier-ignore

describe.each(cases)('the gradient of a convolution: %s', (_, rank, xShape, wShape, { transposed: turned, ...options }) => {
  const fn = turned ? transposed[rank - 1]! : convs[rank - 1]!;
  const channels = turned ? wShape[1]! * (options.groups ?? 1) : wShape[0]!;
  const run = (x: Tensor, w: Tensor, bias: Tensor): Tensor => fn(x, w, { ...(options as object), bias });

  test('is its derivative, and the second one is', () => {
    const inputs = [leaf(...xShape), leaf(...wShape), leaf(channels)];
    expect(gradcheck(run as never, inputs)).toBe(true);
    expect(gradgradcheck(run as never, inputs)).toBe(true);
  });
}); // prettier-ignore

test('the third derivative of a convolution follows as well', () => {
  const [x, w] = [leaf(1, 1, 3), leaf(1, 1, 2)];
  const slope = (a: Tensor, b: Tensor): Tensor => {
    const y = conv1d(a, b, { padding: 1 }).square().sum();
    const [first] = autograd.grad([y], [a], { createGraph: true });
    return first!.square();
  };
  expect(gradgradcheck(slope as never, [x, w])).toBe(true);
});

describe('what a convolution refuses', () => {
  const [x, w] = [zeros.bind(null, [1, 2, 5]), zeros.bind(null, [4, 2, 3])];
  const refused: [() => unknown, string][] = [
    [() => conv1d(zeros([5]), w()), 'conv1d: the input [5] has 1 dims. It takes [N, C, …] or [C, …] with 1 more.'],
    [() => conv2d(zeros([1, 2, 5, 5]), w()), 'conv2d: the weight [4, 2, 3] has 3 dims. It takes 4.'],
    [() => conv1d(x(), zeros([4, 3, 3])), 'conv1d: the input [1, 2, 5] has 2 channels, the weight [4, 3, 3] with 1 groups takes 3. Make them equal.'],
    [() => conv1d(x(), zeros([3, 1, 3]), { groups: 2 }), 'conv1d: the weight [3, 1, 3] has 3 channels in dim 0, which 2 groups do not divide. Use a multiple of groups.'],
    [() => conv1d(x(), w(), { groups: 0 }), 'conv1d: groups is 0. It must be a whole number from 1 on.'],
    [() => conv1d(x(), zeros([4, 2, 6])), 'conv1d: the kernel covers [6], the padded input [5]. It must fit: use a smaller kernel or more padding.'],
    [() => conv1d(x(), w(), { dilation: 3 }), 'conv1d: the kernel covers [7], the padded input [5]. It must fit: use a smaller kernel or more padding.'],
    [() => conv1d(x(), zeros([4, 2, 0])), 'conv1d: the kernel of the weight [4, 2, 0] is empty. Every size must be positive.'],
    [() => conv1d(x(), w(), { bias: zeros([2]) }), 'conv1d: the bias has shape [2], the weight [4, 2, 3] gives 4 channels. It must be [4].'],
    [() => conv1d(x(), w(), { stride: 0 }), 'conv1d: stride is [0]. Use whole numbers from 1 on.'],
    [() => conv1d(x(), w(), { padding: -1 }), 'conv1d: padding is [-1]. Use whole numbers from 0 on.'],
    [() => conv1d(x(), w(), { padding: [1, 1] }), 'conv1d: padding [1, 1] has 2 numbers. Give one, or 1.'],
    [() => conv1d(x(), w(), { dilation: 1.5 }), 'conv1d: dilation is [1.5]. Use whole numbers from 1 on.'],
    [() => conv1d(x(), w(), { padding: 'same', stride: 2 }), "conv1d: padding 'same' does not go with stride [2]. Use stride 1 or give the padding."],
    [() => conv1d(x(), w(), { padding: 'full' as never }), "conv1d: there is no padding 'full'. Use 'valid', 'same' or numbers."],
    [() => conv1d(x(), zeros([4, 2, 3], { dtype: 'float64' })), "conv1d: the input is float32, the weight float64. Convert one with `.to('float32')`."],
    [() => conv1d(x(), w(), { bias: zeros([4], { dtype: 'int32' }) }), "conv1d: the input is float32, the bias int32. Convert one with `.to('float32')`."],
    [() => conv1d(x().bool(), w().bool()), "conv1d: it is not defined for bool. Convert with `.to('float32')`."],
    [() => convTranspose1d(x(), w()), 'convTranspose1d: the input [1, 2, 5] has 2 channels, the weight [4, 2, 3] with 1 groups takes 4. Make them equal.'],
    [() => convTranspose1d(x(), zeros([2, 3, 3]), { bias: zeros([2]) }), 'convTranspose1d: the bias has shape [2], the weight [2, 3, 3] gives 3 channels. It must be [3].'],
    [() => convTranspose1d(x(), zeros([2, 1, 3]), { stride: 2, outputPadding: 2 }), 'convTranspose1d: outputPadding [2] must be smaller than stride [2] or dilation [1] in every dim. Use less.'],
    [() => convTranspose1d(zeros([1, 2, 1]), zeros([2, 1, 1]), { padding: 1 }), 'convTranspose1d: the input [1, 2, 1] would give sizes [-1]. Use less padding or a larger kernel.'],
  ]; // prettier-ignore

  test.each(refused.map(([run, message]) => ({ run, message })))('$message', ({ run, message }) => {
    expect(run).toThrow(message);
  });
});
