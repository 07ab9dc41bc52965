import {
  autocasting,
  letGo,
  loopOp,
  noGrad,
  runLoop,
  ShapeError,
  show,
  ValueError,
  type Tensor,
} from '@rushlight/core';
import { sqrt } from '@rushlight/core/kernel';
import { normalize } from './normalize.ts';
import { checkPerChannel, scaled } from './per-channel.ts';

export interface BatchNormOptions {
  /** A factor per channel. Default 1. */
  readonly weight?: Tensor | null | undefined;
  /** A summand per channel. Default 0. */
  readonly bias?: Tensor | null | undefined;
  /** Whether the batch gives mean and variance, and the running ones follow. Default false. */
  readonly training?: boolean;
  /** How far the running mean and variance move towards those of the batch; a tensor of one element is read on the device. Default 0.1. */
  readonly momentum?: number | Tensor;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/** @internal Per row: the normalized values, their mean, and their variance. */
export const batchOp = loopOp('batchNorm', (k, hasWeight: boolean, hasBias: boolean) => {
  const { mean, variance, value } = normalize(k);
  k.perElement(scaled(k, value, 1, hasWeight, hasBias));
  k.perRow(mean);
  k.perRow(variance);
});

/** @internal The input normalized by a mean and a variance that are given. */
export const givenOp = loopOp('batchNorm', (k, hasWeight: boolean, hasBias: boolean) => {
  const [x, mean, variance] = [k.input(0), k.input(1), k.input(2)];
  const value = x.sub(mean).div(sqrt(variance.add(k.scalar(x.dtype))));
  k.perElement(scaled(k, value, 3, hasWeight, hasBias));
});

/** running ← running + momentum · (of the batch − running), the variance of the batch taken without bias. */
const followOp = loopOp('batchNormRunning', (k, momentumIsTensor: boolean) => {
  const [mean, variance, batchMean, batchVariance] = [k.input(0), k.input(1), k.input(2), k.input(3)];
  const unbiased = batchVariance.mul(k.scalar(mean.dtype));
  const momentum = momentumIsTensor ? k.input(4) : k.scalar(mean.dtype);
  k.perElement(mean.add(momentum.mul(batchMean.sub(mean))));
  k.perElement(variance.add(momentum.mul(unbiased.sub(variance))));
});

/**
 * (x − mean) / √(variance + ε) · weight + bias per channel, dim 1 of x [N, C, *]. In training mean and variance are those of
 * the batch, one kernel over it, and `runningMean` and `runningVar` [C], where given, follow them in place; else they are the
 * running ones. Throws ShapeError for operands that do not fit or a batch of one value per channel, ValueError where there is
 * no mean to take, DTypeError for other dtypes than that of x.
 * https://arxiv.org/abs/1502.03167. torch.nn.functional.batch_norm
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 }: BatchNormOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode)
    return mode.run('batchNorm', batchNorm, [x, runningMean, runningVar, { weight, bias, training, momentum, eps }]);
  checkPerChannel('batchNorm', x, { runningMean, runningVar, weight, bias });
  const channels = x.shape[1] ?? 0;
  const perChannel = (v: Tensor): Tensor => v.reshape([channels, ...x.shape.slice(2).map(() => 1)]);
  const affine = [weight, bias].flatMap((v) => (v ? [perChannel(v)] : []));
  if (!training) {
    if (!runningMean || !runningVar) {
      throw new ValueError(
        'batchNorm',
        'outside of training it needs runningMean and runningVar. Give both, or { training: true }.',
      );
    }
    const inputs = [x, perChannel(runningMean), perChannel(runningVar), ...affine];
    return runLoop(givenOp(inputs, Boolean(weight), Boolean(bias)), inputs, { scalars: [eps] })[0] as Tensor;
  }
  const count = x.shape.reduce((product, n, d) => (d === 1 ? product : product * n), 1);
  if (count <= 1) {
    throw new ShapeError(
      'batchNorm',
      `the input ${show(x.shape)} has ${count} values per channel, which have no variance. In training pass more.`,
    );
  }
  const inputs = [x, ...affine];
  const columns = x.shape.flatMap((_, d) => (d === 1 ? [] : [d]));
  const run = { columns, scalars: [count, eps] };
  const [y, mean, variance] = runLoop(batchOp(inputs, Boolean(weight), Boolean(bias)), inputs, run) as [Tensor, Tensor, Tensor]; // prettier-ignore
  if (runningMean || runningVar)
    noGrad(() => follow([runningMean, runningVar], [mean, variance], momentum, count / (count - 1)));
  letGo([mean, variance]);
  return y;
}

/** @internal The running mean and variance, or one of them, follow those of a batch, whose variance is multiplied by `unbias`. */
export function follow(
  running: readonly (Tensor | null)[],
  batch: readonly Tensor[],
  momentum: number | Tensor,
  unbias: number,
): void {
  const isNumber = typeof momentum === 'number';
  const inplace = batch.map((value, k) => running[k] ?? value.clone());
  const inputs = [...inplace, ...batch, ...(isNumber ? [] : [momentum])];
  const scalars = [unbias, ...(isNumber ? [momentum] : [])];
  runLoop(followOp(inputs, !isNumber), inputs, { inplace, scalars });
}
