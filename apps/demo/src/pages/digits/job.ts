// Trains the network on small epochs of 1,000 digits, and answers what a drawing is.

import { data, manualSeed, nn, noGrad, optim, tensor, train, type Tensor } from 'rushlight';
import type { Job } from '../../training/job.ts';
import { side } from './file-facts.ts';
import { Guesses, reportOf, type HeldOutReport } from './held-out.ts';
import { inspectFile } from './image-files.ts';
import { imageSets } from './image-sets.ts';
import { makeNetwork } from './network.ts';
import type { DigitsConfig, DigitsQuestion, DigitsView, Facts, Reading } from './protocol.ts';

const epochSize = 1000;

export async function makeJob(config: DigitsConfig): Promise<Job<DigitsView>> {
  const { training, heldOut } = await imageSets(config.files);
  manualSeed(config.seed);
  const { first, model } = makeNetwork(config);
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.004 });
  const trainSet = new data.ImageDataset(training);
  const heldOutSet = new data.ImageDataset(heldOut);
  const sampler = new data.RandomSampler(trainSet, { numSamples: Math.min(epochSize, trainSet.length) });
  const criterion = new nn.CrossEntropyLoss();
  const guesses = new Guesses();
  const metrics = { accuracy: new train.Accuracy(), guesses };
  let report: HeldOutReport | undefined;

  const trainer = new train.Trainer({
    model,
    criterion,
    optimizer,
    trainLoader: new data.DataLoader(trainSet, { batchSize: config.batch, sampler }),
    evalLoader: new data.DataLoader(heldOutSet, { batchSize: 250 }),
    metrics,
    callbacks: [
      {
        onEpoch: ({ evaluation }) => {
          report = reportOf(heldOut, evaluation?.['guesses'] as number[][]);
        },
      },
    ],
  });

  /** All of it in order, drawing no random numbers as a loader does: the run is as if nobody had looked. */
  async function* heldOutBatches(): AsyncGenerator<[Tensor, Tensor]> {
    for (let from = 0; from < heldOutSet.length; from += 250) {
      const count = Math.min(250, heldOutSet.length - from);
      yield heldOutSet.getBatch(Array.from({ length: count }, (_, k) => from + k)) as [Tensor, Tensor];
    }
  }

  /** Of the weights as they are, where no epoch has ended with them. */
  async function evaluated(): Promise<HeldOutReport> {
    const values = await train.evaluate(heldOutBatches(), { model, criterion, metrics });
    return reportOf(heldOut, values['guesses'] as number[][]);
  }

  async function probabilitiesOf(digit: Uint8Array): Promise<number[]> {
    const output = noGrad(() => {
      const x = tensor(
        Float32Array.from(digit, (byte) => byte / 255),
        { shape: [1, 1, side, side] },
      );
      return model(x).softmax(1);
    });
    return Array.from(await output.data());
  }

  async function reading(ink: data.PixelImage): Promise<Reading> {
    if (!ink.data.some((value) => value > 0)) return { digit: undefined, probabilities: [] };
    const { data: pixels } = data.toDigit(ink);
    const digit = Uint8Array.from(pixels);
    return { digit, probabilities: await probabilitiesOf(digit) };
  }

  const facts = (): Facts => ({
    training: training.labels.length,
    heldOut: heldOut.labels.length,
    samples: Array.from({ length: 10 }, (_, label) => {
      const at = heldOut.labels.indexOf(label);
      return heldOut.images.slice(at * side * side, (at + 1) * side * side);
    }).filter(({ length }) => length > 0),
  });

  return {
    trainer,
    async view() {
      report ??= await evaluated();
      const filters = Float32Array.from(await first.weight.data());
      return { view: { filters, size: config.size, report } };
    },
    async ask(asked) {
      const question = asked as DigitsQuestion;
      switch (question.kind) {
        case 'facts':
          return facts();
        case 'drawing':
          return reading({ data: question.ink, width: question.width, height: question.height, channels: 1 });
        case 'digit': {
          const { digit } = question;
          return { digit, probabilities: await probabilitiesOf(digit) } satisfies Reading;
        }
        case 'inspect':
          return inspectFile(question.file, question.name);
      }
    },
    adjust(settings) {
      const { lr } = settings as { readonly lr: number };
      for (const group of optimizer.paramGroups) group.lr = lr;
    },
    forget() {
      report = undefined;
    },
  };
}
