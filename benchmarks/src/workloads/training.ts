// Training steps: forward, backward, optimizer, on a few batches in turn.

import type { ArrayMaker } from './array-maker.ts';
import type { OptimizerSpec, Workload } from './workload.ts';

const sgd = (lr: number): OptimizerSpec => ({ name: 'SGD', lr });
const adam: OptimizerSpec = { name: 'Adam', lr: 1e-3 };

function tiny(make: ArrayMaker): void {
  make.layer('fc1', [5, 10]);
  make.layer('fc2', [2, 5]);
  make.classes(16, 10, [10], 2);
}

function mlp(make: ArrayMaker): void {
  make.layer('fc1', [128, 784]);
  make.layer('fc2', [10, 128]);
  make.classes(16, 64, [784], 10);
}

function cnn(make: ArrayMaker): void {
  make.layer('conv1', [32, 1, 3, 3]);
  make.layer('conv2', [64, 32, 3, 3]);
  make.layer('fc1', [128, 9216]);
  make.layer('fc2', [10, 128]);
  make.classes(4, 64, [1, 28, 28], 10);
}

const characters = 65;
const context = 64;
const batch = 16;

function charlm(make: ArrayMaker): void {
  const width = 128;
  make.parameter('token.weight', [characters, width], 2500);
  make.parameter('position.weight', [context, width], 2500);
  for (const block of ['blocks.0', 'blocks.1', 'blocks.2', 'blocks.3']) {
    make.norm(`${block}.norm1`, width);
    make.layer(`${block}.qkv`, [3 * width, width]);
    make.layer(`${block}.proj`, [width, width]);
    make.norm(`${block}.norm2`, width);
    make.layer(`${block}.fc1`, [4 * width, width]);
    make.layer(`${block}.fc2`, [width, 4 * width]);
  }
  make.norm('norm', width);
  make.layer('head', [characters, width]);
  make.text(8, batch, context, characters);
}

function gru(make: ArrayMaker): void {
  const [embedding, hidden] = [64, 128];
  make.parameter('embedding.weight', [characters, embedding], 2500);
  make.parameter('gru.weight_ih_l0', [3 * hidden, embedding], hidden);
  make.parameter('gru.weight_hh_l0', [3 * hidden, hidden], hidden);
  make.parameter('gru.bias_ih_l0', [3 * hidden], hidden);
  make.parameter('gru.bias_hh_l0', [3 * hidden], hidden);
  make.layer('head', [characters, hidden]);
  make.text(8, batch, context, characters);
}

const checks = [1, 2, 5, 10, 20, 50];

export const training: readonly Workload[] = [
  {
    name: 'tiny',
    title: '10→5→2, relu, batch 10, SGD',
    kind: 'mlp',
    optimizer: sgd(0.1),
    arrays: tiny,
  },
  {
    name: 'mlp-sgd',
    gpu: 'too',
    title: '784→128→10, relu, batch 64, SGD',
    kind: 'mlp',
    optimizer: sgd(0.1),
    arrays: mlp,
  },
  {
    name: 'mlp-adam',
    gpu: 'too',
    title: '784→128→10, relu, batch 64, Adam',
    kind: 'mlp',
    optimizer: adam,
    arrays: mlp,
  },
  {
    name: 'cnn-sgd',
    gpu: 'too',
    title: 'conv 1→32→64, pool, dropout, 9216→128→10, batch 64, SGD',
    kind: 'cnn',
    optimizer: sgd(0.01),
    dropout: true,
    arrays: cnn,
  },
  {
    name: 'cnn-adadelta',
    gpu: 'too',
    title: 'conv 1→32→64, pool, dropout, 9216→128→10, batch 64, Adadelta',
    kind: 'cnn',
    optimizer: { name: 'Adadelta', lr: 1 },
    dropout: true,
    // Steps this large magnify rounding: weights moved by one part in 10⁷ change PyTorch's own loss by 2e-3 after 15.
    checks: [1, 2, 5, 10],
    arrays: cnn,
  },
  {
    name: 'charlm',
    gpu: 'too',
    title: 'transformer, 4 layers, width 128, 4 heads, context 64, batch 16, AdamW',
    kind: 'charlm',
    optimizer: { name: 'AdamW', lr: 1e-3 },
    settings: { layers: 4, heads: 4 },
    arrays: charlm,
  },
  {
    name: 'gru',
    title: 'GRU, embedding 64, hidden 128, context 64, batch 16, Adam',
    kind: 'gru',
    optimizer: adam,
    settings: { hidden: 128 },
    arrays: gru,
  },
].map((workload) => ({ group: 'training', checks, tolerance: 1e-3, ...workload }) as Workload);
