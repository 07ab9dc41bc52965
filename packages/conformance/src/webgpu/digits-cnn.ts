// A small convolutional network that learns to read drawn digits, on the backend in use: in Node and in pages.

import { data, manualSeed, nn, noGrad, optim, type Tensor } from 'rushlight';

class SmallCnn extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(1, 8, 3, { stride: 2 });
  conv2 = new nn.Conv2d(8, 16, 3);
  pool = new nn.MaxPool2d(2);
  fc = new nn.Linear(16 * 5 * 5, 10);

  forward(x: Tensor): Tensor {
    const features = this.pool(this.conv2(this.conv1(x).relu()).relu());
    return this.fc(features.flatten(1));
  }
}

export interface DigitsRun {
  readonly model: SmallCnn;
  readonly optimizer: optim.Adam;
  readonly scheduler: optim.lrScheduler.OneCycleLR;
  /** Images [15, 1, 28, 28] in 0 … 1, and their digits. */
  readonly train: data.DataLoader<[Tensor, Tensor]>;
}

/** Model, optimizer, schedule and loader, from the seed alone: 3000 digits are enough to read 95 % of others. */
export function makeDigitsRun({ size = 3000, steps = size / 15 }: { size?: number; steps?: number } = {}): DigitsRun {
  manualSeed(0);
  const model = new SmallCnn();
  const optimizer = new optim.Adam(model.parameters());
  const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, 0.024, { totalSteps: steps, pctStart: 0.2 });
  const train = new data.DataLoader(new data.Digits({ size }), { batchSize: 15, shuffle: true });
  return { model, optimizer, scheduler, train };
}

/** One step as the README writes it: nothing is freed, nothing is read. */
export function step({ model, optimizer, scheduler }: DigitsRun, x: Tensor, target: Tensor): Tensor {
  optimizer.zeroGrad();
  const loss = nn.functional.crossEntropy(model(x), target);
  loss.backward();
  optimizer.step();
  scheduler.step();
  return loss;
}

/** The share of 500 other digits that the model reads rightly. */
export async function accuracyOf({ model }: DigitsRun): Promise<number> {
  const test = new data.DataLoader(new data.Digits({ train: false, size: 500 }), { batchSize: 100 });
  let right = 0;
  model.eval();
  for await (const [x, target] of test) {
    right += await noGrad(() => model(x).argmax(1).eq(target).sum()).item();
  }
  model.train();
  return right / 500;
}
