import {
  autograd,
  defaultDevice,
  manualSeed,
  noGrad,
  ones,
  randn,
  record,
  tensor,
  useBackend,
  type Tensor,
} from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';

beforeAll(() => useBackend(reference()));
beforeEach(() => void manualSeed(0));

const indices = (data: number[], shape = [data.length]): Tensor => tensor(data, { shape, dtype: 'int32' });
const wide = (shape: number[]): Tensor => randn(shape, { dtype: 'float64', requiresGrad: true });

describe('values', () => {
  // ln(1 + e^-1 + e^-2), the loss of the largest of three logits one apart.
  const top = Math.log(1 + Math.exp(-1) + Math.exp(-2));

  test('of one sample, of a batch, of positions', () => {
    expect(crossEntropy(tensor([1, 2, 3]), indices([2], [])).itemSync()).toBeCloseTo(top, 5);
    expect(crossEntropy(tensor([[1, 2, 3], [3, 2, 1]]), indices([2, 0])).itemSync()).toBeCloseTo(top, 5); // prettier-ignore
    expect(crossEntropy(tensor([[[1, 3], [2, 2], [3, 1]]]), indices([2, 0], [1, 2])).itemSync()).toBeCloseTo(top, 5); // prettier-ignore
  });

  test('uint8 targets', () => {
    expect(crossEntropy(tensor([[1, 2, 3]]), tensor([2], { dtype: 'uint8' })).itemSync()).toBeCloseTo(top, 5);
  });

  test('the mean divides by the weights of the targets', () => {
    const logits = tensor([[1, 2, 3], [1, 2, 3]]); // prettier-ignore
    const loss = crossEntropy(logits, indices([2, 0]), { weight: tensor([1, 5, 3]) });
    expect(loss.itemSync()).toBeCloseTo((3 * top + (top + 2)) / 4, 5);
  });

  test('the mean over probabilities divides by the samples, weights or not', () => {
    const logits = tensor([[1, 2, 3], [1, 2, 3]]); // prettier-ignore
    const target = tensor([[0, 0, 1], [1, 0, 0]]); // prettier-ignore
    expect(crossEntropy(logits, target, { weight: tensor([1, 5, 3]) }).itemSync()).toBeCloseTo(
      (3 * top + (top + 2)) / 2,
      5,
    );
  });

  test('smoothing is weighted per class', () => {
    const loss = crossEntropy(tensor([[1, 2, 3]]), indices([2]), { labelSmoothing: 0.3, weight: tensor([1, 5, 3]) });
    const evenly = (top + 2 + 5 * (top + 1) + 3 * top) / 3;
    expect(loss.itemSync()).toBeCloseTo((0.7 * 3 * top + 0.3 * evenly) / 3, 5);
  });

  test('what is ignored counts for nothing', () => {
    const logits = tensor([[1, 2, 3], [9, 9, -9], [1, 2, 3]]); // prettier-ignore
    expect(crossEntropy(logits, indices([2, -100, 2])).itemSync()).toBeCloseTo(top, 5);
    expect(crossEntropy(logits, indices([2, 1, 2]), { ignoreIndex: 1 }).itemSync()).toBeCloseTo(top, 5);
    expect(crossEntropy(logits, indices([2, 1, 2]), { ignoreIndex: 1, reduction: 'none' }).toArraySync()).toEqual([
      expect.closeTo(top),
      0,
      expect.closeTo(top),
    ]);
  });

  test('targets of weight 0 alone: the mean is NaN, smoothed too, and so is the gradient', () => {
    for (const labelSmoothing of [0, 0.1, 1]) {
      const x = wide([2, 3]);
      const weight = tensor([0, 0, 2], { dtype: 'float64' });
      const mean = crossEntropy(x, indices([1, 0]), { weight, labelSmoothing });
      expect(mean.itemSync()).toBeNaN();
      mean.backward();
      expect(x.grad?.isnan().all().itemSync()).toBe(1);
    }
  });

  test('all ignored: the mean is NaN, the sum 0, the gradient 0', () => {
    const logits = randn([2, 3], { requiresGrad: true });
    const mean = crossEntropy(logits, indices([-100, -100]), { labelSmoothing: 0.1, weight: ones([3]) });
    expect(mean.itemSync()).toBeNaN();
    expect(crossEntropy(logits, indices([-100, -100]), { reduction: 'sum' }).itemSync()).toBe(0);
    mean.backward();
    expect(logits.grad?.toArraySync()).toEqual([[0, 0, 0], [0, 0, 0]]); // prettier-ignore
  });

  test('an empty batch', () => {
    const [logits, target] = [randn([0, 3], { requiresGrad: true }), indices([])];
    const mean = crossEntropy(logits, target);
    expect(mean.itemSync()).toBeNaN();
    mean.backward();
    expect(logits.grad?.shape).toEqual([0, 3]);
    expect(crossEntropy(logits, target, { reduction: 'none' }).shape).toEqual([0]);
  });

  test.each([1e4, -1e4])('logits of %d stay finite, and so do their gradients', (big) => {
    const logits = tensor([[big, 0, 0], [0, big, 0]], { requiresGrad: true }); // prettier-ignore
    const loss = crossEntropy(logits, indices([0, 0]), { reduction: 'sum' });
    expect(loss.itemSync()).toBeCloseTo(big > 0 ? big : -big + 2 * Math.LN2, 2);
    loss.backward();
    expect(logits.grad?.dataSync().every(Number.isFinite)).toBe(true);
  });
});

