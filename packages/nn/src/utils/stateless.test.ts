import { beforeEach, expect, test } from 'vitest';
import { autograd, func, manualSeed, ones, randn, useBackend, vmap, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { Linear, Module, ReLU, Sequential, BatchNorm1d } from '../index.ts';
import { functionalCall, stackModuleState } from './stateless.ts';

beforeEach(async () => {
  await useBackend(reference());
  manualSeed(1);
});

const weightsOf = (module: Module): Record<string, Tensor> =>
  Object.fromEntries(module.namedParameters().map(([path, w]) => [path, w.detach()]));

class Tied extends Module {
  first = new Linear(2, 2, { bias: false });
  second = new Linear(2, 2, { bias: false });
  constructor() {
    super();
    this.second.weight = this.first.weight;
  }
  forward(x: Tensor): Tensor {
    return this.second(this.first(x));
  }
}

test('a module runs with what it is given, and is then as it was', () => {
  const model = new Sequential(new Linear(3, 2), new ReLU(), new Linear(2, 1));
  const own = model.parameters();
  const keys = Object.keys(model.stateDict());
  const doubled = Object.fromEntries(Object.entries(weightsOf(model)).map(([path, w]) => [path, w.mul(2)]));
  const x = randn([4, 3]);
  const y = functionalCall(model, doubled, x);
  expect(y.toArraySync()).not.toEqual(model(x).toArraySync());
  expect([model.parameters().every((w, k) => w === own[k]), Object.keys(model.stateDict())]).toEqual([true, keys]);
  model.loadStateDict(doubled);
  expect(model(x).toArraySync()).toEqual(y.toArraySync());
});

test('gradients per sample are those of one sample after the other', () => {
  const model = new Sequential(new Linear(3, 4), new ReLU(), new Linear(4, 1));
  const weights = weightsOf(model);
  const [x, y] = [randn([5, 3]), randn([5, 1])];
  const loss = (w: typeof weights, one: Tensor, target: Tensor): Tensor =>
    functionalCall(model, w, one).sub(target).square().mean();
  const perSample = vmap(func.grad(loss), { inDims: [null, 0, 0] })(weights, x, y);
  for (const [path, all] of Object.entries(perSample)) {
    for (let k = 0; k < 5; k++) {
      const value = model(x.select(0, k)).sub(y.select(0, k)).square().mean();
      const [expected] = autograd.grad(value, model.getParameter(path));
      expect(all.select(0, k).sub(expected as Tensor).abs().max().itemSync()).toBeLessThan(1e-6); // prettier-ignore
    }
  }
});

test('an ensemble is one vmap over stacked weights', () => {
  const model = new Linear(3, 2);
  const weights = { weight: randn([4, 2, 3]), bias: randn([4, 2]) };
  const x = randn([5, 3]);
  const y = vmap((w: typeof weights, all: Tensor) => functionalCall(model, w, [all]), { inDims: [0, null] })(
    weights,
    x,
  );
  expect(y.shape).toEqual([4, 5, 2]);
  const third = functionalCall(model, { weight: weights.weight.select(0, 2), bias: weights.bias.select(0, 2) }, x);
  expect(y.select(0, 2).sub(third).abs().max().itemSync()).toBeLessThan(1e-6);
});

test('what is given for one of tied tensors is so for both, unless told otherwise', () => {
  const model = new Tied();
  const x = ones([1, 2]);
  const w = randn([2, 2]);
  const both = x.matmul(w.t()).matmul(w.t());
  expect(functionalCall(model, { 'first.weight': w }, x).toArraySync()).toEqual(both.toArraySync());
  const one = model.second(x.matmul(w.t()));
  expect(functionalCall(model, { 'first.weight': w }, x, { tieWeights: false }).toArraySync()).toEqual(
    one.toArraySync(),
  );
  expect(() => functionalCall(model, { 'first.weight': w, 'second.weight': x }, x)).toThrow('two values are given');
});

test('paths that are not there, given twice or missing are refused, and a throwing module is restored', () => {
  const model = new Linear(2, 1);
  const own = model.weight;
  expect(() => functionalCall(model, { other: ones([1]) }, ones([1, 2]))).toThrow('functionalCall: the module has no parameter or buffer "other". It has "weight", "bias".'); // prettier-ignore
  expect(() => functionalCall(model, [{ bias: ones([1]) }, { bias: ones([1]) }], ones([1, 2]))).toThrow(
    '"bias" is given twice',
  );
  expect(() => functionalCall(model, { bias: ones([1]) }, ones([1, 2]), { strict: true })).toThrow(
    '"weight" is not given',
  );
  expect(() => functionalCall(model, { weight: ones([1, 5]) }, ones([1, 2]))).toThrow('weight');
  expect(model.weight).toBe(own);
});

test('buffers that are written are those given', () => {
  const model = new BatchNorm1d(2);
  const runningMean = ones([2]);
  functionalCall(model, { running_mean: runningMean }, randn([8, 2]));
  expect(runningMean.toArraySync()).not.toEqual([1, 1]);
  expect(model.getBuffer('running_mean').toArraySync()).toEqual([0, 0]);
});

test('models stacked run as one', () => {
  const models = [0, 1, 2].map(() => new Sequential(new Linear(3, 2), new BatchNorm1d(2)));
  const [weights, buffers] = stackModuleState(models);
  const x = randn([4, 3]);
  const one = (w: typeof weights, b: typeof buffers): Tensor => functionalCall(models[0] as Sequential, [w, b], x);
  const y = vmap(one)(weights, buffers);
  expect(Object.entries(weights).map(([path, w]) => [path, w.shape, w.requiresGrad])).toEqual([
    ['0.weight', [3, 2, 3], true], ['0.bias', [3, 2], true], ['1.weight', [3, 2], true], ['1.bias', [3, 2], true],
  ]); // prettier-ignore
  models.forEach((model, k) => {
    const [own, mean] = [model(x), model.getBuffer('1.running_mean')];
    expect(y.select(0, k).sub(own).abs().max().itemSync()).toBeLessThan(1e-6); // prettier-ignore
    expect(buffers['1.running_mean']?.select(0, k).sub(mean).abs().max().itemSync()).toBeLessThan(1e-6); // prettier-ignore
  });
  y.square().sum().backward();
  expect(weights['0.weight']?.grad?.shape).toEqual([3, 2, 3]);
});

test('models that do not go together are refused', () => {
  const [a, b, frozen] = [new Linear(2, 2), new Linear(2, 2), new Linear(2, 2)];
  frozen.weight.requiresGrad = false;
  expect(() => stackModuleState([])).toThrow('there are no models');
  expect(() => stackModuleState([a, new ReLU()])).toThrow('of different classes');
  expect(() => stackModuleState([a, frozen])).toThrow('"weight" is missing in some of the models, or requires grad');
  expect(() => stackModuleState([a, new Linear(2, 2, { bias: false })])).toThrow('different numbers of parameters');
  b.eval();
  expect(() => stackModuleState([a, b])).toThrow('some models are in training mode');
});
