// Runs whose device is lost: what they come to is what an undisturbed run comes to, to the last bit.

import {
  defaultDevice, DeviceLostError, devices, manualSeed, ones, randn, tensor, useBackend, type Device, type Generator, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { reference } from '@rushlight/core/testing';
import { DataLoader, Dataset, TensorDataset } from '@rushlight/data';
import { CrossEntropyLoss, crossEntropy } from '@rushlight/losses';
import { BatchNorm1d, Dropout, Linear, Module, Parameter } from '@rushlight/nn';
import { Adam, lrScheduler } from '@rushlight/optim';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Callback } from './callbacks/callback.ts';
import { EarlyStopping } from './callbacks/early-stopping.ts';
import { memoryStore, type CheckpointStore } from './checkpoint-store.ts';
import { isDeviceLoss } from './device-loss.ts';
import type { Model } from './evaluate.ts';
import type { ResumedEvent, TrainEvent } from './events.ts';
import { Accuracy } from './metrics/accuracy.ts';
import { Frail, type Call } from './testing/frail-backend.ts';
import { bestCheckpoint, lastCheckpoint, type TrainerOptions } from './trainer-options.ts';
import { Trainer } from './trainer.ts';

let frail: Frail;
let store: CheckpointStore;
beforeEach(async () => {
  frail = new Frail();
  store = memoryStore();
  await useBackend(frail.factory);
});
afterEach(() => {
  for (const device of devices()) device.dispose();
  vi.useRealTimers();
});

/** Has all that a device may hold: weights, running statistics, a buffer that no checkpoint has, two views of one memory. */
class Net extends Module<[Tensor], Tensor> {
  first = new Linear(2, 4);
  norm = new BatchNorm1d(4);
  drop = new Dropout({ p: 0.3 });
  last = new Linear(4, 2);
  scale = this.registerBuffer('scale', tensor([1, 2]), { persistent: false });
  tied = new Parameter(this.first.weight.detach());
  forward(x: Tensor): Tensor {
    const hidden = this.norm(this.first(x.mul(this.scale)).relu())
      .matmul(this.tied)
      .relu();
    this.scale.mul_(1.0625);
    return this.last(this.drop(hidden.matmul(this.tied.transpose(0, 1))));
  }
}

/** Points in memory of the device, as a class of the user's own keeps them. */
class Points extends Dataset<[Tensor, number]> {
  readonly length = 10;
  readonly points = [randn([10, 2])];
  get(index: number, generator: Generator): [Tensor, number] {
    const [points] = this.points as [Tensor];
    return [points.select(0, index).add((generator.random() % 8) / 8), index % 2];
  }
}

type Change = Partial<TrainerOptions> & { readonly loader?: object };

function run({ loader = {}, ...change }: Change = {}): Trainer {
  manualSeed(5);
  const model = new Net() as unknown as Model;
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  const test = new TensorDataset(randn([4, 2]), tensor([0, 1, 1, 0], { dtype: 'int32' }));
  return new Trainer({
    model,
    optimizer,
    criterion: new CrossEntropyLoss({ weight: tensor([1, 3]) }),
    trainLoader: new DataLoader(new Points(), { batchSize: 4, shuffle: true, ...loader }),
    evalLoader: new DataLoader(test, { batchSize: 2 }),
    metrics: { accuracy: new Accuracy() },
    scheduler: new lrScheduler.StepLR(optimizer, 1, { gamma: 0.5 }),
    callbacks: [new EarlyStopping({ patience: 9 })],
    checkpoints: { store },
    ...change,
  });
}

/** All that a run came to: its last checkpoint and its best weights, to the last bit. */
const written = async (): Promise<unknown> => [await store.read(lastCheckpoint), await store.read(bestCheckpoint)];

type Calls = Record<Call, number>;

/** What an undisturbed run comes to, and how often it had asked its backend for what before its first batch, and at its end. */
async function undisturbed(change: Change = {}): Promise<{ outcome: unknown; before: Calls; calls: Calls }> {
  const trainer = run(change);
  const { trainLoader } = trainer.options;
  const batches = trainLoader.batches.bind(trainLoader);
  let before: Calls | undefined;
  Object.assign(trainLoader, {
    batches(options: Parameters<typeof batches>[0]) {
      before ??= { ...frail.calls };
      return batches(options);
    },
  });
  await trainer.fit(2);
  const found = { outcome: await written(), before: before as Calls, calls: { ...frail.calls } };
  store = memoryStore();
  await useBackend(frail.factory);
  return found;
}

async function events(trainer: Trainer, epochs = 2): Promise<TrainEvent[]> {
  const told: TrainEvent[] = [];
  for await (const event of trainer.run(epochs)) told.push(event);
  return told;
}

