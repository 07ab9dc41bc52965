import { effect, record, tensor, useBackend, ValueError } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Adadelta } from '../adadelta.ts';
import { Adam } from '../adam.ts';
import { SGD } from '../sgd.ts';
import {
  ChainedScheduler, ConstantLR, CosineAnnealingLR, CosineAnnealingWarmRestarts, CyclicLR, ExponentialLR, LambdaLR, LinearLR,
  MultiplicativeLR, MultiStepLR, OneCycleLR, PolynomialLR, ReduceLROnPlateau, SequentialLR, StepLR, type LRScheduler,
} from './index.ts'; // prettier-ignore

beforeAll(() => useBackend(reference()));

const sgd = (lr = 1): SGD => new SGD([tensor([1])], { lr, momentum: 0.9 });
const twoGroups = (): SGD => new SGD([{ params: tensor([1]) }, { params: tensor([1]), lr: 0.5 }], { lr: 1 });

/** The learning rate of the first group from the beginning on. */
function rates(scheduler: LRScheduler, epochs: number): number[] {
  return Array.from({ length: epochs }, () => {
    const [now = NaN] = scheduler.getLastLr();
    scheduler.step();
    return now;
  });
}

const epochs = fc.integer({ min: 1, max: 40 });
const fraction = fc.double({ min: 0.01, max: 1, noNaN: true });

