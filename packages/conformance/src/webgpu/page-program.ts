// What the page of webgpu-page.test.ts runs: a whole training run through the Trainer, which may lose its GPU on the way. It tells by
// `globalThis.progress` how far it is, and by `globalThis.result` what came of it.

import { nn, train, useBackend } from 'rushlight';
import { accuracyOf, makeDigitsRun } from './digits-cnn.ts';

/** The page's hash, as JSON. */
export interface PageOptions {
  /** Digits to learn from: a multiple of 15. */
  readonly size: number;
  readonly epochs: number;
  /** Updates from a checkpoint to the next. */
  readonly every: number;
}

export interface PageResult {
  readonly device: string;
  /** Why the run went on, and from which step; for each time that it did. */
  readonly resumed: readonly { readonly reason: string; readonly step: number; readonly reached: number }[];
  /** The last loss of each epoch. */
  readonly losses: readonly number[];
  readonly accuracy: number;
}

interface Page {
  progress?: number;
  result?: PageResult;
  failure?: string;
}

const page = globalThis as Page;

async function main(): Promise<PageResult> {
  const device = await useBackend('webgpu');
  const { size, epochs, every } = JSON.parse(decodeURIComponent(location.hash.slice(1))) as PageOptions;
  const run = makeDigitsRun({ size, steps: (epochs * size) / 15 });
  const trainer = new train.Trainer({
    model: run.model,
    optimizer: run.optimizer,
    scheduler: run.scheduler,
    scheduleBy: 'step',
    criterion: new nn.CrossEntropyLoss(),
    trainLoader: run.train,
    checkpoints: { store: train.memoryStore(), every },
  });
  const resumed: PageResult['resumed'][number][] = [];
  const losses: number[] = [];
  for await (const event of trainer.run(epochs)) {
    if (event.kind === 'step') page.progress = event.step;
    else if (event.kind === 'resumed') resumed.push({ reason: event.reason, step: event.step, reached: event.reached });
    else losses.push(event.loss);
  }
  return { device: device.name, resumed, losses, accuracy: await accuracyOf(run) };
}

main().then(
  (result) => (page.result = result),
  (error: unknown) => (page.failure = error instanceof Error ? `${error.stack}` : String(error)),
);
