import { autograd, manualSeed, ones, randn, record, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import * as nn from '../index.ts';
import { functional as F } from '../index.ts';

beforeAll(() => useBackend(reference()));

const int = (...data: number[]): Tensor => tensor(data, { dtype: 'int32', shape: [data.length] });

test('norms are one kernel', () => {
  const x = randn([2, 4, 3]);
  const [weight, bias, row] = [ones([4]), zeros([4]), ones([3])];
  expect(record(() => void F.groupNorm(x, 2, { weight, bias })).programs).toHaveLength(1);
  expect(record(() => void F.instanceNorm(x, { weight, bias })).programs).toHaveLength(1);
  expect(record(() => void F.rmsNorm(x, [3], { weight: row })).programs).toHaveLength(1);
});

test('norms say what does not fit', () => {
  expect(() => new nn.GroupNorm(2, 3)).toThrow('GroupNorm: numChannels is 3, which 2 groups do not divide.');
  expect(() => F.groupNorm(ones([2, 3, 4]), 2)).toThrow('groupNorm: 3 channels cannot be cut into 2 groups.');
  expect(() => F.groupNorm(ones([2, 4]), 2, { weight: ones([2]) })).toThrow('groupNorm: weight has shape [2], the input [2, 4].'); // prettier-ignore
  expect(() => new nn.InstanceNorm2d(3)(ones([3, 4]))).toThrow('InstanceNorm2d: the input has shape [3, 4]. It must be [N, C, H, W] or [C, H, W].'); // prettier-ignore
  expect(() => F.instanceNorm(ones([2, 3, 4]), { useInputStats: false })).toThrow('instanceNorm: without the statistics'); // prettier-ignore
  expect(() => F.rmsNorm(ones([2, 3]), [2])).toThrow('rmsNorm: the input [2, 3] does not end in the normalized shape [2].'); // prettier-ignore
  expect(() => F.localResponseNorm(ones([2, 3]), 2)).toThrow('localResponseNorm: the input has shape [2, 3].');
  expect(() => new nn.LocalResponseNorm(1.5)).toThrow('LocalResponseNorm: the size is 1.5. It must be an integer ≥ 1: how many channels a window has.'); // prettier-ignore
  expect(() => new nn.RReLU({ lower: 2, upper: 1 })).toThrow('RReLU: the slopes go from 2 to 1. Give two numbers, the lower one first.'); // prettier-ignore
  for (const layer of [nn.InstanceNorm1d, nn.BatchNorm1d])
    expect(() => new layer(2, { momentum: NaN })).toThrow(`${layer.name}: momentum is NaN. It must be a finite number, or null.`); // prettier-ignore
  expect(() => new nn.CrossMapLRN2d(0)).toThrow('CrossMapLRN2d: the size is 0.');
  expect(() => new nn.CrossMapLRN2d(3)(ones([1, 2, 1, 1, 1]))).toThrow('CrossMapLRN2d: the input has shape');
});

test('a running mean or variance follows without the other', () => {
  const x = tensor([[[1, 3], [4, 8]]]); // prettier-ignore
  const norms: ((runningMean: Tensor | null, runningVar: Tensor | null) => Tensor)[] = [
    (runningMean, runningVar) => F.batchNorm(x, runningMean, runningVar, { training: true, momentum: 0.5 }),
    (runningMean, runningVar) => F.instanceNorm(x, { runningMean, runningVar, momentum: 0.5 }),
  ];
  for (const norm of norms) {
    const [mean, variance] = [zeros([2]), zeros([2])];
    norm(mean, null);
    norm(null, variance);
    expect([mean.toArraySync(), variance.toArraySync()]).toEqual([[1, 3], [1, 4]]); // prettier-ignore
  }
});

test('RMSNorm: parameters, printing, drawing anew', () => {
  const norm = new nn.RMSNorm([2, 3], { eps: 0.5 });
  expect(Object.keys(norm.stateDict())).toEqual(['weight']);
  expect(String(norm)).toBe('RMSNorm([2, 3], eps=0.5, elementwiseAffine=true)');
  expect(norm(ones([2, 3])).toArraySync()).toEqual(F.rmsNorm(ones([2, 3]), [2, 3], { eps: 0.5 }).toArraySync());
  expect(new nn.RMSNorm(3, { elementwiseAffine: false }).parameters()).toEqual([]);
  expect(() => new nn.RMSNorm([])).toThrow('RMSNorm: the normalized shape is [].');
});

test('layers print their options', () => {
  expect(String(new nn.GroupNorm(2, 4))).toBe('GroupNorm(2, 4, eps=0.00001, affine=true)');
  expect(String(new nn.LocalResponseNorm(3, { k: 2 }))).toBe('LocalResponseNorm(3, alpha=0.0001, beta=0.75, k=2)');
  expect(String(new nn.Dropout2d({ p: 0.1 }))).toBe('Dropout2d(p=0.1, inplace=false)');
  expect(String(new nn.EmbeddingBag(4, 2, { mode: 'sum', paddingIdx: 1 }))).toBe("EmbeddingBag(4, 2, mode='sum', paddingIdx=1)"); // prettier-ignore
  expect(String(new nn.Bilinear(1, 2, 3))).toBe('Bilinear(in1Features=1, in2Features=2, outFeatures=3, bias=true)');
  expect(String(new nn.Softmin(1))).toBe('Softmin(dim=1)');
  expect(String(new nn.RReLU({ lower: 0.1, upper: 0.2, inplace: true }))).toBe('RReLU(lower=0.1, upper=0.2, inplace=true)'); // prettier-ignore
});

describe('EmbeddingBag', () => {
  test('fromPretrained shares memory and is frozen unless asked otherwise', () => {
    const table = ones([3, 2]);
    const layer = nn.EmbeddingBag.fromPretrained(table, { mode: 'sum', paddingIdx: -1 });
    expect([layer.weight.requiresGrad, layer.paddingIdx, layer.mode]).toEqual([false, 2, 'sum']);
    table.mul_(2);
    expect(layer(int(0, 1, 2), { offsets: int(0) }).toArraySync()).toEqual([[4, 4]]);
    expect(nn.EmbeddingBag.fromPretrained(table, { freeze: false }).weight.requiresGrad).toBe(true);
    expect(() => nn.EmbeddingBag.fromPretrained(ones([3]))).toThrow('EmbeddingBag: the embeddings have shape [3].');
  });

  test('twice differentiable', () => {
    const weight = randn([4, 2], { dtype: 'float64', requiresGrad: true });
    const factors = randn([5], { dtype: 'float64', requiresGrad: true });
    const input = int(1, 3, 0, 2, 3);
    const look = (w: Tensor, v: Tensor): Tensor =>
      F.embeddingBag(input, w, { offsets: int(0, 2, 2), mode: 'sum', perSampleWeights: v, paddingIdx: 0 });
    expect(autograd.gradcheck(look, [weight, factors])).toBe(true);
    expect(autograd.gradgradcheck((w, v) => look(w, v).square(), [weight, factors])).toBe(true);
    const mean = (w: Tensor): Tensor => F.embeddingBag(input, w, { offsets: int(0, 2) }).square();
    expect(autograd.gradgradcheck(mean, [weight])).toBe(true);
    const largest = (w: Tensor): Tensor => F.embeddingBag(input, w, { offsets: int(0, 2), mode: 'max' }).square();
    expect(autograd.gradgradcheck(largest, [weight])).toBe(true);
  });

  test('the largest of numbers of which one is NaN is NaN, of rows and of lists', () => {
    const table = tensor([[1, NaN], [2, 3], [NaN, 1]]); // prettier-ignore
    const expected = [[2, NaN], [NaN, 3]]; // prettier-ignore
    expect(F.embeddingBag(int(0, 1, 1, 2), table, { offsets: int(0, 2), mode: 'max' }).toArraySync()).toEqual(expected);
    expect(F.embeddingBag(int(0, 1, 1, 2).reshape([2, 2]), table, { mode: 'max' }).toArraySync()).toEqual(expected);
    const padded = F.embeddingBag(int(0, 1), table, { offsets: int(0), mode: 'max', paddingIdx: 0 });
    expect(padded.toArraySync()).toEqual([[2, 3]]);
  });

  test('says what does not fit', () => {
    const table = ones([3, 2]);
    const bag = (input: Tensor, options?: F.EmbeddingBagOptions) => (): Tensor => F.embeddingBag(input, table, options);
    expect(bag(int(0, 1))).toThrow('embeddingBag: the input is a list, and there are no offsets. Give [bags]');
    expect(bag(int(0, 1), { offsets: int(1) })).toThrow('embeddingBag: offset 1 at position 0 does not fit 2 indices.');
    expect(bag(int(0, 1), { offsets: int(0, 3) })).toThrow('embeddingBag: offset 3 at position 1 does not fit 2 indices.'); // prettier-ignore
    expect(bag(int(0, 1), { offsets: int(0, 2, 1) })).toThrow('embeddingBag: offset 1 at position 2 does not fit 2 indices. The first must be 0, none below the one before'); // prettier-ignore
    expect(bag(int(0, 1), { offsets: int() })).toThrow('embeddingBag: there are no offsets, and 2 indices. Give at least that of one bag, 0.'); // prettier-ignore
    expect(bag(int(), { offsets: int(), includeLastOffset: true })).toThrow('embeddingBag: there are no offsets, and 0 indices. Give at least where the last bag ends.'); // prettier-ignore
    expect(bag(int(), { offsets: int() })().shape).toEqual([0, 2]);
    expect(bag(int(0, 1).reshape([1, 2]), { includeLastOffset: true })).toThrow('embeddingBag: the rows of the input [1, 2] are bags: no offset is the last. Leave out includeLastOffset.'); // prettier-ignore
    expect(bag(int(0, 3), { offsets: int(0) })).toThrow('embedding: index 3 at position [1] is out of range');
    expect(bag(int(0), { offsets: int(0), perSampleWeights: ones([1]) })).toThrow("embeddingBag: perSampleWeights do not go with the mode 'mean'. Use 'sum'."); // prettier-ignore
    expect(bag(int(0), { offsets: int(0), sparse: true })).toThrow('embeddingBag: there are no sparse gradients.');
    expect(() => new nn.EmbeddingBag(3, 2, { paddingIdx: 3 })).toThrow('EmbeddingBag: paddingIdx 3 is no row of 3.');
  });
});

describe('ParameterDict', () => {
  class Scales extends nn.Module<[Tensor], Tensor> {
    scales = new nn.ParameterDict({ left: ones([2]), right: new nn.Parameter(zeros([3])) });
    forward(x: Tensor): Tensor {
      return x.mul(this.scales.get('left'));
    }
  }

  test('its parameters are found under their names', () => {
    const model = new Scales();
    expect(model.namedParameters().map(([name]) => name)).toEqual(['scales.left', 'scales.right']);
    expect(Object.keys(model.stateDict())).toEqual(['scales.left', 'scales.right']);
    expect(model.scales.get('left')).toBeInstanceOf(nn.Parameter);
    model(ones([2]))
      .sum()
      .backward();
    expect(model.scales.get('left').grad?.toArraySync()).toEqual([1, 1]);
    expect(String(model.scales)).toContain('(left): Parameter(shape=[2], dtype=float32)');
  });

  test('as a dict', () => {
    const dict = new nn.ParameterDict([['a', ones([1])]]);
    const b = dict.setdefault('b', zeros([2]));
    expect(dict.setdefault('b', ones([2]))).toBe(b);
    expect([[...dict.keys()], dict.length, dict.has('a')]).toEqual([['a', 'b'], 2, true]);
    expect(dict.copy().get('b')).toBe(b);
    expect(dict.popitem()).toEqual(['b', b]);
    dict.update({ c: ones([1]), a: zeros([1]) });
    expect([...dict].map(([name]) => name)).toEqual(['a', 'c']);
    expect([...new nn.ParameterDict({ z: b, y: b }).keys()]).toEqual(['y', 'z']);
    expect([...new nn.ParameterDict([['z', b], ['y', b]]).keys()]).toEqual(['z', 'y']); // prettier-ignore
    expect(dict.pop('a').toArraySync()).toEqual([0]);
    expect(dict.delete('z')).toBe(false);
    dict.clear();
    expect(() => dict.get('a')).toThrow('ParameterDict: there is no parameter "a". It has none.');
    expect(() => dict.popitem()).toThrow('ParameterDict: there is no parameter to take out.');
    expect(() => dict.set('a.b', ones([1]))).toThrow('set: "a.b" cannot be a name');
    expect(() => dict.set('__proto__', ones([1]))).toThrow('set: "__proto__" cannot be a name: objects have their prototype under it.'); // prettier-ignore
    expect(() => dict.set('a', 3 as never)).toThrow('set: "a" is 3. Pass a Parameter or a tensor.');
    expect(() => (dict as () => unknown)()).toThrow('ParameterDict');
  });
});

test('gumbelSoftmax draws categories with their probabilities, and hard ones carry the soft gradient', () => {
  manualSeed(0);
  const logits = tensor([0.1, 0.2, 0.7]).log().expand([4000, 3]);
  const counts = F.gumbelSoftmax(logits, { hard: true }).mean(0).toArraySync() as number[];
  for (const [k, p] of [0.1, 0.2, 0.7].entries()) expect(counts[k]).toBeCloseTo(p, 1);
  const x = randn([2, 3], { dtype: 'float64', requiresGrad: true });
  const soft = (hard: boolean): unknown => {
    manualSeed(1);
    const weights = tensor([1, 2, 3], { dtype: 'float64' });
    return autograd.grad([F.gumbelSoftmax(x, { hard, tau: 0.5 }).mul(weights).sum()], [x])[0]?.toArraySync();
  };
  expect(soft(true)).toEqual(soft(false));
  expect(() => F.gumbelSoftmax(x, { tau: 0 })).toThrow('gumbelSoftmax: tau is 0. It must be > 0.');
});

test('distances and bilinear maps say what does not fit', () => {
  expect(() => F.pdist(ones([3]))).toThrow('pdist: the input has shape [3]. It must be [N, D].');
  expect(() => F.pairwiseDistance(ones([3]), ones([3]), { p: NaN })).toThrow('pairwiseDistance: p is NaN.');
  expect(() => F.cosineSimilarity(int(1), int(2), 0)).toThrow('cosineSimilarity: the inputs are int32 and int32.');
  expect(() => F.bilinear(ones([2, 3]), ones([3, 4]), ones([1, 3, 4]))).toThrow('bilinear: the inputs have shapes [2, 3] and [3, 4]'); // prettier-ignore
  expect(() => new nn.Softmax2d()(ones([2, 2]))).toThrow('Softmax2d: the input has shape [2, 2].');
});
