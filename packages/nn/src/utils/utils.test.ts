// What is compared with PyTorch's numbers is in packages/conformance; here is what is kept, and what is said.

import { getRngState, ones, randn, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { BatchNorm1d, BatchNorm2d, Conv2d, ConvTranspose2d, Linear, LSTM, Sequential, utils } from '../index.ts';

beforeAll(() => useBackend(reference()));

const { prune } = utils;

test('parameters as one vector, and back', async () => {
  const layer = new Linear(2, 2);
  const vector = utils.parametersToVector(layer.parameters());
  expect([vector.shape, vector.requiresGrad]).toEqual([[6], true]);
  utils.vectorToParameters(tensor([1, 2, 3, 4, 5, 6]), layer.parameters());
  expect([await layer.weight.toArray(), await layer.bias?.toArray()]).toEqual([[[1, 2], [3, 4]], [5, 6]]); // prettier-ignore
  expect(() => utils.vectorToParameters(ones([5]), layer.parameters())).toThrow(
    'vectorToParameters: the vector has shape [5], the parameters have 6 elements. Pass one of that length.',
  );
  expect(() => utils.parametersToVector([])).toThrow('parametersToVector: there are no parameters.');
});

test('the norm of all tensors', async () => {
  const tensors = [tensor([3]), tensor([[0, -4]])];
  const norms = [
    {},
    { normType: 1 },
    { normType: Infinity },
    { normType: 2, errorIfNonfinite: true },
    { normType: 0.5 },
  ];
  const found = await Promise.all(norms.map((options) => utils.getTotalNorm(tensors, options).item()));
  expect(found.slice(0, 4)).toEqual([5, 7, 4, 5]);
  expect(found[4]).toBeCloseTo((Math.sqrt(3) + 2) ** 2, 4);
  expect(await utils.getTotalNorm([]).item()).toBe(0);
  expect(await utils.getTotalNorm(tensor([NaN])).item()).toBeNaN();
  expect(() => utils.getTotalNorm(tensor([Infinity]), { errorIfNonfinite: true })).toThrow(
    'getTotalNorm: the norm of order 2 is Infinity.',
  );
});

test('skipInit draws nothing', () => {
  const before = getRngState();
  const layer = utils.skipInit(Linear, 3, 2, { bias: false });
  expect([layer.weight.shape, layer.bias]).toEqual([[2, 3], null]);
  utils.skipInit(LSTM, 2, 3);
  expect(getRngState()).toEqual(before);
  expect(new Linear(1, 1).weight.shape).toEqual([1, 1]);
  expect(getRngState()).not.toEqual(before);
});

describe('fusing', () => {
  const used = <B extends BatchNorm1d | BatchNorm2d>(bn: B, ...shape: number[]): B => {
    bn(randn(shape) as never);
    bn.eval();
    return bn;
  };
  const largest = (x: Tensor): Promise<number> => x.abs().amax().item();

  test('a convolution and its norm become one', async () => {
    const conv = new Conv2d(2, 4, [2, 3], {
      stride: [2, 1],
      padding: 1,
      groups: 2,
      bias: false,
      paddingMode: 'circular',
    });
    const bn = used(new BatchNorm2d(4), 2, 4, 3, 3);
    const fused = utils.fuseConvBnEval(conv.eval(), bn);
    const x = randn([2, 2, 4, 5]);
    expect(await largest(fused(x).sub(bn(conv(x))))).toBeLessThan(1e-5);
    const transposed = new ConvTranspose2d(2, 3, 2, { stride: 2, padding: 1, outputPadding: 1 }).eval();
    const norm = used(new BatchNorm2d(3, { affine: false }), 2, 3, 2, 2);
    expect(
      await largest(
        utils
          .fuseConvBnEval(transposed, norm, { transpose: true })(x)
          .sub(norm(transposed(x))),
      ),
    ).toBeLessThan(1e-5);
  });

  test('a linear layer and its norm, in evaluation only', async () => {
    const linear = new Linear(3, 2);
    const bn = used(new BatchNorm1d(2), 5, 2);
    expect(() => utils.fuseLinearBnEval(linear, bn)).toThrow('fuseLinearBnEval: Linear(inFeatures=3, outFeatures=2, bias=true) is in training.'); // prettier-ignore
    const x = randn([4, 3]);
    expect(
      await largest(
        utils
          .fuseLinearBnEval(
            linear.eval(),
            bn,
          )(x)
          .sub(bn(linear(x))),
      ),
    ).toBeLessThan(1e-5);
    const forgetful = new BatchNorm1d(2, { trackRunningStats: false }).eval();
    expect(() => utils.fuseLinearBnEval(linear, forgetful)).toThrow('has no running mean and variance');
  });
});

describe('the older norms', () => {
  test('train through two calls before one backward', () => {
    const layer = utils.spectralNorm(new Linear(3, 2));
    const x = randn([2, 3]);
    layer(x).add(layer(x)).sum().backward();
    expect(layer.getParameter('weight_orig').grad?.shape).toEqual([2, 3]);
    expect(() => utils.spectralNorm(layer)).toThrow('spectralNorm: "weight" is normalized already.');
    expect(() => utils.removeSpectralNorm(layer, { name: 'bias' })).toThrow('removeSpectralNorm: "bias" of');
  });

  test('weight norm follows its parameters', async () => {
    const layer = utils.weightNorm(new Linear(3, 2));
    layer.getParameter('weight_g').detach().mul_(2);
    const before = await layer.weight.toArray();
    layer(zeros([1, 3]));
    expect(await layer.weight.detach().div(2).toArray()).toEqual(before);
    expect(
      utils
        .removeWeightNorm(layer)
        .namedParameters()
        .map(([name]) => name),
    ).toEqual(['bias', 'weight']);
  });
});

describe('prune', () => {
  test('a pruned parameter stays pruned while it trains, and the same object when it is done', async () => {
    const layer = new Linear(3, 2);
    const { weight } = layer;
    expect(prune.isPruned(layer)).toBe(false);
    prune.l1Unstructured(layer, 'weight', 0.5);
    expect(prune.isPruned(new Sequential(layer))).toBe(true);
    expect(layer.namedParameters().map(([name]) => name)).toEqual(['bias', 'weight_orig']);
    weight.detach().fill_(1);
    layer(ones([1, 3]))
      .sum()
      .backward();
    expect(await layer.weight.sum().item()).toBe(3);
    expect(await weight.grad?.sum().item()).toBe(3);
    prune.remove(layer, 'weight');
    expect(layer.weight).toBe(weight);
    expect([prune.isPruned(layer), await weight.sum().item()]).toEqual([false, 3]);
  });

  test('several parameters as one', async () => {
    const [a, b] = [new Linear(2, 1), new Linear(2, 1)];
    utils.vectorToParameters(tensor([1, 5, 0.1, 2, 3, 0.2]), [...a.parameters(), ...b.parameters()]);
    prune.globalUnstructured([[a, 'weight'], [b, 'weight']], prune.L1Unstructured, { amount: 2 }); // prettier-ignore
    expect([await a.weight.toArray(), await b.weight.toArray()]).toEqual([[[0, 5]], [[0, 3]]]);
    const importanceScores = [null, tensor([[0, 9]])];
    prune.globalUnstructured([[a, 'weight'], [b, 'weight']], prune.L1Unstructured, { amount: 0.5, importanceScores }); // prettier-ignore
    expect([await a.weight.toArray(), await b.weight.toArray()]).toEqual([[[0, 0]], [[0, 3]]]);
    expect(() => prune.globalUnstructured([[a, 'bias']], prune.RandomStructured, { amount: 1 })).toThrow(
      "globalUnstructured: RandomStructured prunes structured. Use a method that is 'unstructured'.",
    );
    expect(() => prune.globalUnstructured([], prune.L1Unstructured, { amount: 1 })).toThrow('there are no parameters');
    const one = { amount: 1, importanceScores: [ones([3])] };
    expect(() => prune.globalUnstructured([[a, 'wait']], prune.L1Unstructured, one)).toThrow('has no parameter "wait"');
    expect(() => prune.globalUnstructured([[a, 'weight']], prune.L1Unstructured, one)).toThrow('the scores have shape [3], the tensor [1, 2].'); // prettier-ignore
  });

  test('a refused pruning leaves what was pruned as it is', () => {
    const layer = new Linear(3, 2);
    const first = new prune.L1Unstructured(2);
    first.applyTo(layer, 'weight');
    expect(() => prune.l1Unstructured(layer, 'weight', 5)).toThrow('amount is 5, there are 4 units to prune.');
    const both = new prune.L1Unstructured(1).applyTo(layer, 'weight') as utils.prune.PruningContainer;
    expect([...both].map((method) => (method as utils.prune.L1Unstructured).amount)).toEqual([2, 1]);
    expect(() => new prune.L1Unstructured(4).applyTo(layer, 'weight')).toThrow('amount is 4');
    expect(both).toHaveLength(2);
  });

  test('a method of one’s own', async () => {
    class EveryOther extends prune.BasePruningMethod {
      readonly pruningType = 'unstructured';
      computeMask(t: Tensor, defaultMask: Tensor): Tensor {
        const kept = Array.from({ length: t.numel() }, (_, k) => (k % 2 === 0 ? 0 : 1));
        return defaultMask.mul(tensor(kept).reshape(t.shape));
      }
    }
    const layer = new Linear(4, 1);
    layer.weight.detach().fill_(1);
    new EveryOther().applyTo(layer, 'weight');
    expect(await layer.weight.toArray()).toEqual([[0, 1, 0, 1]]);
    const container = new EveryOther().applyTo(layer, 'weight');
    expect(await layer.weight.toArray()).toEqual([[0, 0, 0, 1]]);
    expect([...(container as utils.prune.PruningContainer)]).toHaveLength(2);
    expect(await new EveryOther().prune(ones([2])).toArray()).toEqual([0, 1]);
  });

  test('says what does not fit', () => {
    const layer = new Linear(3, 2);
    expect(() => prune.l1Unstructured(layer, 'weight', 1.5)).toThrow('L1Unstructured: amount is 1.5. It must be a count ≥ 0, or a share below 1.'); // prettier-ignore
    expect(() => prune.l1Unstructured(layer, 'weight', 7)).toThrow(
      'L1Unstructured: amount is 7, there are 6 units to prune.',
    );
    expect(layer.weight.shape).toEqual([2, 3]);
    expect(() => prune.randomStructured(layer, 'bias', 1, 0)).toThrow('a tensor of shape [2] has no channels.');
    expect(() => prune.lnStructured(layer, 'weight', 1, 2, 2)).toThrow('dim is 2 for a tensor of shape [2, 3].');
    expect(() => prune.l1Unstructured(layer, 'weight', 1, { importanceScores: ones([2]) })).toThrow('the scores have shape [2]'); // prettier-ignore
    expect(() => prune.customFromMask(layer, 'weight', ones([2]))).toThrow('CustomFromMask: the mask has shape [2], the tensor [2, 3].'); // prettier-ignore
    expect(() => prune.remove(layer, 'weight')).toThrow('remove: "weight" of Linear');
    expect(() => new prune.Identity().applyMask(layer)).toThrow('has not been pruned by this method');
  });
});
