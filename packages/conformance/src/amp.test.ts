// Mixed precision: every operation that PyTorch registers for autocast on CUDA gives the dtype that its documentation says,
// layers work on what others give them, and training arrives where float32 arrives.

import {
  amp, bmm, chainMatmul, defaultDevice, einsum, linalg, linear, manualSeed, matmul, mm, mv, nn, norm, ones, optim, randint, randn,
  special, tensor, type DType, type Tensor,
} from 'rushlight'; // prettier-ignore
import * as rl from 'rushlight';
import { expect, test as once } from 'vitest';
import { readFixture } from './fixture.ts';
import { onEveryBackend, test } from './on-every-backend.ts';

const { autocast, GradScaler } = amp;
const F = nn.functional;

type Make = (shape?: number[]) => Tensor;
type Case = (x: Make) => Tensor;

const classes = (): Tensor => tensor([0, 1], { dtype: 'int32' });
const labels = (): Tensor => tensor([[0, -1], [1, -1]], { dtype: 'int32' }); // prettier-ignore
const rows = (): Tensor => tensor([[0, 1]], { dtype: 'int32' });

const lower: Readonly<Record<string, Case>> = {
  _thnn_fused_gru_cell: (x) => new nn.GRU(2, 2)(x())[0],
  _thnn_fused_lstm_cell: (x) => new nn.LSTM(2, 2, { bidirectional: true })(x())[0],
  addbmm: (x) => rl.addbmm(x(), x([1, 2, 2]), x([1, 2, 2])),
  addmm: (x) => rl.addmm(x(), x(), x()),
  addmv: (x) => rl.addmv(x([2]), x(), x([2])),
  addr: (x) => rl.addr(x(), x([2]), x([2])),
  baddbmm: (x) => rl.baddbmm(x([1, 2, 2]), x([1, 2, 2]), x([1, 2, 2])),
  bmm: (x) => bmm(x([1, 2, 2]), x([1, 2, 2])),
  chain_matmul: (x) => chainMatmul(x(), x()),
  conv1d: (x) => rl.conv1d(x([1, 1, 2]), x([1, 1, 2])),
  conv2d: (x) => rl.conv2d(x([1, 1, 2, 2]), x([1, 1, 2, 2])),
  conv3d: (x) => rl.conv3d(x([1, 1, 2, 2, 2]), x([1, 1, 2, 2, 2])),
  conv_transpose1d: (x) => rl.convTranspose1d(x([1, 1, 2]), x([1, 1, 2])),
  conv_transpose2d: (x) => rl.convTranspose2d(x([1, 1, 2, 2]), x([1, 1, 2, 2])),
  conv_transpose3d: (x) => rl.convTranspose3d(x([1, 1, 2, 2, 2]), x([1, 1, 2, 2, 2])),
  einsum: (x) => einsum('ij,jk', x(), x()),
  gru_cell: (x) => new nn.GRUCell(2, 2)(x()),
  linalg_multi_dot: (x) => linalg.multiDot([x(), x()]),
  linear: (x) => linear(x(), x()),
  lstm_cell: (x) => new nn.LSTMCell(2, 2)(x())[1],
  matmul: (x) => matmul(x(), x()),
  mm: (x) => mm(x(), x()),
  mv: (x) => mv(x(), x([2])),
  prelu: (x) => rl.prelu(x(), ones([1])),
  rnn_relu_cell: (x) => new nn.RNNCell(2, 2, { nonlinearity: 'relu' })(x(), { hx: ones([2, 2]) }),
  rnn_tanh_cell: (x) => new nn.RNNCell(2, 2)(x()),
};

