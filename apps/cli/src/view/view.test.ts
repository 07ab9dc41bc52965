// What a run says to a log and to a program, to the letter.

import fc from 'fast-check';
import { tensor, useBackend, type train } from 'rushlight';
import { beforeAll, describe, expect, test } from 'vitest';
import { JsonView } from './json-view.ts';
import { PlainView } from './plain-view.ts';
import { isLogged, type RunInfo } from './view.ts';

beforeAll(async () => {
  await useBackend('cpu');
});

class Lines {
  text = '';
  write(text: string): void {
    this.text += text;
  }
}

const info: RunInfo = {
  task: 'classification',
  folder: 'runs/digits-cnn',
  device: { name: 'wasm', description: '2 threads' },
  model: { name: 'CNN', inputShape: [1, 2], layers: [], parameters: 12, trainable: 10, bytes: 48 },
  data: { description: 'digits', trainSamples: 8000, testSamples: 1000, classes: ['a', 'b'] },
  epochs: 2,
  batches: 125,
  accumulate: 1,
  logInterval: 10,
};

const none = tensorless();
function tensorless(): train.StepEvent['loss'] {
  return { item: () => Promise.reject(new Error('it was read')) } as never;
}

const step = (batch: number, more: Partial<train.StepEvent> = {}): train.StepEvent => ({
  kind: 'step', epoch: 1, step: batch, batch, batches: 125, seen: (batch - 1) * 64, samples: 8000,
  loss: tensor(0.5123454), output: none, target: none, lr: [0.004], ...more,
}); // prettier-ignore

const resumed = (name: string, reason: string): train.ResumedEvent => ({
  kind: 'resumed', reason, device: { name, description: 'float16' } as never, epoch: 2, step: 150, reached: 170,
}); // prettier-ignore

const epoch = (more: Partial<train.EpochEvent> = {}): train.EpochEvent => ({
  kind: 'epoch', epoch: 1, step: 125, loss: 0.25, evaluation: { loss: 0.12344, accuracy: 0.978 },
  lr: [0.004], isBest: true, seconds: 3.5, ...more,
}); // prettier-ignore

function plain(more: Partial<RunInfo> = {}) {
  const [out, err] = [new Lines(), new Lines()];
  const view = new PlainView(out, err);
  view.start({ ...info, ...more });
  return { out, err, view };
}

describe('isLogged', () => {
  test('tells of the first update of an epoch and each so many after it', () => {
    const logged = (accumulate: number, logInterval: number, batches: readonly number[]): number[] =>
      batches.filter((batch) => isLogged(step(batch), { ...info, accumulate, logInterval }));
    expect(logged(1, 3, [1, 2, 3, 4, 5, 6, 7])).toEqual([1, 4, 7]);
    // Four batches make an update; the last group is smaller.
    expect(logged(4, 2, [4, 8, 12, 16, 18])).toEqual([4, 12, 18]);
  });

  test('tells of the same updates after resuming', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.nat(200),
        (accumulate, logInterval, update) => {
          const batch = (update + 1) * accumulate;
          expect(isLogged(step(batch), { ...info, accumulate, logInterval })).toBe(update % logInterval === 0);
        },
      ),
    );
  });
});

