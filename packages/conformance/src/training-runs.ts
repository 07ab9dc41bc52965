// The models, optimizers and batches of the recorded runs, drawn in the order in which fixtures/training-runs.py draws them.

import '@rushlight/core/methods';
import { arange, cat, ones, randint, randn, type Tensor } from '@rushlight/core';
import { binaryCrossEntropyWithLogits, crossEntropy } from '@rushlight/losses';
import * as nn from '@rushlight/nn';
import { Adam, AdamW, lrScheduler, NAdam, SGD, type Optimizer } from '@rushlight/optim';

/** What a run is made of. */
export interface Training {
  readonly model: nn.Module;
  readonly optimizer: Optimizer;
  readonly scheduler?: { step(): void };
  /** What the norm of all gradients is brought down to. */
  readonly clip?: number;
  /** Draws a batch. */
  loss(): Tensor | Promise<Tensor>;
}

class MLP extends nn.Module<[Tensor], Tensor> {
  fc1 = new nn.Linear(8, 16);
  fc2 = new nn.Linear(16, 3);
  forward(x: Tensor): Tensor {
    return this.fc2(this.fc1(x).tanh());
  }
}

function mlp(): Training {
  const model = new MLP();
  const optimizer = new Adam(model.parameters(), { lr: 0.02, betas: [0.9, 0.99], weightDecay: 1e-3 });
  const directions = randn([8, 3]);
  const loss = (): Tensor => {
    const x = randn([16, 8]);
    return crossEntropy(model(x), x.matmul(directions).argmax(1), { labelSmoothing: 0.1 });
  };
  return { model, optimizer, loss };
}

class CNN extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(1, 4, 3, { padding: 1 });
  bn1 = new nn.BatchNorm2d(4);
  conv2 = new nn.Conv2d(4, 6, 3, { stride: 2, bias: false });
  bn2 = new nn.BatchNorm2d(6);
  fc = new nn.Linear(6, 4);
  forward(x: Tensor): Tensor {
    const y = nn.functional.maxPool2d(this.bn1(this.conv1(x)).silu(), 2);
    return this.fc(this.bn2(this.conv2(y)).silu().mean([2, 3]));
  }
}

function cnn(): Training {
  const model = new CNN();
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9, weightDecay: 1e-3, nesterov: true });
  const scheduler = new lrScheduler.StepLR(optimizer, 40, { gamma: 0.4 });
  const patterns = randn([4, 1, 8, 8]);
  const loss = (): Tensor => {
    const target = randint(4, [8]);
    return crossEntropy(model(patterns.indexSelect(0, target).add(randn([8, 1, 8, 8]))), target);
  };
  return { model, optimizer, scheduler, loss };
}

const [words, length, size] = [11, 8, 12];

class LanguageModel extends nn.Module<[Tensor], Tensor> {
  words = new nn.Embedding(words, size);
  places = new nn.Embedding(length, size);
  norm1 = new nn.LayerNorm(size);
  attention = new nn.MultiheadAttention(size, 3, { batchFirst: true });
  norm2 = new nn.LayerNorm(size);
  up = new nn.Linear(size, 24);
  down = new nn.Linear(24, size);
  norm = new nn.LayerNorm(size);
  head = new nn.Linear(size, words, { bias: false });
  forward(text: Tensor): Tensor {
    const x = this.words(text).add(this.places(arange(length, { dtype: 'int32' })));
    const attnMask = ones([length, length]).triu({ diagonal: 1 }).to('bool');
    const y = this.norm1(x);
    const z = x.add(this.attention(y, y, y, { attnMask, needWeights: false })[0]);
    return this.head(this.norm(z.add(this.down(this.up(this.norm2(z)).gelu()))));
  }
}

function languageModel(steps: number): Training {
  const model = new LanguageModel();
  const optimizer = new AdamW(model.parameters(), { lr: 0.01, betas: [0.9, 0.95], weightDecay: 0.1 });
  const warmUp = new lrScheduler.LinearLR(optimizer, { startFactor: 0.1, totalIters: 10 });
  const cosine = new lrScheduler.CosineAnnealingLR(optimizer, steps - 10, { etaMin: 1e-3 });
  const scheduler = new lrScheduler.SequentialLR(optimizer, [warmUp, cosine], [10]);
  const loss = (): Tensor => {
    const [start, stride] = [randint(words, [4, 1]), randint(1, 4, [4, 1])];
    const text = start.add(stride.mul(arange(length + 1, { dtype: 'int32' }))).remainder(words);
    const [before, after] = [text.narrow(1, 0, length), text.narrow(1, 1, length)];
    return crossEntropy(model(before).reshape([-1, words]), after.reshape([-1]));
  };
  return { model, optimizer, scheduler, loss };
}

class VAE extends nn.Module<[Tensor], [logits: Tensor, mean: Tensor, logVariance: Tensor]> {
  hidden = new nn.Linear(12, 16);
  mean = new nn.Linear(16, 3);
  log_variance = new nn.Linear(16, 3);
  back = new nn.Linear(3, 16);
  out = new nn.Linear(16, 12);
  forward(x: Tensor): [Tensor, Tensor, Tensor] {
    const h = this.hidden(x).softplus();
    const [mean, logVariance] = [this.mean(h), this.log_variance(h)];
    const z = mean.add(logVariance.mul(0.5).exp().mul(randn(mean.shape)));
    return [this.out(this.back(z).softplus()), mean, logVariance];
  }
}

function vae(): Training {
  const model = new VAE();
  const optimizer = new Adam(model.parameters(), { lr: 0.01, amsgrad: true });
  const loss = (): Tensor => {
    const rows = randint(1, 6, [10, 1]);
    const x = rows
      .mul(arange(12, { dtype: 'int32' }))
      .remainder(5)
      .lt(2)
      .to('float32');
    const [logits, mean, logVariance] = model(x);
    const missed = binaryCrossEntropyWithLogits(logits, x, { reduction: 'sum' });
    const divergence = logVariance.add(1).sub(mean.square()).sub(logVariance.exp()).sum().mul(-0.5);
    return missed.add(divergence).div(10);
  };
  return { model, optimizer, loss };
}

class Reader extends nn.Module<[text: Tensor, lengths: readonly number[]], Tensor> {
  words = new nn.Embedding(7, 6);
  lstm = new nn.LSTM(6, 8, { bidirectional: true, batchFirst: true });
  head = new nn.Linear(16, 2);
  forward(text: Tensor, lengths: readonly number[]): Tensor {
    const options = { batchFirst: true, enforceSorted: false };
    const [, [h]] = this.lstm(nn.utils.rnn.packPaddedSequence(this.words(text), lengths, options));
    return this.head(cat([h.select(0, 0), h.select(0, 1)], 1));
  }
}

function reader(): Training {
  const model = new Reader();
  const optimizer = new NAdam(model.parameters(), { lr: 0.01 });
  const loss = async (): Promise<Tensor> => {
    const [text, lengths] = [randint(7, [6, 7]), randint(1, 8, [6])];
    const target = text.gather(1, lengths.unsqueeze(1).sub(1)).select(1, 0).gt(2).to('int32');
    return crossEntropy(model(text, Array.from(await lengths.data())), target);
  };
  return { model, optimizer, clip: 0.5, loss };
}

/** By their names in the fixture. */
export const trainings = { mlp, cnn, languageModel, vae, reader };