describe('gradients', () => {
  const weight = (): Tensor => tensor([0.5, 2, 1.25], { dtype: 'float64' });
  const cases: [string, CrossEntropyOptions][] = (['mean', 'sum', 'none'] as const).flatMap((reduction) => [
    [reduction, { reduction }],
    [`${reduction}, smoothed`, { reduction, labelSmoothing: 0.2 }],
  ]);

  test.each(cases)('against differences, of logits under class indices: %s', (_, options) => {
    const target = indices([2, -100, 0, 1], [2, 2]);
    const loss = (x: Tensor): Tensor => crossEntropy(x, target, { ...options, weight: weight() });
    expect(autograd.gradcheck(loss, [wide([2, 3, 2])])).toBe(true);
    expect(autograd.gradgradcheck(loss, [wide([2, 3, 2])])).toBe(true);
  });

  test.each(cases)('against differences, of logits, probabilities and weights: %s', (_, options) => {
    const loss = (x: Tensor, q: Tensor, w: Tensor): Tensor => crossEntropy(x, q, { ...options, weight: w });
    const inputs = [wide([2, 3]), wide([2, 3]), wide([3])];
    expect(autograd.gradcheck(loss, inputs)).toBe(true);
    expect(autograd.gradgradcheck(loss, inputs)).toBe(true);
  });

  test('of probabilities: one kernel over the logits forward, one backward, besides those over the rows', () => {
    const logits = randn([4, 3, 2], { requiresGrad: true });
    const target = randn([4, 3, 2]).softmax(1);
    const weight = ones([3]);
    let loss = logits;
    const forward = record(() => {
      loss = crossEntropy(logits, target, { weight, labelSmoothing: 0.1 });
    }).programs;
    expect(forward.length).toBe(2);
    const backward = record(() => loss.backward()).programs;
    const overLogits = backward.filter((p) => p.kind === 'loop' && p.rowRank > 0 && p.outputs[0]?.per === 'element');
    expect(overLogits.length).toBe(1);
    // The softmax is made from numbers that forward kept per row: backward reduces nothing.
    expect(overLogits.flatMap((p) => (p.kind === 'loop' ? p.stages : []))).toEqual([]);
  });

  test('programs do not depend on the size of the batch', () => {
    const programsOf = (n: number): string[] => {
      const logits = randn([n, 3], { requiresGrad: true });
      const target = indices(Array.from({ length: n }, (_, k) => k % 3));
      return record(() => crossEntropy(logits, target).backward()).programs.map((p) => p.key);
    };
    const known = programsOf(2);
    for (let n = 3; n < 12; n++) expect(programsOf(n)).toEqual(known);
  });
});