const resumptions = (told: readonly TrainEvent[]): ResumedEvent[] => told.filter(({ kind }) => kind === 'resumed') as ResumedEvent[]; // prettier-ignore

const checkpoints = (every?: number) => ({ checkpoints: { store, ...(every && { every }) } });

/** A run of which nothing is written. */
function unkept(): Trainer {
  const { checkpoints: _, ...options } = run().options;
  manualSeed(6);
  return new Trainer(options);
}

describe('a run whose device is lost comes to what an undisturbed one does', () => {
  test.each<[Call, Change]>([
    ['run', {}],
    ['run', { loader: { prefetch: 2 }, accumulate: 2 }],
    ['read', {}],
    ['write', { scheduleBy: 'step' }],
    ['allocate', {}],
  ])('at any %s %j', async (call, change) => {
    const { outcome, before, calls } = await undisturbed({ ...change, ...checkpoints(2) });
    let resumed = 0;
    for (let share = 0; share < 5; share++) {
      const at = Math.ceil(before[call] + ((share + 1) / 6) * (calls[call] - before[call]));
      const first = frail.opened;
      frail.loses = (asked, count, life) => asked === call && count === at && life === first;
      resumed += resumptions(await events(run({ ...change, ...checkpoints(2) }))).length;
      expect(await written()).toEqual(outcome);
      store = memoryStore();
      await useBackend(frail.factory);
    }
    expect(resumed).toBe(5);
  });

  test('while the best weights are read, while a checkpoint is', async () => {
    const { outcome } = await undisturbed();
    for (const [what, at] of [
      ['saveWeights', 1],
      ['save', 2],
    ] as const) {
      const trainer = run(checkpoints());
      const original = trainer[what].bind(trainer);
      let count = 0;
      trainer[what] = () => {
        if (++count === at) frail.lose();
        return original();
      };
      expect(resumptions(await events(trainer))).toHaveLength(1);
      expect(await written()).toEqual(outcome);
      store = memoryStore();
      await useBackend(frail.factory);
    }
  });

  test('while a checkpoint is written: what is written is whole', async () => {
    const { outcome } = await undisturbed();
    const kept = store;
    const slow: CheckpointStore = {
      ...kept,
      async write(name, bytes) {
        if (name === lastCheckpoint) frail.lose();
        await new Promise((resolve) => void setTimeout(resolve, 1));
        await kept.write(name, bytes);
      },
    };
    const told = await events(run({ checkpoints: { store: slow } }));
    // With each: the second is the end of the run.
    expect(resumptions(told).map(({ step }) => step)).toEqual([3]);
    expect(await written()).toEqual(outcome);
  });

  test('in the evaluation, and in a callback', async () => {
    const { outcome } = await undisturbed();
    const counts = { batches: 0, steps: 0 };
    const callbacks: Callback[] = [
      new EarlyStopping({ patience: 9 }),
      {
        onEvaluating() {
          if (++counts.batches === 1) frail.lose();
        },
        async onStep({ loss }) {
          if (++counts.steps === 8) frail.lose();
          await loss.item();
        },
      },
    ];
    expect(resumptions(await events(run({ callbacks, ...checkpoints() })))).toHaveLength(2);
    expect(await written()).toEqual(outcome);
  });

  test('between two steps, and while nobody asks for the next', async () => {
    const { outcome } = await undisturbed();
    const trainer = run(checkpoints());
    for await (const event of trainer.run(2)) {
      if (event.kind !== 'step' || event.step !== 2) continue;
      frail.lose();
      await new Promise((resolve) => void setTimeout(resolve, 1));
      await expect(event.loss.item()).rejects.toThrow(DeviceLostError);
      break;
    }
    await expect(trainer.save()).rejects.toThrow(DeviceLostError);
    const [event] = resumptions(await events(trainer));
    expect(event).toMatchObject({ step: 0, epoch: 1, reached: 2 });
    expect(await written()).toEqual(outcome);
  });

  test('again at once, on the device that it went on on', async () => {
    const { outcome } = await undisturbed();
    const first = frail.opened;
    frail.loses = (call, count, life) =>
      life === first ? call === 'run' && count === 100 : life <= first + 2 && call === 'write' && count === 5;
    const told = resumptions(await events(run(checkpoints())));
    expect(told.map(({ reason }) => reason)).toEqual([`end of life ${first + 2}`]);
    expect(frail.opened).toBe(first + 3);
    expect(await written()).toEqual(outcome);
  });

  test('without checkpoints, from the beginning of the epoch', async () => {
    const whole = unkept();
    await whole.fit(2);
    const bytes = await whole.save();
    const first = frail.opened + 1;
    await useBackend(frail.factory);
    const trainer = unkept();
    const told: TrainEvent[] = [];
    for await (const event of trainer.run(2)) {
      told.push(event);
      if (event.kind === 'step' && event.step === 5 && frail.opened === first) frail.lose();
    }
    expect(resumptions(told)).toMatchObject([{ epoch: 2, step: 3, reached: 6 }]);
    expect(await trainer.save()).toEqual(bytes);
  });
});