const single: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    (['acos', 'asin', 'cosh', 'exp', 'expm1', 'log', 'log10', 'log1p', 'log2', 'reciprocal', 'rsqrt', 'sinh', 'softplus', 'tan'] as const)
      .map((name) => [name, (x: Make) => rl[name](x())]), // prettier-ignore
  ),
  erfinv: (x) => special.erfinv(x()),
  pow: (x) => x().pow(3),
  sum: (x) => x().sum(),
  prod: (x) => x().prod(),
  cumsum: (x) => x().cumsum(0),
  cumprod: (x) => x().cumprod(0),
  softmax: (x) => x().softmax(0),
  log_softmax: (x) => x().logSoftmax(0),
  logsumexp: (x) => x().logsumexp(0),
  norm: (x) => norm(x()),
  frobenius_norm: (x) => norm(x(), { p: 'fro' }),
  dist: (x) => rl.dist(x(), x()),
  cdist: (x) => rl.cdist(x(), x()),
  pdist: (x) => rl.pdist(x()),
  renorm: (x) => x().renorm(2, 0, 1),
  cosine_similarity: (x) => F.cosineSimilarity(x(), x()),
  layer_norm: (x) => F.layerNorm(x(), [2], { weight: ones([2]) }),
  native_layer_norm: (x) => new nn.LayerNorm([2])(x()),
  group_norm: (x) => new nn.GroupNorm(1, 2)(x()),
  mse_loss: (x) => F.mseLoss(x(), x()),
  l1_loss: (x) => F.l1Loss(x(), x()),
  smooth_l1_loss: (x) => F.smoothL1Loss(x(), x()),
  huber_loss: (x) => F.huberLoss(x(), x()),
  kl_div: (x) => F.klDiv(x(), x(), { reduction: 'batchmean' }),
  poisson_nll_loss: (x) => F.poissonNllLoss(x(), x()),
  nll_loss: (x) => F.nllLoss(x(), classes(), { weight: ones([2]) }),
  nll_loss2d: (x) => F.nllLoss(x([2, 2, 1, 1]), classes().reshape([2, 1, 1])),
  binary_cross_entropy_with_logits: (x) => F.binaryCrossEntropyWithLogits(x(), x(), { posWeight: ones([2]) }),
  cosine_embedding_loss: (x) => F.cosineEmbeddingLoss(x(), x(), ones([2])),
  hinge_embedding_loss: (x) => F.hingeEmbeddingLoss(x(), x()),
  margin_ranking_loss: (x) => F.marginRankingLoss(x([2]), x([2]), x([2])),
  multi_margin_loss: (x) => F.multiMarginLoss(x(), classes(), { weight: ones([2]) }),
  multilabel_margin_loss: (x) => F.multilabelMarginLoss(x(), labels()),
  soft_margin_loss: (x) => F.softMarginLoss(x(), x()),
  triplet_margin_loss: (x) => F.tripletMarginLoss(x(), x(), x()),
};

/** Of two operands, the first as given and the second float32. */
const widest: Readonly<Record<string, Case>> = {
  addcdiv: (x) => rl.addcdiv(x(), x(), ones([2, 2])),
  addcmul: (x) => rl.addcmul(x(), x(), ones([2, 2])),
  atan2: (x) => rl.atan2(x(), ones([2, 2])),
  bilinear: (x) => F.bilinear(x([2, 1]), ones([2, 1]), x([2, 1, 1])),
  cross: (x) => rl.cross(x([3]), ones([3])),
  dot: (x) => rl.dot(x([2]), ones([2])),
  grid_sampler: (x) => F.gridSample(x([1, 1, 2, 2]), ones([1, 1, 1, 2])),
  index_put: (x) => rl.indexPut(x(), [classes()], ones([2, 2])),
  scatter_add: (x) => rl.scatterAdd(x(), 0, rows(), ones([1, 2])),
  tensordot: (x) => rl.tensordot(x(), ones([2, 2])),
};

/** What is another of these here, not for users, or done on the host. */
const elsewhere = [
  '_convolution',
  'conv_tbc',
  'convolution',
  'cudnn_convolution',
  'cudnn_convolution_transpose',
  'nuclear_norm',
];

const dtypeOf: Readonly<Record<string, readonly [DType, Readonly<Record<string, Case>>]>> = {
  'products run in float16': ['float16', lower],
  'what has a wide range runs in float32': ['float32', single],
  'operands of both run in the widest': ['float32', widest],
};

