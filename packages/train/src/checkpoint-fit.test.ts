import { defaultGenerator, isTensor, manualSeed, randn, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { DataLoader, TensorDataset } from '@rushlight/data';
import { loadSafetensors, saveSafetensors } from '@rushlight/io';
import { crossEntropy } from '@rushlight/losses';
import { BatchNorm1d, Linear, Sequential } from '@rushlight/nn';
import { Adam, AdamW, lrScheduler, SGD } from '@rushlight/optim';
import { beforeAll, expect, test } from 'vitest';
import type { Callback } from './callbacks/callback.ts';
import { EarlyStopping } from './callbacks/early-stopping.ts';
import type { Model } from './evaluate.ts';
import type { TrainerOptions } from './trainer-options.ts';
import { Trainer } from './trainer.ts';

beforeAll(() => useBackend(reference()));

interface Change {
  readonly hidden?: number;
  readonly extraLayer?: boolean;
  readonly samples?: number;
  readonly loader?: object;
  readonly optimizer?: (model: Model) => TrainerOptions['optimizer'];
  readonly scheduler?: (optimizer: TrainerOptions['optimizer']) => NonNullable<TrainerOptions['scheduler']> | undefined;
  readonly callbacks?: readonly Callback[];
  readonly dtype?: 'float64';
}

const adam = (model: Model): Adam => new Adam(model.parameters(), { lr: 0.01 });
const stepLR = (optimizer: TrainerOptions['optimizer']) => new lrScheduler.StepLR(optimizer, 2, { gamma: 0.9 });

function run(change: Change = {}): Trainer {
  const { hidden = 3, samples = 12, loader = {}, optimizer: make = adam, scheduler: schedule = stepLR } = change;
  manualSeed(3);
  const layers = [new Linear(2, hidden), new BatchNorm1d(hidden), new Linear(hidden, 2)];
  const model = new Sequential(...layers, ...(change.extraLayer ? [new Linear(2, 2)] : [])) as unknown as Model;
  if (change.dtype) model.to(change.dtype);
  const optimizer = make(model);
  const scheduler = schedule(optimizer);
  const x = randn([samples, 2], { dtype: change.dtype ?? 'float32' });
  return new Trainer({
    model,
    optimizer,
    criterion: crossEntropy,
    ...(scheduler && { scheduler }),
    trainLoader: new DataLoader(new TensorDataset(x, zeros([samples], { dtype: 'int32' })), { batchSize: 4, shuffle: true, ...loader }),
    callbacks: change.callbacks ?? [new EarlyStopping()],
  });
} // prettier-ignore

/** All that decides how it goes on. */
function everything({ options, position, best }: Trainer): unknown {
  const { model, optimizer, scheduler, callbacks = [] } = options;
  const plain = (x: unknown): unknown => {
    if (isTensor(x)) return [x.dtype, x.toArraySync()];
    if (typeof x !== 'object' || x === null) return x;
    return Object.entries(x).map(([key, value]) => [key, plain(value)]);
  };
  return plain({
    model: model.stateDict(),
    optimizer: optimizer.stateDict(),
    scheduler: scheduler?.stateDict(),
    callbacks: callbacks.map((callback) => callback.stateDict?.()),
    position,
    best,
    generator: defaultGenerator().getState(),
  });
}

/** What a checkpoint says of its run, as JSON. */
interface State {
  readonly groups: { lr: number }[];
  readonly rest: Record<string, unknown> & { callbacks: Record<string, unknown>; losses?: Record<string, unknown> };
}

/** A checkpoint of which something is otherwise. */
async function changed(
  bytes: Uint8Array,
  change: (tensors: Record<string, Tensor>, state: State, metadata: Record<string, string>) => void,
): Promise<Uint8Array> {
  const { tensors, metadata } = loadSafetensors(bytes);
  const texts = { ...metadata };
  const state = JSON.parse(texts['rushlight.state'] as string) as State;
  change(tensors, state, texts);
  return saveSafetensors(tensors, { metadata: { ...texts, 'rushlight.state': JSON.stringify(state) } });
}

const bytesOf = async (change: Change = {}): Promise<Uint8Array> => {
  const trainer = run(change);
  await trainer.fit(2);
  return trainer.save();
};

const edits: Record<string, [Parameters<typeof changed>[1], string]> = {
  'a weight of another shape': [
    (tensors) => void (tensors['0.weight'] = zeros([5, 2])),
    'checkpoint: c.safetensors is of another model: "0.weight" is float32 [5, 2] there, and float32 [3, 2] in the model. Make the model of the run.',
  ],
  'a weight of another dtype': [
    (tensors) => void (tensors['2.bias'] = zeros([2], { dtype: 'float64' })),
    'c.safetensors is of another model: "2.bias" is float64 [2] there, and float32 [2] in the model.',
  ],
  'a weight that is missing': [
    (tensors) => void delete tensors['1.running_mean'],
    'c.safetensors is of another model: it lacks "1.running_mean". Make the model of the run.',
  ],
  'moments of another shape': [
    (tensors) => void (tensors['optimizer/0/exp_avg'] = zeros([1])),
    'Adam: exp_avg of parameter 0 has shape [1], the parameter [3, 2]. They must be equal.',
  ],
  'moments that are missing': [
    (tensors) => void delete tensors['optimizer/3/exp_avg_sq'],
    'Adam: the state of parameter 3 has no exp_avg_sq',
  ],
  'an option of the optimizer that cannot be': [
    (_, state) => state.groups.forEach((group) => (group.lr = -1)),
    'Adam: lr is -1. It must be ≥ 0.',
  ],
  'a generator that is missing': [
    (tensors) => void delete tensors['generator/now/0'],
    'checkpoint: c.safetensors lacks the state of generator 0. Take another checkpoint of the run.',
  ],
  'a generator that is none': [
    (tensors) => void (tensors['generator/now/0'] = zeros([5], { dtype: 'uint8' })),
    'checkpoint: c.safetensors has a state that no generator has. Take another checkpoint of the run.',
  ],
  'losses that are missing': [
    (_, state) => void delete state.rest.losses,
    'checkpoint: c.safetensors does not say where its run was. Take another checkpoint of the run.',
  ],
  'a state of a callback that is none': [
    (_, state) => void (state.rest.callbacks['EarlyStopping'] = 3),
    'EarlyStopping: the state has no numbers "best" and "waited". Pass what stateDict() gave.',
  ],
  'an older version': [
    (_, __, metadata) => void (metadata['rushlight.checkpoint'] = '0'),
    'checkpoint: c.safetensors is of version 0 of checkpoints, and this reads version 1. Begin a new run.',
  ],
  'a newer version': [
    (_, __, metadata) => void (metadata['rushlight.checkpoint'] = '2'),
    'checkpoint: c.safetensors is of version 2 of checkpoints, and this reads version 1. Update Rushlight.',
  ],
}; // prettier-ignore

test.each(Object.entries(edits))('%s: nothing is changed', async (_, [edit, message]) => {
  const bytes = await changed(await bytesOf(), edit);
  const trainer = run();
  await trainer.fit(1);
  const before = everything(trainer);
  await expect(trainer.load(bytes, 'c.safetensors')).rejects.toThrow(message);
  expect(everything(trainer)).toEqual(before);
  // It goes on.
  expect((await trainer.fit(2)).epochs).toHaveLength(1);
});

const runs: Record<string, [Change, string]> = {
  'another width': [{ hidden: 5 }, 'c.safetensors is of another model: "0.weight" is float32 [3, 2] there, and float32 [5, 2] in the model; "0.bias" is float32 [3] there, and float32 [5] in the model; "1.weight" is float32 [3] there, and float32 [5] in the model and 4 more.'],
  'another dtype': [{ dtype: 'float64' }, '"0.bias" is float32 [3] there, and float64 [3] in the model'],
  'one layer more': [{ extraLayer: true }, 'checkpoint: c.safetensors is of another model: it lacks "3.weight", "3.bias". Make the model of the run.'],
  'another optimizer': [{ optimizer: (model) => new SGD(model.parameters(), { lr: 0.1 }) }, 'checkpoint: the optimizer of c.safetensors is Adam, that of this run SGD. Use the configuration of the run.'],
  'an optimizer with the same state': [{ optimizer: (model) => new AdamW(model.parameters()) }, 'the optimizer of c.safetensors is Adam, that of this run AdamW.'],
  'an optimizer with two groups': [{ optimizer: (model) => new Adam(model.parameters().map((params) => ({ params }))) }, 'StepLR: the state is of 1 parameter groups, and the optimizer has 6. They must be equal.'],
  'no schedule': [{ scheduler: () => undefined }, 'checkpoint: the run of c.safetensors had a schedule, and this has none. Use the configuration of the run.'],
  'another schedule': [{ scheduler: (optimizer) => new lrScheduler.ExponentialLR(optimizer, 0.9) }, 'checkpoint: the schedule of c.safetensors is StepLR, that of this run ExponentialLR. Use the configuration of the run.'],
  'another schedule, of the other family': [{ scheduler: (optimizer) => new lrScheduler.ReduceLROnPlateau(optimizer) }, 'is StepLR, that of this run ReduceLROnPlateau.'],
  'more samples': [{ samples: 13 }, "checkpoint: an epoch of the run of c.safetensors has 12 samples in batches of 4 (3 batches), and this run's loader gives 13 samples in batches of 4 (4 batches). Use the data and the batch size of the run, or begin a new run with its weights"],
  'larger batches': [{ loader: { batchSize: 6 } }, "has 12 samples in batches of 4 (3 batches), and this run's loader gives 12 samples in batches of 6 (2 batches)."],
  'batches fetched ahead': [{ loader: { prefetch: 2 } }, 'the run of c.safetensors had a loader with prefetch 0, this one has 2, and samples draw other numbers with 0 than without. Use the prefetch of the run.'],
}; // prettier-ignore

test.each(Object.entries(runs))('a run with %s: nothing is changed', async (_, [change, message]) => {
  const bytes = await bytesOf();
  const trainer = run(change);
  const before = everything(trainer);
  const error = await trainer.load(bytes, 'c.safetensors').catch((e: unknown) => e);
  expect(String(error)).toContain(message);
  expect(everything(trainer)).toEqual(before);
});

test('another kind of optimizer is known by its options where neither remembers anything', async () => {
  const sgd: Change = { optimizer: (model) => new SGD(model.parameters(), { lr: 0.1 }) };
  // As it was written before kinds were.
  const bytes = await changed(await bytesOf(sgd), (_, state) => void delete state.rest['kinds']); // prettier-ignore
  await expect(run().load(bytes)).rejects.toThrow(
    'checkpoint: the optimizer of the checkpoint has no betas, and that of this run, Adam, does. Use the configuration of the run.',
  );
  await run(sgd).load(bytes);
});

test('what older checkpoints lack is not asked for', async () => {
  const bytes = await changed(await bytesOf(), (_, state) => {
    for (const key of ['kinds', 'data', 'lr', 'isTrained']) delete state.rest[key];
    delete state.rest.losses?.['weight'];
  });
  const trainer = run();
  await trainer.load(bytes);
  expect(trainer.position).toEqual({ epoch: 2, batch: 0, step: 6 });
});

test('a schedule or a callback that throws takes back what was loaded', async () => {
  const bytes = await bytesOf({ callbacks: [new EarlyStopping(), { name: 'own', stateDict: () => 1 }] });
  const failing: Callback = {
    name: 'own',
    stateDict: () => 2,
    loadStateDict: (state) => {
      if (state === 1) throw new Error('not that');
    },
  };
  const trainer = run({ callbacks: [new EarlyStopping(), failing] });
  const before = everything(trainer);
  await expect(trainer.load(bytes)).rejects.toThrow('not that');
  expect(everything(trainer)).toEqual(before);

  const refusing = (optimizer: TrainerOptions['optimizer']) => {
    const schedule = stepLR(optimizer);
    return Object.assign(schedule, {
      loadStateDict: (state: { last_epoch: number }) => {
        if (state.last_epoch > 0) throw new Error('no schedule');
      },
    });
  };
  const other = run({ scheduler: refusing });
  const untouched = everything(other);
  await expect(other.load(bytes)).rejects.toThrow('no schedule');
  expect(everything(other)).toEqual(untouched);
});

test('files that are cut off anywhere, and those of others, change nothing', async () => {
  const bytes = await bytesOf();
  const trainer = run();
  const before = everything(trainer);
  for (const size of [0, 7, 100, 2000, bytes.length - 1]) {
    await expect(trainer.load(bytes.slice(0, size), 'cut.safetensors')).rejects.toThrow(/cut\.safetensors/);
  }
  // What `safetensors.torch.save_file(model.state_dict())` gives: weights alone.
  const foreign = await saveSafetensors(run().options.model.stateDict(), { metadata: { format: 'pt' } });
  await expect(trainer.load(foreign, 'torch.safetensors')).rejects.toThrow(
    "checkpoint: torch.safetensors holds 9 tensors, but nothing that a run could go on from: it was not written by Rushlight's trainer. " +
      'Load its weights with `model.loadStateDict(loadWeights(bytes))`.',
  );
  const weights = await trainer.saveWeights();
  await expect(trainer.load(weights, 'best.safetensors')).rejects.toThrow(/best\.safetensors/);
  expect(everything(trainer)).toEqual(before);
});
