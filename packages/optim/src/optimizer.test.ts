import { isGradEnabled, ones, record, tensor, tidy, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { Adadelta } from './adadelta.ts';
import { Adagrad } from './adagrad.ts';
import { Adam, AdamW } from './adam.ts';
import { Adamax } from './adamax.ts';
import { ASGD } from './asgd.ts';
import { Lion } from './lion.ts';
import { LambdaLR } from './lr-scheduler/lambda-lr.ts';
import { NAdam } from './nadam.ts';
import type { Optimizer } from './optimizer.ts';
import { RAdam } from './radam.ts';
import { RMSprop } from './rmsprop.ts';
import { Rprop } from './rprop.ts';
import { SGD } from './sgd.ts';

beforeAll(() => useBackend(reference()));

const leaf = (data: number[]): Tensor => tensor(data, { requiresGrad: true });

/** One step down the square of x, whose gradient is 2x. */
function descend(x: Tensor, optimizer: { zeroGrad(): void; step(): void }): void {
  optimizer.zeroGrad();
  x.square().sum().backward();
  optimizer.step();
}

describe('groups', () => {
  test('options of their own, the rest from the optimizer; read anew at each step', () => {
    const [a, b] = [leaf([1]), leaf([1])];
    const optimizer = new SGD([{ params: [a], lr: 0.25 }, { params: b }], { lr: 0.5 });
    expect(optimizer.paramGroups.map(({ lr, params }) => [lr, params])).toEqual([[0.25, [a]], [0.5, [b]]]); // prettier-ignore
    for (const x of [a, b]) x.grad = ones([1]);
    optimizer.step();
    expect([a.itemSync(), b.itemSync()]).toEqual([0.75, 0.5]);
    for (const group of optimizer.paramGroups) group.lr = 1;
    optimizer.step();
    expect([a.itemSync(), b.itemSync()]).toEqual([-0.25, -0.5]);
  });

  test('parameters may come from any iterable, groups later', () => {
    const [a, b] = [leaf([1]), leaf([1])];
    const optimizer = new SGD(new Set([a]), { lr: 1 });
    optimizer.addParamGroup({ params: b, lr: 2 });
    expect(optimizer.paramGroups.map(({ params }) => params.length)).toEqual([1, 1]);
    // As a ParameterList is.
    const callable = Object.assign(() => {}, { [Symbol.iterator]: () => [a, b].values() });
    expect(new SGD(callable, { lr: 1 }).paramGroups[0]?.params).toEqual([a, b]);
  });

  test('refusals', () => {
    const x = leaf([1]);
    const none = 'Pass `model.parameters()`, or an array of tensors or of groups { params, … }.';
    expect(() => new SGD([], { lr: 1 })).toThrow(`SGD: there are no parameters. ${none}`);
    expect(() => new Adam(x as never)).toThrow(`Adam: the parameters are not a list. ${none}`);
    expect(() => new SGD([x, leaf([2]), x], { lr: 1 })).toThrow(
      'SGD: parameter 2 of shape [1] is given twice. Give each parameter once.',
    );
    expect(() => new SGD([{ params: x }, { params: x }], { lr: 1 })).toThrow(
      'SGD: parameter 0 of shape [1] is given twice',
    );
    expect(() => new SGD([x.mul(2)], { lr: 1 })).toThrow(
      'SGD: parameter 0 of shape [1] is the result of MulBackward. Only leaves can be optimized: pass what it was computed from, or detach().requiresGrad_().',
    );
    expect(() => new SGD([x, 3 as never], { lr: 1 })).toThrow('SGD: parameter 1 is number. Parameters are tensors.');
    expect(() => new SGD([{ lr: 1 } as never], { lr: 1 })).toThrow(
      'SGD: the parameters are missing. Pass `model.parameters()`; in a group, as its `params`.',
    );
    expect(() => new SGD([{ params: 3 as never }], { lr: 1 })).toThrow('SGD: the parameters are number, not a list');
    expect(() => new SGD([x])).toThrow('SGD: there is no learning rate. Pass { lr: 0.1 }, or one in every group.');
    expect(() => new SGD([x], { lr: -1 })).toThrow('SGD: lr is -1. It must be ≥ 0.');
    expect(() => new SGD([x], { lr: NaN })).toThrow('SGD: lr is NaN. It must be ≥ 0.');
    expect(() => new SGD([{ params: x, lr: -2 }], { lr: 1 })).toThrow('SGD: lr is -2. It must be ≥ 0.');
    for (const [lr, shown] of [
      [Infinity, 'Infinity'],
      [null, 'null'],
      ['0.1', "'0.1'"],
      [true, 'true'],
    ] as const)
      // prettier-ignore
      expect(() => new SGD([x], { lr: lr as never })).toThrow(`SGD: lr is ${shown}. It must be a finite number ≥ 0.`);
    expect(() => new SGD([x], { lr: 1, weight_decay: 0.1 } as never)).toThrow(
      'SGD: there is no option "weight_decay". Options: lr, momentum, dampening, weightDecay, nesterov, maximize',
    );
  });

  test('a group may hold more than options, but none of them misspelt', () => {
    const x = leaf([1]);
    const group = { params: x, note: 'head' };
    expect(new SGD([group], { lr: 1 }).paramGroups[0]).toMatchObject({ lr: 1, note: 'head' });
    for (const option of ['weight_decay', 'weightdecay'])
      expect(() => new SGD([{ params: x, [option]: 0.1 }], { lr: 1 })).toThrow(
        `SGD: there is no option "${option}". It is called weightDecay.`,
      );
  });

  test('a result that keeps its gradient can be optimized, as in PyTorch', () => {
    const x = leaf([1]).mul(2);
    x.retainGrad();
    expect(new SGD([x], { lr: 1 }).paramGroups.length).toBe(1);
  });
});

describe('step', () => {
  test('leaves parameters without a gradient alone, and gradients recorded by nobody', () => {
    const [a, b] = [leaf([1]), leaf([1])];
    const optimizer = new SGD([a, b], { lr: 1, weightDecay: 1 });
    a.grad = ones([1]);
    optimizer.step();
    expect([a.itemSync(), b.itemSync()]).toEqual([-1, 1]);
    expect(a.isLeaf && a.requiresGrad).toBe(true);
  });

  test('runs a closure first, recording gradients, and returns what it returns', () => {
    const x = leaf([1]);
    const optimizer = new SGD([x], { lr: 0.25 });
    const loss = optimizer.step(() => {
      const value = x.square().sum();
      expect(isGradEnabled()).toBe(true);
      value.backward();
      return value;
    });
    expect([loss.itemSync(), x.itemSync()]).toEqual([1, 0.5]);
  });

  test('awaits an async closure before the update', async () => {
    const x = leaf([1]);
    const optimizer = new SGD([x], { lr: 0.25 });
    const loss = optimizer.step(async () => {
      const value = x.square().sum();
      const read = await value.item();
      value.backward();
      return read;
    });
    expect(x.itemSync()).toBe(1);
    expect(await loss).toBe(1);
    expect(x.itemSync()).toBe(0.5);
  });

  test('keeps its state through a tidy around it', () => {
    const x = leaf([1]);
    const optimizer = new Adam([x]);
    for (let k = 0; k < 3; k++) tidy(() => descend(x, optimizer));
    expect(x.itemSync()).toBeCloseTo(1 - 0.003, 5);
  });

  test.each(['float32', 'float64', 'float16'] as const)('of %s parameters', (dtype) => {
    for (const Kind of [SGD, Adam, AdamW, Adadelta, Adagrad, Adamax, ASGD, Lion, NAdam, RAdam, RMSprop, Rprop]) {
      const x = tensor([1, 2], { dtype, requiresGrad: true });
      descend(x, new Kind([x], { lr: 0.5 }));
      expect(x.dtype).toBe(dtype);
      expect(x.toArraySync()).not.toEqual([1, 2]);
    }
  });

  test('of parameters that are not contiguous, of no dims, of no elements', () => {
    const x = tensor([[1, 2, 3], [4, 5, 6]]).transpose(0, 1).detach().requiresGrad_(); // prettier-ignore
    const [scalar, empty] = [tensor(2, { requiresGrad: true }), zeros([0, 3], { requiresGrad: true })];
    const optimizer = new SGD([x, scalar, empty], { lr: 0.5, momentum: 0.5 });
    x.square().sum().add(scalar.square()).add(empty.sum()).backward();
    optimizer.step();
    expect(x.toArraySync()).toEqual([[0, 0], [0, 0], [0, 0]]); // prettier-ignore
    expect(scalar.itemSync()).toBe(0);
  });
});

test('zeroGrad drops gradients, or fills them with zeros', () => {
  const x = leaf([1, 2]);
  const optimizer = new SGD([x], { lr: 1 });
  x.square().sum().backward({ createGraph: true });
  optimizer.zeroGrad({ setToNone: false });
  expect(x.grad?.toArraySync()).toEqual([0, 0]);
  expect(x.grad?.requiresGrad).toBe(false);
  optimizer.zeroGrad();
  expect(x.grad).toBe(null);
});

describe('a recorded step', () => {
  const kinds: [string, (x: Tensor) => Optimizer][] = [
    ['SGD', (x) => new SGD([x], { lr: 0.1, momentum: 0.9, dampening: 0.5 })],
    ['Adam', (x) => new Adam([x], { lr: 0.1, amsgrad: true })],
    ['AdamW', (x) => new AdamW([x], { lr: 0.1, weightDecay: 0.1 })],
    ['Adadelta', (x) => new Adadelta([x], { lr: 10 })],
    ['Adagrad', (x) => new Adagrad([x], { lr: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.1 })],
    ['Adamax', (x) => new Adamax([x], { lr: 0.1 })],
    ['ASGD', (x) => new ASGD([x], { lr: 0.1, lambd: 0.1, t0: 2 })],
    ['Lion', (x) => new Lion([x], { lr: 0.1, weightDecay: 0.1 })],
    ['NAdam', (x) => new NAdam([x], { lr: 0.1, weightDecay: 0.1, decoupledWeightDecay: true })],
    ['RAdam', (x) => new RAdam([x], { lr: 0.1, betas: [0.9, 0.99], weightDecay: 0.1 })],
    ['RMSprop', (x) => new RMSprop([x], { lr: 0.1, momentum: 0.5, centered: true })],
    ['Rprop', (x) => new Rprop([x], { lr: 0.1 })],
  ];

  test.each(kinds)('of %s, be it the first, goes on when replayed: step counts and the schedule too', (_, make) => {
    const run = (steps: number, replayed: boolean): { x: unknown; state: unknown; lr: number[] } => {
      const x = leaf([1, -2]);
      const optimizer = make(x);
      const scheduler = new LambdaLR(optimizer, (epoch) => 0.9 ** epoch);
      const step = (): void => {
        descend(x, optimizer);
        scheduler.step();
      };
      const recording = record(step);
      for (let k = 1; k < steps; k++) {
        if (replayed) recording.replay();
        else step();
      }
      const { state } = optimizer.stateDict();
      return { x: x.toArraySync(), state: String(Object.values(state[0] ?? {})), lr: scheduler.getLastLr() };
    };
    expect(run(6, true)).toEqual(run(6, false));
  });

  test.each(kinds)(
    'of %s is one program per parameter, and a thousand steps under a schedule need no other',
    (_, make) => {
      const x = leaf([1, -2]);
      const optimizer = make(x);
      const scheduler = new LambdaLR(optimizer, (epoch) => 1 / (1 + epoch));
      x.grad = ones([2]);
      const programs = new Set<unknown>();
      for (let k = 0; k < 1000; k++) {
        const launched = record(() => optimizer.step()).programs;
        expect(launched.length).toBe(1);
        programs.add(launched[0]);
        scheduler.step();
      }
      expect(programs.size).toBe(1);
    },
  );
});