onEveryBackend(() => {
  // The first is for every backend, the others where tests are quick: what they say is core's doing.
  test('a network trains as in float32, over steps that are left out', async () => {
    const { limits } = defaultDevice().backend;
    if (!limits.dtypes.includes('float16')) {
      expect(() => autocast(() => matmul(ones([1, 1]), ones([1, 1])))).toThrow(
        'matmul: under autocast it runs in float16',
      );
      return;
    }
    const train = async (enabled: boolean): Promise<{ losses: number[]; scale: number }> => {
      manualSeed(1);
      const model = new nn.Sequential(
        new nn.Linear(8, 32),
        new nn.Tanh(),
        new nn.LayerNorm([32]),
        new nn.Linear(32, 4),
      );
      const [x, target] = [randn([32, 8]), randint(4, [32])];
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.04 });
      // So large that the first gradients are infinite in float16.
      const scaler = new GradScaler({ initScale: 2 ** 24, growthInterval: 8, enabled });
      const losses: number[] = [];
      while (losses.length < 16) {
        optimizer.zeroGrad();
        const loss = autocast(() => F.crossEntropy(model(x), target), { enabled });
        scaler.scale(loss).backward();
        const scale = scaler.getScale();
        await scaler.step(optimizer);
        await scaler.update();
        // What was left out changed nothing, and does not count.
        if (scaler.getScale() >= scale) losses.push(await loss.item());
      }
      return { losses, scale: scaler.getScale() };
    };
    const [mixed, plain] = [await train(true), await train(false)];
    expect(mixed.scale).toBeLessThan(2 ** 24);
    expect(plain.losses.at(-1)).toBeLessThan(0.2);
    // A product in float16 is off by 2⁻¹¹ of its size.
    mixed.losses.forEach((loss, k) => expect(Math.abs(loss - (plain.losses[k] ?? 0))).toBeLessThan(0.02));
  });

  for (const [name, [dtype, cases]] of Object.entries(dtypeOf)) {
    test(name, () => {
      const of = (given: DType): Make => (shape = [2, 2]) => ones(shape, { dtype: given }); // prettier-ignore
      const wrong = autocast(() =>
        Object.entries(cases).flatMap(([op, run]) => {
          const found = [run(of('float16')).dtype, run(of('float32')).dtype];
          return found.every((one) => one === dtype) ? [] : [`${op}: ${found.join(', ')}`];
        }),
      );
      expect(wrong).toEqual([]);
    });
  }

  test('binary cross-entropy of probabilities is refused', async () => {
    expect(() => autocast(() => new nn.BCELoss()(ones([2]).mul(0.5), ones([2])))).toThrow(
      'binaryCrossEntropy: it is not safe under autocast',
    );
    const exception = autocast(() => autocast(() => F.binaryCrossEntropy(ones([2]), ones([2])), { enabled: false }));
    expect(await exception.item()).toBe(0);
  });

  test('layers take what others give', async () => {
    manualSeed(0);
    const image = new nn.Sequential(
      new nn.Conv2d(1, 4, 3),
      new nn.BatchNorm2d(4),
      new nn.ReLU(),
      new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }),
      new nn.MaxPool2d(2),
      new nn.ConvTranspose2d(4, 2, 2),
      new nn.GroupNorm(1, 2),
      new nn.AdaptiveAvgPool2d(1),
      new nn.Flatten(),
      new nn.Dropout(),
      new nn.Linear(2, 3),
    );
    const loss = autocast(() => {
      const y = image(randn([2, 1, 8, 8]));
      expect(y.dtype).toBe('float16');
      return new nn.CrossEntropyLoss({ weight: ones([3]), labelSmoothing: 0.1 })(y, classes());
    });
    expect(loss.dtype).toBe('float32');
    loss.backward();
    for (const [name, p] of image.namedParameters())
      expect([name, p.grad?.dtype, await p.grad?.isfinite().all().item()]).toEqual([name, 'float32', 1]);
    const running = [...image.namedBuffers()].filter(([name]) => name.includes('running_mean'));
    for (const [, mean] of running)
      expect([mean.dtype, (await mean.abs().sum().item()) > 0]).toEqual(['float32', true]);
  });

  test('sequences and attention, with states and masks of float32', async () => {
    manualSeed(0);
    const lstm = new nn.LSTM(4, 4, { numLayers: 2, projSize: 2 });
    const layer = new nn.TransformerEncoderLayer(2, 1, { dimFeedforward: 4, dropout: 0 });
    const mask = tensor([[0, -1], [0, 0]]); // prettier-ignore
    const loss = autocast(() => {
      const states: [Tensor, Tensor] = [ones([2, 3, 2]), ones([2, 3, 4])];
      const [y, [h, c]] = lstm(randn([2, 3, 4]).to('float16'), { hx: states });
      expect([y.dtype, h.dtype, c.dtype]).toEqual(['float16', 'float16', 'float16']);
      const z = layer(y, { srcMask: mask });
      const attended = F.scaledDotProductAttention(z, ones([2, 3, 2]), y, { attnMask: ones([3, 3]) });
      expect([z.dtype, attended.dtype]).toEqual(['float32', 'float16']);
      return attended.sum();
    });
    loss.backward();
    for (const p of [...lstm.parameters(), ...layer.parameters()]) {
      expect(p.grad?.dtype).toBe('float32');
      expect(await p.grad?.isfinite().all().item()).toBe(1);
    }
  });

  test('float16 gradients that vanish are kept by the scale', async () => {
    const run = async (scaler: InstanceType<typeof GradScaler>): Promise<number> => {
      const w = tensor([[1]], { requiresGrad: true });
      const loss = autocast(() => linear(ones([1, 1]), w).sum()).mul(2 ** -26);
      scaler.scale(loss).backward();
      scaler.unscale_(new optim.SGD([w], { lr: 1 }));
      return (await w.grad?.item()) ?? NaN;
    };
    expect(await run(new GradScaler())).toBe(2 ** -26);
    expect(await run(new GradScaler({ enabled: false }))).toBe(0);
  });
});

once('every operation that PyTorch registers is here', () => {
  const { ops } = readFixture<{ ops: string[] }>('conformance/fixtures', 'autocast-ops');
  const here = [
    ...Object.keys(lower),
    ...Object.keys(single),
    ...Object.keys(widest),
    ...elsewhere,
    'binary_cross_entropy',
  ];
  expect(here.sort()).toEqual(ops);
});
