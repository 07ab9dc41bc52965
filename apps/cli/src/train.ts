// The training loop of the command line.

import { data, manualSeed, nn, noGrad, optim, useBackend, type BackendName, type Device, type Tensor } from 'rushlight';
import { datasets } from './datasets.ts';
import { models } from './models.ts';

export interface TrainOptions {
  readonly dataset: keyof typeof datasets;
  readonly dataDir?: string;
  readonly model: keyof typeof models;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
  readonly backend: BackendName;
  readonly logInterval: number;
}

/** In a process of its own, V8 may be told to make wider vectors: where a trial says that it helps, it does. */
function openBackend(name: BackendName): Promise<Device> {
  const wasm = { revectorize: true };
  if (name === 'auto') return useBackend(name, { wasm });
  return name === 'wasm' ? useBackend(name, wasm) : useBackend(name);
}

type Loader = data.DataLoader<[Tensor, Tensor]>;
type Classifier = nn.Module & ((x: Tensor) => Tensor);

/**
 * Trains a model, writes its progress and returns the accuracy on the test split after the last epoch. What is not about the
 * training goes to `note`.
 */
export async function train(
  options: TrainOptions,
  log: (line: string) => void,
  note: (line: string) => void,
): Promise<number> {
  const device = await openBackend(options.backend);
  note(`Training on ${device.name}${device.description && ` (${device.description})`}.`);
  manualSeed(options.seed);
  const splits = await datasets[options.dataset](options.dataDir);
  const model = models[options.model]();
  const optimizer = new optim.Adam(model.parameters(), { lr: options.lr });
  // Large steps first, small ones at the end: the last epoch is then the best, or near it.
  const scheduler = new optim.lrScheduler.StepLR(optimizer, 1, { gamma: 0.7 });
  const loader = new data.DataLoader(splits.train, { batchSize: options.batchSize, shuffle: true });
  const testLoader = new data.DataLoader(splits.test, { batchSize: 500 });

  let accuracy = 0;
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    await trainEpoch(epoch, model, optimizer, loader, options.logInterval, log);
    scheduler.step();
    accuracy = await evaluate(model, testLoader, log);
  }
  return accuracy;
}

async function trainEpoch(
  epoch: number,
  model: Classifier,
  optimizer: optim.Adam,
  loader: Loader,
  logInterval: number,
  log: (line: string) => void,
): Promise<void> {
  const total = loader.dataset.length;
  const criterion = new nn.CrossEntropyLoss();
  let step = 0;
  let seen = 0;
  model.train();
  for await (const [x, target] of loader) {
    optimizer.zeroGrad();
    const loss = criterion(model(x), target);
    loss.backward();
    optimizer.step();
    if (step % logInterval === 0) {
      const percent = Math.round((100 * seen) / total);
      log(`Train Epoch: ${epoch} [${seen}/${total} (${percent}%)]\tLoss: ${(await loss.item()).toFixed(6)}`);
    }
    step++;
    seen += target.numel();
  }
}

async function evaluate(model: Classifier, loader: Loader, log: (line: string) => void): Promise<number> {
  const total = loader.dataset.length;
  let loss = 0;
  let correct = 0;
  model.eval();
  await noGrad(async () => {
    for await (const [x, target] of loader) {
      const output = model(x);
      loss += await nn.functional.crossEntropy(output, target, { reduction: 'sum' }).item();
      correct += await output.argmax(1).eq(target).sum().item();
    }
  });
  const percent = Math.round((100 * correct) / total);
  log(`\nTest set: Average loss: ${(loss / total).toFixed(4)}, Accuracy: ${correct}/${total} (${percent}%)\n`);
  return correct / total;
}