describe('refusals', () => {
  const refuses = (logits: Tensor, target: Tensor, options: object = {}): string => {
    try {
      crossEntropy(logits, target, options);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('nothing was thrown');
  };
  const logits = (): Tensor => randn([4, 5]);

  test('a target out of range is named with its position', () => {
    expect(refuses(logits(), indices([1, 0, 4, 7]))).toBe(
      'crossEntropy: target 7 at position 3 is out of range for 5 classes. Use 0 … 4, or -100 for what shall be ignored.',
    );
    expect(refuses(logits(), indices([1, -1, 4, 7]), { ignoreIndex: 7 })).toMatch('target -1 at position 1 is');
    expect(refuses(randn([2, 3, 2, 2]), indices([0, 1, 2, 0, 1, 3, 0, 0], [2, 2, 2]))).toMatch(
      'target 3 at position [1, 0, 1] is out of range for 3 classes',
    );
    expect(refuses(randn([3]), indices([3], []))).toMatch('target 3 is out of range');
  });

  test('shapes', () => {
    expect(refuses(logits(), indices([1, 2]))).toBe(
      'crossEntropy: the input has shape [4, 5], the target [2]. Class indices for this input have shape [4], probabilities [4, 5].',
    );
    expect(refuses(randn([]), indices([0], []))).toBe(
      'crossEntropy: the input of shape [] has no classes. Use [C], [N, C] or [N, C, d1, …].',
    );
    expect(refuses(randn([2, 0]), indices([0, 0]))).toMatch('the input of shape [2, 0] has no classes');
    expect(refuses(logits(), indices([1, 0, 4, 2]), { weight: ones([4]) })).toBe(
      'crossEntropy: the weight has shape [4], the input [4, 5]. Give one weight per class: shape [5].',
    );
  });

  test('dtypes', () => {
    expect(refuses(logits(), tensor([1, 0, 4, 2]))).toBe(
      "crossEntropy: the target is float32. Class indices are int32 or uint8. Make them with `tensor([…], { dtype: 'int32' })` or convert with `.to('int32')`.",
    );
    expect(refuses(logits(), indices(Array(20).fill(0) as number[], [4, 5]))).toBe(
      'crossEntropy: the target has the shape [4, 5] of the input, so it holds probabilities, but is int32. ' +
        "Convert it with `.to('float32')`, or give class indices of shape [4].",
    );
    expect(refuses(logits().to('int32'), indices([1, 0, 4, 2]))).toBe(
      "crossEntropy: the input is int32. It must be a float: convert with `.to('float32')`.",
    );
    expect(refuses(logits(), indices([1, 0, 4, 2]), { weight: ones([5], { dtype: 'float64' }) })).toBe(
      "crossEntropy: the weight is float64, the input float32. Convert it with `.to('float32')`.",
    );
  });

  test('options', () => {
    const target = indices([1, 0, 4, 2]);
    expect(refuses(logits(), ones([4, 5]), { ignoreIndex: 2 })).toBe(
      'crossEntropy: ignoreIndex is 2, but the target is float32 and holds probabilities, which name no class. Leave it out, or give class indices.',
    );
    expect(refuses(logits(), target, { labelSmoothing: 1.5 })).toBe(
      'crossEntropy: labelSmoothing is 1.5. It must lie in [0, 1].',
    );
    expect(refuses(logits(), target, { labelSmoothing: NaN })).toMatch('labelSmoothing is NaN');
    for (const ignoreIndex of [NaN, 1.5, 2 ** 32]) {
      expect(refuses(logits(), target, { ignoreIndex })).toBe(
        `crossEntropy: ignoreIndex is ${ignoreIndex}. It must be an int32, as the targets are.`,
      );
    }
    expect(refuses(logits(), target, { reduction: 'average' })).toBe(
      "crossEntropy: there is no reduction \"average\". Use 'mean', 'sum' or 'none'.",
    );
    expect(refuses(logits(), target, { weight: ones([5], { requiresGrad: true }) })).toBe(
      'crossEntropy: the weight requires grad, but has no gradient here. Pass `weight.detach()`.',
    );
    expect(noGrad(() => crossEntropy(logits(), target, { weight: ones([5], { requiresGrad: true }) })).shape).toEqual(
      [],
    );
  });

  test('devices that are mixed', async () => {
    const target = indices([1, 0, 4, 2]);
    await useBackend({ ...reference(), name: 'other' });
    expect(refuses(logits(), target)).toMatch(/tensors live on different devices/);
  });
});

describe('memory', () => {
  const buffers = (): number => defaultDevice().memory().liveBuffers;

  test('without gradients the loss alone remains, with them the loss and what was given to leaves', () => {
    const logits = randn([3, 5], { requiresGrad: true });
    const target = indices([1, 0, 4]);
    for (const reduction of ['mean', 'sum'] as const) {
      const before = buffers();
      const loss = noGrad(() => crossEntropy(logits, target, { reduction }));
      expect(buffers()).toBe(before + 1);
      loss.dispose();
      const trained = crossEntropy(logits, target, { reduction });
      trained.backward();
      expect(buffers()).toBe(before + 2);
      trained.dispose();
      logits.grad = null;
      expect(buffers()).toBe(before);
    }
  });

  test('a graph that is kept keeps what it needs', () => {
    const logits = wide([3, 5]);
    const loss = crossEntropy(logits, indices([1, 0, 4]));
    loss.backward({ retainGraph: true });
    const once = logits.grad as Tensor;
    logits.grad = null;
    loss.backward();
    expect((logits.grad as unknown as Tensor).dataSync()).toEqual(once.dataSync());
  });
});
