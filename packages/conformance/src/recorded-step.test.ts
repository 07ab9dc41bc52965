// A whole training step, recorded and replayed, on every backend; and what a thousand of them compile.

import {
  effect,
  manualSeed,
  openBackend,
  rand,
  randint,
  record,
  useBackend,
  type Backend,
  type Tensor,
} from '@rushlight/core';
import { CrossEntropyLoss } from '@rushlight/losses';
import { Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential } from '@rushlight/nn';
import { Adam, clipGradNorm_, lrScheduler } from '@rushlight/optim';
import { describe, expect, test } from 'vitest';
import { backends } from './backends.ts';

class Training {
  readonly x: Tensor = rand([4, 1, 8, 8]);
  readonly target: Tensor = randint(3, [4]);
  readonly model = new Sequential(
    new Conv2d(1, 4, 3), new ReLU(), new MaxPool2d(2), new Flatten(), new Dropout({ p: 0.25 }), new Linear(36, 3),
  ); // prettier-ignore
  readonly optimizer = new Adam(this.model.parameters(), { lr: 0.01, weightDecay: 0.01 });
  readonly scheduler = new lrScheduler.StepLR(this.optimizer, 2, { gamma: 0.5 });
  readonly #criterion = new CrossEntropyLoss({ labelSmoothing: 0.1 });

  step(): void {
    this.optimizer.zeroGrad();
    this.#criterion(this.model(this.x) as Tensor, this.target).backward();
    clipGradNorm_(this.model.parameters(), 1);
    this.optimizer.step();
    effect(() => this.scheduler.step());
  }

  /** New data in the same tensors. */
  feed(): void {
    this.x.copy_(rand([4, 1, 8, 8]));
    this.target.copy_(randint(3, [4]));
  }

  weights(): Promise<number[][]> {
    return Promise.all(this.model.parameters().map(async (p) => [...(await p.data())]));
  }
}

describe.each(backends)('$name', ({ create }) => {
  test('a recorded step replays to the same weights, with new data, masks and learning rates', async () => {
    await useBackend(await create());
    manualSeed(5);
    const eager = new Training();
    for (let k = 0; k < 8; k++) {
      eager.feed();
      eager.step();
    }
    manualSeed(5);
    const replayed = new Training();
    replayed.feed();
    const recording = record(() => replayed.step());
    for (let k = 1; k < 8; k++) {
      replayed.feed();
      recording.replay();
    }
    expect(await replayed.weights()).toEqual(await eager.weights());
    expect(replayed.optimizer.paramGroups[0]?.lr).toBeCloseTo(0.01 / 16, 12);
  });

  test('a thousand steps use no program that the first two did not', async () => {
    const factory = await create();
    const backend = ('create' in factory ? await factory.create() : factory) as Backend;
    const programs = new Set<unknown>();
    const counting = Object.create(backend) as Backend;
    counting.run = (launch) => {
      programs.add(launch.program);
      // What is compiled does not depend on what is computed, so most steps need not be.
      if (steps < 20) backend.run(launch);
    };
    let steps = 0;
    const device = await openBackend(counting);
    await useBackend(device);
    manualSeed(5);
    const training = new Training();
    const counts: number[] = [];
    for (; steps < 1000; steps++) {
      training.step();
      counts.push(programs.size);
    }
    expect(counts[0]).toBeGreaterThan(10);
    expect(counts.at(-1)).toBe(counts[1]);
    device.dispose();
  });
});