describe('PlainView', () => {
  test('writes the lines of PyTorch’s examples', async () => {
    const { out, err, view } = plain();
    for (const batch of [1, 2, 11]) await view.step(step(batch));
    view.epoch(epoch());
    view.note('Three files were left out.');
    view.end({ outcome: 'done', epochs: 2, seconds: 7 });
    expect(out.text).toBe(
      'Train Epoch: 1 [0/8000 (0%)]\tLoss: 0.512345\n' +
        'Train Epoch: 1 [640/8000 (8%)]\tLoss: 0.512345\n' +
        '\nTest set: Average loss: 0.1234, Accuracy: 978/1000 (98%)\n\n',
    );
    expect(err.text).toBe(
      'Training on wasm (2 threads).\nThe run is kept in runs/digits-cnn.\nThree files were left out.\n',
    );
  });

  test('tells of a regression', () => {
    const { out, view } = plain({ task: 'regression' });
    view.epoch(epoch({ evaluation: { loss: 0.1234, r2: 0.87121, mae: 1.87124 } }));
    expect(out.text).toBe('\nTest set: Average loss: 0.1234, R2: 0.8712, MAE: 1.8712\n\n');
  });

  test('reads a loss only where it shows it', async () => {
    const { out, view } = plain();
    for (let batch = 2; batch <= 10; batch++) await view.step(step(batch, { loss: none }));
    expect(out.text).toBe('');
    await expect(view.step(step(11, { loss: none }))).rejects.toThrow('it was read');
  });

  test('says where it goes on, and why it ends', () => {
    const { err, view } = plain({ device: { name: 'cpu', description: '' }, resumed: { epoch: 1, step: 125 } });
    view.end({ outcome: 'stopped', reason: 'loss has not improved on 0.1 for 3 epochs', epochs: 5, seconds: 1 });
    expect(err.text).toBe(
      'Training on cpu.\nThe run is kept in runs/digits-cnn.\nGoing on after 1 epoch and 125 steps.\nStopped after 5 epochs: loss has not improved on 0.1 for 3 epochs.\n',
    );
  });

  test('says that a device was lost, and where it goes on', () => {
    const { out, err, view } = plain();
    err.text = '';
    view.resumed(resumed('webgpu', 'the driver was reset.'));
    view.resumed(resumed('wasm', 'a thread died'));
    expect(err.text).toBe(
      'GPU lost: the driver was reset. Going on from step 150 on webgpu.\nDevice lost: a thread died. Going on from step 150 on wasm.\n',
    );
    expect(out.text).toBe('');
  });

  test('keeps to its lines for any numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1e6),
        fc.integer({ min: 1, max: 1e6 }),
        fc.float({ noNaN: true, min: 0, max: 1000 }),
        async (seen, samples, loss) => {
          const { out, view } = plain({ data: { ...info.data, trainSamples: samples } });
          await view.step(step(1, { seen, loss: tensor(loss) }));
          expect(out.text).toMatch(/^Train Epoch: 1 \[\d+\/\d+ \(\d+%\)\]\tLoss: \d+\.\d{6}\n$/);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('JsonView', () => {
  function json(more: Partial<RunInfo> = {}) {
    const [out, err] = [new Lines(), new Lines()];
    let time = 1000;
    const view = new JsonView(out, err, { now: () => (time += 500) });
    view.start({ ...info, ...more });
    const lines = (): unknown[] => out.text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as unknown); // prettier-ignore
    return { out, err, view, lines };
  }

  test('writes an object per line', async () => {
    const { err, view, lines } = json();
    for (const batch of [1, 2, 11]) await view.step(step(batch, { loss: tensor(0.5) }));
    view.epoch(epoch());
    view.epoch(epoch({ epoch: 2, evaluation: { loss: 0.5 }, isBest: false }));
    view.note('Three files were left out.');
    view.end({ outcome: 'done', epochs: 2, seconds: 7.00049 });
    const stepLine = { event: 'step', epoch: 1, batches: 125, samples: 8000, loss: 0.5, lr: [0.004] };
    expect(lines()).toEqual([
      {
        event: 'start', task: 'classification', folder: 'runs/digits-cnn', device: { name: 'wasm', description: '2 threads' },
        model: { name: 'CNN', parameters: 12, trainable: 10, bytes: 48 }, data: 'digits', classes: ['a', 'b'],
        epochs: 2, batches: 125, resumed: null,
      },
      { ...stepLine, step: 1, batch: 1, seen: 0, seconds: 0.5 },
      { ...stepLine, step: 11, batch: 11, seen: 640, seconds: 1 },
      {
        event: 'epoch', epoch: 1, step: 125, loss: 0.25, evaluation: { loss: 0.12344, accuracy: 0.978 },
        lr: [0.004], best: true, seconds: 3.5,
      },
      { event: 'epoch', epoch: 2, step: 125, loss: 0.25, evaluation: { loss: 0.5 }, lr: [0.004], best: false, seconds: 3.5 },
      { event: 'end', outcome: 'done', reason: null, epochs: 2, best: 1, seconds: 7 },
    ]); // prettier-ignore
    expect(err.text).toBe('Three files were left out.\n');
  });

  test('says which number it was that JSON does not have', async () => {
    const { view, lines } = json();
    await view.step(step(1, { loss: tensor(NaN), lr: [Infinity] }));
    view.epoch(epoch({ evaluation: { loss: Infinity, r2: -Infinity, matrix: [[1, NaN]] } }));
    view.end({ outcome: 'failed', reason: 'the loss is NaN', epochs: 0, seconds: 1 });
    expect(lines()).toMatchObject([
      { event: 'start' },
      { loss: null, lossText: 'NaN', lr: [null] },
      { evaluation: { loss: null, lossText: 'Infinity', r2: null, r2Text: '-Infinity', matrix: [[1, null]] } },
      { event: 'end', outcome: 'failed', reason: 'the loss is NaN', best: 1 },
    ]);
  });

  test('puts any text on one line', () => {
    fc.assert(
      fc.property(fc.string(), (reason) => {
        const { out, view } = json();
        view.end({ outcome: 'stopped', reason, epochs: 1, seconds: 1 });
        expect(out.text.split('\n')).toHaveLength(3);
        expect((JSON.parse(out.text.split('\n')[1]!) as { reason: string }).reason).toBe(reason);
      }),
    );
  });
});
