// A small convolutional network that learns to read drawn digits, on the backend in use: in Node and in pages.

import { data, manualSeed, nn, noGrad, optim, type Tensor } from 'rushlight';

class SmallCnn extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(1, 8, 3);
  conv2 = new nn.Conv2d(8, 16, 3);
  pool = new nn.MaxPool2d(2);
  fc = new nn.Linear(16 * 5 * 5, 10);

  forward(x: Tensor): Tensor {
    const features = this.pool(this.conv2(this.pool(this.conv1(x).relu())).relu());
    return this.fc(features.flatten(1));
  }
}

export interface DigitsRun {
  readonly model: SmallCnn;
  readonly optimizer: optim.Adam;
  /** Images [N, 1, 28, 28] in 0 … 1, and their digits. */
  readonly train: data.DataLoader<[Tensor, Tensor]>;
}

/** Model, optimizer and loader, from the seed alone. */
export function makeDigitsRun(size = 2000, batchSize = 50): DigitsRun {
  manualSeed(0);
  const model = new SmallCnn();
  const optimizer = new optim.Adam(model.parameters(), { lr: 8e-3 });
  return { model, optimizer, train: new data.DataLoader(new data.Digits({ size }), { batchSize, shuffle: true }) };
}

/** One step as the README writes it: nothing is freed, nothing is read. */
export function step({ model, optimizer }: DigitsRun, x: Tensor, target: Tensor): Tensor {
  optimizer.zeroGrad();
  const loss = nn.functional.crossEntropy(model(x), target);
  loss.backward();
  optimizer.step();
  return loss;
}

/** Trains for some epochs. */
export async function trainDigits(run: DigitsRun, epochs: number): Promise<void> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const [x, target] of run.train) step(run, x, target);
  }
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