describe('recursive forms are those of the epoch, where nothing else changes the learning rate', () => {
  /** How far the learning rates of 50 epochs are at most from what they shall be. */
  const error = (scheduler: LRScheduler, expected: (epoch: number) => number): number =>
    Math.max(...rates(scheduler, 50).map((rate, epoch) => Math.abs(rate - expected(epoch))));

  test('CosineAnnealingLR', () => {
    const property = fc.property(epochs, fraction, fraction, (tMax, lr, etaMin) => {
      const height = (k: number): number => (1 + Math.cos((Math.PI * k) / tMax)) / 2;
      const scheduler = new CosineAnnealingLR(sgd(lr), tMax, { etaMin });
      expect(error(scheduler, (k) => etaMin + (lr - etaMin) * height(k))).toBeLessThan(1e-9);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('LinearLR', () => {
    const property = fc.property(epochs, fraction, fraction, (totalIters, startFactor, endFactor) => {
      const scheduler = new LinearLR(sgd(), { startFactor, endFactor, totalIters });
      const share = (k: number): number => Math.min(k, totalIters) / totalIters;
      expect(error(scheduler, (k) => startFactor + (endFactor - startFactor) * share(k))).toBeLessThan(1e-9);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('ConstantLR, whose factor may be 0', () => {
    const property = fc.property(epochs, fc.oneof(fraction, fc.constant(0)), (totalIters, factor) => {
      const scheduler = new ConstantLR(sgd(0.3), { factor, totalIters });
      expect(error(scheduler, (k) => 0.3 * (k < totalIters ? factor : 1))).toBeLessThan(1e-9);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('MultiStepLR and ExponentialLR', () => {
    const property = fc.property(fc.array(epochs, { maxLength: 6 }), fraction, (milestones, gamma) => {
      const passed = (k: number): number => milestones.filter((epoch) => epoch <= k).length;
      expect(error(new MultiStepLR(sgd(), milestones, { gamma }), (k) => gamma ** passed(k))).toBeLessThan(1e-9);
      expect(error(new ExponentialLR(sgd(), gamma), (k) => gamma ** k)).toBeLessThan(1e-9);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });
});

describe('OneCycleLR', () => {
  test('stays between its end and its top, whatever the phases, and ends where it shall', () => {
    const strategies = fc.constantFrom('cos', 'linear');
    const end = 1 / 25 / 1e4;
    const property = fc.property(
      epochs,
      fraction,
      strategies,
      fc.boolean(),
      (steps, share, annealStrategy, threePhase) => {
        const totalSteps = steps + 4;
        // A phase has a step or more.
        const pctStart = Math.max(share * (threePhase ? 0.5 : 0.9), 1 / totalSteps);
        const options = { totalSteps, pctStart, annealStrategy, threePhase } as const;
        const found = rates(new OneCycleLR(new Adam([tensor([1])]), 1, options), totalSteps);
        expect(Math.max(...found)).toBeLessThan(1 + 1e-9);
        expect(Math.min(...found)).toBeGreaterThan(end - 1e-9);
        expect(found.at(-1)).toBeCloseTo(end, 9);
      },
    );
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('a rise of no steps begins at the top', () => {
    expect(rates(new OneCycleLR(sgd(), 2, { totalSteps: 10, pctStart: 0.1 }), 1)).toEqual([2]);
  });

  test('a fall of no steps is never found to be no number', () => {
    const scheduler = new OneCycleLR(sgd(), 2, { totalSteps: 4, pctStart: 1 });
    expect(rates(scheduler, 4).at(-1)).toBe(2);
    expect(scheduler.getLastLr().every(Number.isFinite)).toBe(true);
  });

  test('ends', () => {
    const scheduler = new OneCycleLR(sgd(), 1, { totalSteps: 3 });
    rates(scheduler, 3);
    expect(() => scheduler.step()).toThrow(
      'OneCycleLR: this is step 5 of a cycle of 3. Call step() no oftener, or give it more totalSteps.',
    );
  });

  test('moves the momentum, or β₁, in the groups', () => {
    const [plain, adam] = [sgd(), new Adam([tensor([1])], { betas: [0.9, 0.99] })];
    for (const optimizer of [plain, adam]) {
      const scheduler = new OneCycleLR(optimizer, 1, { totalSteps: 10, pctStart: 0.5 });
      for (let k = 0; k < 4; k++) scheduler.step();
    }
    expect(plain.paramGroups[0]?.momentum).toBeCloseTo(0.85);
    expect(adam.paramGroups[0]?.betas).toEqual([expect.closeTo(0.85), 0.99]);
    const still = sgd();
    new OneCycleLR(still, 1, { totalSteps: 10, cycleMomentum: false }).step();
    expect(still.paramGroups[0]?.momentum).toBe(0.9);
  });

  test('the curve is part of the state', () => {
    const linear = new OneCycleLR(sgd(), 1, { totalSteps: 20, annealStrategy: 'linear' });
    const loaded = new OneCycleLR(sgd(), 1, { totalSteps: 9 });
    loaded.loadStateDict(linear.stateDict());
    expect(loaded.stateDict()).toEqual(linear.stateDict());
    expect(rates(loaded, 20)).toEqual(rates(linear, 20));
  });
});

describe('ReduceLROnPlateau', () => {
  test('reads a tensor', () => {
    const scheduler = new ReduceLROnPlateau(sgd(), { patience: 0 });
    scheduler.step(tensor(1));
    expect(scheduler.best).toBe(1);
    scheduler.step(tensor([1]));
    expect(scheduler.getLastLr()).toEqual([0.1]);
  });

  test('an epoch without a number is a bad one', () => {
    const scheduler = new ReduceLROnPlateau(sgd(), { patience: 1 });
    for (const metric of [1, NaN, NaN]) scheduler.step(metric);
    expect(scheduler.getLastLr()).toEqual([0.1]);
    expect(scheduler.best).toBe(1);
  });

  test('its state survives JSON, which has no infinity', () => {
    const [first, second] = [
      new ReduceLROnPlateau(sgd(), { patience: 1 }),
      new ReduceLROnPlateau(sgd(), { patience: 1 }),
    ];
    second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())) as ReturnType<typeof first.stateDict>);
    for (const loss of [5, 4, 3, 2, 1]) second.step(loss);
    expect(second.getLastLr()).toEqual([1]);
  });

  test('knows its learning rates before the first step', () => {
    const scheduler = new ReduceLROnPlateau(twoGroups());
    expect(scheduler.getLastLr()).toEqual([1, 0.5]);
    const { _last_lr: _, ...old } = scheduler.stateDict();
    scheduler.loadStateDict(old);
    expect(scheduler.getLastLr()).toEqual([1, 0.5]);
  });
});

test('a schedule goes on in a recording that is run again', () => {
  const optimizer = sgd();
  const scheduler = new ExponentialLR(optimizer, 0.5);
  const seen: (number | undefined)[] = [];
  const recording = record(() => {
    scheduler.step();
    effect(() => void seen.push(optimizer.paramGroups[0]?.lr));
  });
  recording.replay();
  recording.replay();
  expect(seen).toEqual([0.5, 0.25, 0.125]);
});

test('a schedule that is refused leaves the optimizer as it was', () => {
  const optimizer = sgd(0.1);
  expect(() => new StepLR(optimizer, 0)).toThrow(ValueError);
  expect(() => new MultiStepLR(optimizer, [0.5])).toThrow(ValueError);
  expect(() => new LambdaLR(optimizer, [])).toThrow(ValueError);
  for (const group of optimizer.paramGroups) group.lr = 5;
  expect(new StepLR(optimizer, 1).baseLrs).toEqual([5]);
});

test('refusals say what is wrong', () => {
  const groups = twoGroups();
  const says = (make: () => unknown, message: string): void => expect(make).toThrow(message);
  says(() => new MultiStepLR(groups, [3, 2.5]), 'MultiStepLR: milestones[1] is 2.5. It must be an integer ≥ 0.');
  says(() => new ConstantLR(groups, { factor: 2 }), 'ConstantLR: factor is 2. It must be in [0, 1].');
  says(() => new ConstantLR(groups, { totalIters: -1 }), 'ConstantLR: totalIters is -1. It must be an integer ≥ 0.');
  says(() => new LinearLR(groups, { startFactor: 0 }), 'LinearLR: startFactor is 0. It must be in (0, 1].');
  says(() => new LinearLR(groups, { endFactor: -1 }), 'LinearLR: endFactor is -1. It must be in [0, 1].');
  says(() => new CosineAnnealingLR(groups, 0), 'CosineAnnealingLR: tMax is 0. It must be a finite number > 0.');
  says(
    () => new OneCycleLR(groups, 1),
    'OneCycleLR: the length of the cycle is missing. Give totalSteps, or epochs and stepsPerEpoch.',
  );
  says(() => new OneCycleLR(groups, 1, { totalSteps: 0 }), 'OneCycleLR: totalSteps is 0. It must be an integer ≥ 1.');
  says(
    () => new OneCycleLR(groups, [1], { totalSteps: 5 }),
    'OneCycleLR: maxLr has 1 numbers for 2 parameter groups. Give one for all, or one for each.',
  );
  says(
    () => new OneCycleLR(groups, 1, { totalSteps: 5, annealStrategy: 'exp' as 'cos' }),
    "OneCycleLR: annealStrategy is 'exp'. Use 'cos' or 'linear'.",
  );
  says(
    () => new OneCycleLR(new Adadelta([tensor([1])]), 1, { totalSteps: 5 }),
    'OneCycleLR: the optimizer, Adadelta, has no momentum and no betas to cycle. Set { cycleMomentum: false }.',
  );
  const begun = new SGD([{ params: tensor([1]), lr: 1 }]);
  new ExponentialLR(begun, 1);
  says(
    () => new OneCycleLR(begun, 1, { totalSteps: 5, lastEpoch: 2 }),
    "OneCycleLR: group 0 holds no cycle to go on with after step 2. Load the optimizer's state dict first, or leave lastEpoch out.",
  );
  says(() => new ReduceLROnPlateau(groups, { factor: 1 }), 'ReduceLROnPlateau: factor is 1. It must be in [0, 1).');
  says(
    () => new ReduceLROnPlateau(groups, { mode: 'least' as 'min' }),
    "ReduceLROnPlateau: mode is 'least'. Use 'min' or 'max'.",
  );
  says(
    () => new ReduceLROnPlateau(groups, { minLr: [0, 0, 0] }),
    'ReduceLROnPlateau: minLr has 3 numbers for 2 parameter groups. Give one for all, or one for each.',
  );
});

describe('every option is checked', () => {
  type Options = Readonly<Record<string, unknown>>;
  const made: Record<string, (options: Options) => unknown> = {
    ConstantLR: (options) => new ConstantLR(sgd(), options),
    CosineAnnealingLR: (options) => new CosineAnnealingLR(sgd(), 5, options),
    CosineAnnealingWarmRestarts: (options) => new CosineAnnealingWarmRestarts(sgd(), 5, options),
    CyclicLR: (options) => new CyclicLR(sgd(), 0.1, 1, options),
    ExponentialLR: (options) => new ExponentialLR(sgd(), 0.9, options),
    LambdaLR: (options) => new LambdaLR(sgd(), () => 1, options),
    LinearLR: (options) => new LinearLR(sgd(), options),
    MultiplicativeLR: (options) => new MultiplicativeLR(sgd(), () => 1, options),
    MultiStepLR: (options) => new MultiStepLR(sgd(), [5], options),
    OneCycleLR: (options) => new OneCycleLR(sgd(), 1, { totalSteps: 5, ...options }),
    PolynomialLR: (options) => new PolynomialLR(sgd(), options),
    ReduceLROnPlateau: (options) => new ReduceLROnPlateau(sgd(), options),
    SequentialLR: (options) => {
      const optimizer = sgd();
      return new SequentialLR(optimizer, [new StepLR(optimizer, 5)], [], options);
    },
    StepLR: (options) => new StepLR(sgd(), 5, options),
  };

  test.each(Object.entries(made))('%s: an option that there is not, no options, what is undefined', (name, make) => {
    expect(() => make({ stepsize: 3 })).toThrow(`${name}: there is no option "stepsize". Options: `);
    expect(() => make(3 as never)).not.toThrow(TypeError);
    expect(make({})).toMatchObject({ name });
  });

  test.each([
    ['StepLR', { gamma: NaN }, 'StepLR: gamma is NaN. It must be a finite number ≥ 0.'],
    ['StepLR', { gamma: '0.1' }, "StepLR: gamma is '0.1'. It must be a finite number ≥ 0."],
    ['StepLR', { lastEpoch: -2 }, 'LRScheduler: lastEpoch is -2. It must be an integer ≥ -1.'],
    ['MultiStepLR', { gamma: -1 }, 'MultiStepLR: gamma is -1. It must be a finite number ≥ 0.'],
    ['CosineAnnealingLR', { etaMin: NaN }, 'CosineAnnealingLR: etaMin is NaN. It must be a finite number ≥ 0.'],
    [
      'CosineAnnealingWarmRestarts',
      { tMult: 1.5 },
      'CosineAnnealingWarmRestarts: tMult is 1.5. It must be an integer ≥ 1.',
    ],
    [
      'CosineAnnealingWarmRestarts',
      { etaMin: -1 },
      'CosineAnnealingWarmRestarts: etaMin is -1. It must be a finite number ≥ 0.',
    ],
    ['CyclicLR', { stepSizeUp: 0 }, 'CyclicLR: stepSizeUp is 0. It must be a finite number > 0.'],
    ['CyclicLR', { stepSizeDown: -1 }, 'CyclicLR: stepSizeDown is -1. It must be a finite number ≥ 0.'],
    ['CyclicLR', { mode: 'square' }, "CyclicLR: mode is 'square'. Use 'triangular' or 'triangular2' or 'exp_range'."],
    ['CyclicLR', { gamma: NaN }, 'CyclicLR: gamma is NaN. It must be a finite number ≥ 0.'],
    [
      'CyclicLR',
      { scaleFn: 2 },
      'CyclicLR: scaleFn is no function. Pass one of the cycle, (cycle) => 1 / cycle, or leave it out.',
    ],
    ['CyclicLR', { scaleMode: 'step' }, "CyclicLR: scaleMode is 'step'. Use 'cycle' or 'iterations'."],
    ['CyclicLR', { baseMomentum: [NaN] }, 'CyclicLR: baseMomentum[0] is NaN. It must be a finite number ≥ 0.'],
    ['PolynomialLR', { power: NaN }, 'PolynomialLR: power is NaN. It must be a finite number.'],
    ['PolynomialLR', { totalIters: -1 }, 'PolynomialLR: totalIters is -1. It must be an integer ≥ 0.'],
    ['SequentialLR', { lastEpoch: -2 }, 'SequentialLR: lastEpoch is -2. It must be an integer ≥ -1.'],
    ['LinearLR', { totalIters: 2.5 }, 'LinearLR: totalIters is 2.5. It must be an integer ≥ 0.'],
    ['OneCycleLR', { totalSteps: NaN }, 'OneCycleLR: totalSteps is NaN. It must be an integer ≥ 1.'],
    ['OneCycleLR', { divFactor: 0 }, 'OneCycleLR: divFactor is 0. It must be a finite number > 0.'],
    ['OneCycleLR', { finalDivFactor: NaN }, 'OneCycleLR: finalDivFactor is NaN. It must be a finite number > 0.'],
    ['OneCycleLR', { maxMomentum: [NaN] }, 'OneCycleLR: maxMomentum[0] is NaN. It must be a finite number ≥ 0.'],
    ['OneCycleLR', { pctStart: 2 }, 'OneCycleLR: pctStart is 2. It must be in [0, 1].'],
    ['ReduceLROnPlateau', { patience: NaN }, 'ReduceLROnPlateau: patience is NaN. It must be an integer ≥ 0.'],
    ['ReduceLROnPlateau', { factor: -0.1 }, 'ReduceLROnPlateau: factor is -0.1. It must be in [0, 1).'],
    ['ReduceLROnPlateau', { threshold: NaN }, 'ReduceLROnPlateau: threshold is NaN. It must be a finite number ≥ 0.'],
    ['ReduceLROnPlateau', { minLr: -1 }, 'ReduceLROnPlateau: minLr is -1. It must be a finite number ≥ 0.'],
    ['ReduceLROnPlateau', { cooldown: 0.5 }, 'ReduceLROnPlateau: cooldown is 0.5. It must be an integer ≥ 0.'],
    ['ReduceLROnPlateau', { lastEpoch: 3 }, 'ReduceLROnPlateau: there is no option "lastEpoch". Options: mode,'],
  ] as const)('%s %j', (name, options, message) => {
    expect(() => made[name]?.(options)).toThrow(message);
  });

  test('what is positional, and no optimizer', () => {
    expect(() => new StepLR(sgd(), undefined as never)).toThrow('StepLR: stepSize is undefined. It must be an integer ≥ 1.');
    expect(() => new StepLR(sgd(), { stepSize: 3 } as never)).toThrow('StepLR: stepSize is {"stepSize":3}. It must be an integer ≥ 1.');
    expect(() => new ExponentialLR(sgd(), NaN)).toThrow('ExponentialLR: gamma is NaN. It must be a finite number ≥ 0.');
    expect(() => new MultiStepLR(sgd(), 30 as never)).toThrow('MultiStepLR: milestones is 30. Pass a list of epochs: [30, 80].');
    expect(() => new LambdaLR(sgd(), 0.9 as never)).toThrow('LambdaLR: lrLambda is no function. Pass one of the epoch');
    expect(() => new OneCycleLR(sgd(), Infinity, { totalSteps: 3 })).toThrow('OneCycleLR: maxLr is Infinity. It must be a finite number ≥ 0.');
    expect(() => new StepLR([] as never, 3)).toThrow('StepLR: the first argument is no optimizer. Pass one of optim: SGD, Adam, …');
    expect(() => new StepLR(sgd(), 3, 0.5 as never)).toThrow('StepLR: the options are 0.5. Pass an object, such as { gamma: … }.');
  }); // prettier-ignore

  test('a learning rate that were no number is not set', () => {
    const optimizer = sgd(0.1);
    const scheduler = new LambdaLR(optimizer, (epoch) => (epoch < 2 ? 1 : NaN));
    scheduler.step();
    const before = scheduler.stateDict();
    expect(() => scheduler.step()).toThrow('LambdaLR: the learning rate of group 0 would be NaN at epoch 2. Check what it is computed from.');
    expect(scheduler.stateDict()).toEqual(before);
    expect(optimizer.paramGroups[0]?.lr).toBe(0.1);
    expect(() => new ReduceLROnPlateau(optimizer).step(undefined as never)).toThrow(
      'ReduceLROnPlateau: the metric is undefined. Pass the number that is watched: step(loss).',
    );
  }); // prettier-ignore

  test('an optimizer without momentum takes a cycle of the learning rate alone', () => {
    const adadelta = new Adadelta([tensor([1])]);
    const scheduler = new OneCycleLR(adadelta, 1, { totalSteps: 10, cycleMomentum: false });
    expect(rates(scheduler, 3)[0]).toBeCloseTo(0.04, 12);
  });
});

test('the state of another kind, or of other groups, changes nothing', () => {
  const exponential = new ExponentialLR(sgd(), 0.5);
  const step = new StepLR(sgd(), 3);
  const before = step.stateDict();
  expect(() => step.loadStateDict(exponential.stateDict() as never)).toThrow(
    'StepLR: the state has no step_size (it has gamma, base_lrs, last_epoch, _step_count, _last_lr). Load the state of a schedule of the same kind.',
  );
  expect(() => step.loadStateDict(new StepLR(twoGroups(), 2).stateDict())).toThrow(
    'StepLR: the state is of 2 parameter groups, and the optimizer has 1. They must be equal.',
  );
  expect(() => step.loadStateDict(null as never)).toThrow('StepLR: the state has no step_size (it has nothing).');
  expect(step.stateDict()).toEqual(before);
  expect(() => new ReduceLROnPlateau(sgd()).loadStateDict(before as never)).toThrow(
    'ReduceLROnPlateau: the state has no factor',
  );
});

describe('schedules made of others', () => {
  test('refusals', () => {
    const [one, other] = [sgd(), sgd()];
    const down = new StepLR(one, 3);
    const says = (make: () => unknown, message: string): void => expect(make).toThrow(message);
    says(() => new ChainedScheduler([]), 'ChainedScheduler: there are no schedules. Pass a list: [new LinearLR(optimizer), …].');
    says(() => new ChainedScheduler([down, 3 as never]), 'ChainedScheduler: schedulers[1] is no schedule. Pass instances of StepLR, LinearLR, ….');
    says(() => new ChainedScheduler([down, new StepLR(other, 3)]), 'ChainedScheduler: schedulers[1], StepLR, belongs to another optimizer. All must belong to one.');
    says(() => new ChainedScheduler([new ReduceLROnPlateau(one) as never]), 'ChainedScheduler: schedulers[0] is a ReduceLROnPlateau, which needs a metric. Step it by itself.');
    says(() => new SequentialLR(other, [down], []), 'SequentialLR: schedulers[0], StepLR, belongs to another optimizer. All must belong to one.');
    says(() => new SequentialLR(one, [down, down], []), 'SequentialLR: there are 0 milestones between 2 schedules. Give one between each two.');
    says(() => new SequentialLR(one, [down, down], 3 as never), 'SequentialLR: milestones is 3. Pass a list of epochs: [30, 80].');
    says(() => new SequentialLR(one, [down, down, down], [5, 3]), 'SequentialLR: milestones[1] is 3. It must be an integer ≥ 5.');
    says(() => new SequentialLR(one, [new ChainedScheduler([down]) as never], []), 'SequentialLR: schedulers[0] is a ChainedScheduler, which cannot begin anew. List what it consists of.');
    expect([one.paramGroups[0]?.lr, down.lastEpoch]).toEqual([1, 0]);
  }); // prettier-ignore

  test('the state of others changes nothing', () => {
    const optimizer = sgd();
    const chain = new ChainedScheduler([new ExponentialLR(optimizer, 0.5), new StepLR(optimizer, 3)]);
    chain.step();
    const before = structuredClone(chain.stateDict());
    const [exponential] = before._schedulers;
    const load = (state: object) => () => chain.loadStateDict(state as never);
    expect(load({ ...before, _schedulers: [exponential] })).toThrow(
      'ChainedScheduler: the state is of 1 schedules, and there are 2. They must be equal.',
    );
    expect(load({ ...before, _schedulers: [{ ...exponential, gamma: 0.3 }, exponential] })).toThrow(
      'StepLR: the state has no step_size',
    );
    expect(load({ ...before, _schedulers: undefined })).toThrow('the state is of no schedules');
    expect(load({})).toThrow('ChainedScheduler: the state has no _schedulers (it has nothing).');
    expect(chain.stateDict()).toEqual(before);
  });

  test('go on in a recording that is run again', () => {
    const optimizer = sgd();
    const parts = [new ConstantLR(optimizer, { factor: 0.5 }), new ExponentialLR(optimizer, 0.1)];
    const scheduler = new ChainedScheduler([new SequentialLR(optimizer, parts, [2]), new StepLR(optimizer, 100)]);
    const seen: number[] = [];
    const recording = record(() => {
      scheduler.step();
      effect(() => void seen.push(...scheduler.getLastLr()));
    });
    for (let k = 0; k < 3; k++) recording.replay();
    expect(seen).toEqual([0.5, 1, 0.1, expect.closeTo(0.01)]);
  });
});

test('a step to an epoch is checked, and a number beside is none', () => {
  const scheduler = new StepLR(sgd(), 3);
  expect(() => scheduler.step({ epoch: -1 })).toThrow('StepLR: epoch is -1. It must be a finite number ≥ 0.');
  expect(() => new CosineAnnealingWarmRestarts(sgd(), 3).step({ epoch: NaN })).toThrow('epoch is NaN');
  expect(() => new LinearLR(sgd(), { totalIters: 0 }).step({ epoch: 0 })).toThrow('would be NaN at epoch 0');
  // The trainer gives every schedule what it watches.
  for (const watched of [0.25, NaN]) scheduler.step(watched as never);
  expect(scheduler.lastEpoch).toBe(2);
});

test('a warm restart is found where a logarithm would miss it', () => {
  const scheduler = new CosineAnnealingWarmRestarts(sgd(), 1, { tMult: 10 });
  scheduler.step({ epoch: 111 });
  expect([scheduler.tCur, scheduler.tI, ...scheduler.getLastLr()]).toEqual([0, 1000, 1]);
});

test('CyclicLR moves β₁, and keeps its state', () => {
  const optimizer = new Adam([tensor([1])], { betas: [0.9, 0.99] });
  const scheduler = new CyclicLR(optimizer, 0.1, 1, { stepSizeUp: 4, gamma: 0.5, mode: 'exp_range' });
  scheduler.step();
  expect(optimizer.paramGroups[0]?.betas).toEqual([expect.closeTo(0.9 - 0.1 * 0.25 * 0.5), 0.99]);
  const loaded = new CyclicLR(new Adam([tensor([1])]), 0.3, 0.4, { stepSizeUp: 9 });
  loaded.loadStateDict(JSON.parse(JSON.stringify(scheduler.stateDict())) as ReturnType<typeof scheduler.stateDict>);
  expect(loaded.stateDict()).toEqual(scheduler.stateDict());
  expect(rates(loaded, 9)).toEqual(rates(scheduler, 9));
  expect(() => new CyclicLR(new Adadelta([tensor([1])]), 0.1, 1)).toThrow(
    'CyclicLR: the optimizer, Adadelta, has no momentum and no betas to cycle. Set { cycleMomentum: false }.',
  );
});