describe('what is told', () => {
  test('the event says why, from where and where it goes on; callbacks hear of it first', async () => {
    const heard: string[] = [];
    const lost = defaultDevice();
    const trainer = run({
      ...checkpoints(2),
      callbacks: [{ onResumed: ({ reason }, { position }) => void heard.push(`${reason}, step ${position.step}`) }],
    });
    const told: string[] = [];
    let resumed: ResumedEvent | undefined;
    for await (const event of trainer.run(2)) {
      if (event.kind === 'resumed') resumed = event;
      told.push(event.kind === 'step' ? `${event.step}` : event.kind);
      if (told.length === 4) frail.lose();
    }
    expect(told).toEqual(['1', '2', '3', 'epoch', 'resumed', '4', '5', '6', 'epoch']);
    expect(heard).toEqual(['end of life 1, step 3']);
    expect(resumed).toMatchObject({ kind: 'resumed', reason: 'end of life 1', epoch: 2, step: 3, reached: 4 });
    expect(resumed?.device).toBe(defaultDevice());
    expect(defaultDevice()).not.toBe(lost);
    expect(trainer.options.model.parameters().every(({ device }) => device === defaultDevice())).toBe(true);
  });

  test('parameters stay the same objects, and memory that they share stays shared', async () => {
    const trainer = run(checkpoints());
    const model = trainer.options.model as unknown as Net;
    const before = [...model.parameters(), model.scale];
    for await (const event of trainer.run(1)) if (event.kind === 'step' && frail.opened === 1) frail.lose();
    expect(frail.opened).toBe(2);
    expect([...model.parameters(), model.scale].every((x, k) => x === before[k])).toBe(true);
    expect(model.tied.storage).toBe(model.first.weight.storage);
    expect(model.tied.requiresGrad).toBe(true);
  });

  test('who saves meanwhile gets what the run goes on from', async () => {
    const { outcome } = await undisturbed();
    const trainer = run({
      ...checkpoints(),
      onDeviceLost: async () => {
        saved = trainer.save();
        return frail.factory;
      },
    });
    let saved: Promise<Uint8Array> | undefined;
    for await (const event of trainer.run(2)) if (event.kind === 'step' && event.step === 4 && frail.opened === 2) frail.lose(); // prettier-ignore
    expect(await written()).toEqual(outcome);
    const again = run(checkpoints());
    await again.load((await saved) as Uint8Array);
    expect(again.position.step).toBe(3);
  });
});

describe('a run that cannot go on', () => {
  test('is lost too often with no checkpoint in between', async () => {
    const first = frail.opened;
    frail.loses = (call, count) => call === 'run' && count === 150;
    await expect(run(checkpoints()).fit(2)).rejects.toThrow(
      /^Trainer: the device "frail" was lost: end of life \d\. That is the 4th time with no checkpoint and no epoch in between\. Use smaller batches/,
    );
    expect(frail.opened).toBe(first + 3);
  });

  test('is not, where it comes to a checkpoint each time', async () => {
    const { outcome } = await undisturbed(checkpoints(1));
    const first = frail.opened;
    let steps = 0;
    for await (const event of run(checkpoints(1)).run(2)) {
      if (event.kind !== 'step') continue;
      steps++;
      frail.lose();
    }
    expect(steps).toBe(6);
    expect(frail.opened).toBeGreaterThan(first + 4);
    expect(await written()).toEqual(outcome);
  });

  test('where the backend does not open again, it says so, and goes on when it is run again', async () => {
    const { outcome } = await undisturbed();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 1 });
    const first = frail.opened;
    frail.opens = () => {
      void Promise.resolve().then(() => vi.advanceTimersByTimeAsync(1000));
      throw new Error('no adapter');
    };
    const trainer = run(checkpoints());
    const failed = (async () => {
      for await (const event of trainer.run(2)) if (event.kind === 'step') frail.lose();
    })();
    await expect(failed).rejects.toMatchObject({
      name: 'DeviceLostError',
      message: `Trainer: the device "frail" was lost: end of life ${first}. It cannot be opened again: no adapter`,
      cause: new Error('no adapter'),
    });
    expect(frail.opened).toBe(first + 3);
    frail.opens = () => {};
    await trainer.fit(2);
    expect(await written()).toEqual(outcome);
  });

  test('where nobody knows how to make another backend', async () => {
    const backend = await frail.factory.create();
    await useBackend(backend);
    const failed = (async () => {
      for await (const event of run(checkpoints()).run(2)) if (event.kind === 'step') frail.lose();
    })();
    await expect(failed).rejects.toThrow(
      'It cannot be opened again: reopenBackend: nobody knows how to make another "frail"',
    );
  });

  test('where something of it stays behind, says what to do', async () => {
    const weight = tensor([1, 3]);
    const trainer = run({ criterion: (output, target) => crossEntropy(output, target, { weight }), ...checkpoints() });
    const failed = (async () => {
      for await (const event of trainer.run(2)) if (event.kind === 'step') frail.lose();
    })();
    await expect(failed).rejects.toThrow(
      /something that it uses is still on the lost one: what functions and private fields hold is not found\. Make it anew in onDeviceLost/,
    );
  });

  test('a device that was disposed is not opened again', async () => {
    const opened = frail.opened;
    const failed = (async () => {
      for await (const event of run(checkpoints()).run(2)) if (event.kind === 'step') defaultDevice().dispose();
    })();
    await expect(failed).rejects.toThrow(/it was disposed|no backend is in use/);
    expect(frail.opened).toBe(opened);
  });

  test('an error that has nothing to do with it is thrown as it is', async () => {
    const callbacks = [{ onStep: () => { throw new Error('no'); } }]; // prettier-ignore
    await expect(run({ callbacks, ...checkpoints() }).fit(1)).rejects.toThrow(/^no$/);
    expect(frail.opened).toBe(1);
  });
});

