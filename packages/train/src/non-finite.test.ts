import { defaultGenerator, manualSeed, ones, randn, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { crossEntropy } from '@rushlight/losses';
import { BatchNorm1d, Dropout, Linear, Module, Sequential } from '@rushlight/nn';
import { SGD } from '@rushlight/optim';
import { beforeAll, expect, test } from 'vitest';
import type { Model } from './evaluate.ts';
import { findNonFinite, NonFiniteLossError } from './non-finite.ts';
import { Trainer } from './trainer.ts';

beforeAll(() => useBackend(reference()));

class Log extends Module<[Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return x.log();
  }
}

const make = (): Model => {
  manualSeed(1);
  return new Sequential(new Linear(2, 4), new BatchNorm1d(4), new Dropout({ p: 0.5 }), new Log()) as Model;
};

const stateOf = (model: Model): unknown => [
  Object.entries(model.stateDict()).map(([key, x]) => [key, x.toArraySync()]),
  [...defaultGenerator().getState()],
];

test('looking for the place leaves running statistics, generators and hooks as they were', async () => {
  const model = make();
  model(randn([8, 2]));
  const before = stateOf(model);
  const batch = [randn([8, 2]), zeros([8], { dtype: 'int32' })] as const;
  const drawn = defaultGenerator().getState();
  expect(await findNonFinite({ model }, batch)).toBe('the output of "3" (Log)');
  expect([...defaultGenerator().getState()]).toEqual([...drawn]);
  defaultGenerator().setState(new Uint8Array((before as [unknown, number[]])[1]));
  expect(stateOf(model)).toEqual(before);
});

test('also where the model throws', async () => {
  class Breaking extends Module<[Tensor], Tensor> {
    norm = new BatchNorm1d(2);
    forward(x: Tensor): Tensor {
      this.norm(x);
      throw new Error('broken');
    }
  }
  const model = new Breaking() as unknown as Model;
  const batch = [randn([4, 2]), ones([4])] as const;
  const before = stateOf(model);
  await expect(findNonFinite({ model }, batch)).rejects.toThrow('broken');
  expect(stateOf(model)).toEqual(before);
});

test('a step that fails moves running statistics once, as without looking', async () => {
  const model = make();
  const once = make();
  const x = randn([8, 2]);
  once(x);
  const loader = {
    length: 1,
    dataset: { length: 8 },
    async *batches() {
      yield [x, zeros([8], { dtype: 'int32' })] as const;
    },
    [Symbol.asyncIterator]: () => loader.batches(),
  };
  const trainer = new Trainer({ model, criterion: crossEntropy, optimizer: new SGD(model.parameters(), { lr: 0.1 }), trainLoader: loader }); // prettier-ignore
  await expect(trainer.fit(1)).rejects.toThrow(NonFiniteLossError);
  const statistics = (of: Model): unknown => of.buffers().map((buffer) => buffer.toArraySync());
  expect(statistics(model)).toEqual(statistics(once));
  expect(statistics(model)).not.toEqual(statistics(make()));
});