describe('onDeviceLost', () => {
  test('throw: nothing is kept, and a checkpoint is loaded onto the default device by hand', async () => {
    const { outcome, calls } = await undisturbed({ onDeviceLost: 'throw' });
    expect(calls.read).toBeLessThan((await undisturbed()).calls.read);
    const make = (): Change => ({ onDeviceLost: 'throw', callbacks: [], ...checkpoints() });
    const trainer = run(make());
    const failed = (async () => {
      for await (const event of trainer.run(2)) if (event.kind === 'step' && event.step === 4) frail.lose();
    })();
    await expect(failed).rejects.toThrow(DeviceLostError);
    await useBackend(frail.factory);
    const bytes = (await store.read(lastCheckpoint)) as Uint8Array;
    // What no checkpoint holds is gone.
    await expect(trainer.load(bytes)).rejects.toThrow(
      '"scale" of the model was on a device that is lost, and is in no checkpoint.',
    );
    (trainer.options.model as unknown as Net).scale = tensor([1, 2]);
    await trainer.load(bytes);
    expect(trainer.position.step).toBe(3);
    expect(outcome).toHaveLength(2);
  });

  test('a function is told why and of which device, and what it gives becomes the default one', async () => {
    const told: [string, Device][] = [];
    const first = defaultDevice();
    const trainer = run({
      ...checkpoints(),
      onDeviceLost: (reason, device) => {
        told.push([reason, device]);
        return reference();
      },
    });
    for await (const event of trainer.run(2))
      if (event.kind === 'step' && event.step === 1 && told.length === 0) frail.lose();
    expect(told).toEqual([['end of life 1', first]]);
    expect(defaultDevice().name).toBe('reference');
    expect(trainer.position.epoch).toBe(2);
  });

  test('what a function throws ends the run, and is the cause', async () => {
    const onDeviceLost = () => Promise.reject(new Error('the user said no'));
    const trainer = run({ onDeviceLost, ...checkpoints() });
    const failed = (async () => {
      for await (const event of trainer.run(2)) if (event.kind === 'step') frail.lose();
    })();
    await expect(failed).rejects.toMatchObject({
      message: 'Trainer: the device "frail" was lost: end of life 1. It cannot be opened again: the user said no',
      cause: new Error('the user said no'),
    });
  });

  test('is throw by default where the device can be read at once', async () => {
    let lose: (reason: string) => void = () => {};
    const lost = new Promise<string>((resolve) => (lose = resolve));
    await useBackend({ ...reference().create(), lost } as never);
    const failed = (async () => {
      for await (const event of run(checkpoints()).run(2)) if (event.kind === 'step') lose('unplugged');
    })();
    await expect(failed).rejects.toThrow('reference: the device was lost: unplugged. Call `await useBackend(…)` again');
  });

  test('refuses what is none of these', () => {
    expect(() => run({ onDeviceLost: 'retry' as never })).toThrow(
      `Trainer: onDeviceLost is "retry". Use 'resume', 'throw' or a function.`,
    );
  });
});

test('a loss is known by what an error came of', () => {
  const loss = new DeviceLostError('gone');
  expect(isDeviceLoss(loss)).toBe(true);
  expect(isDeviceLoss(new Error('sample 3', { cause: new Error('x', { cause: loss }) }))).toBe(true);
  expect(isDeviceLoss(new Error('gone'))).toBe(false);
  expect(isDeviceLoss(ones)).toBe(false);
});
