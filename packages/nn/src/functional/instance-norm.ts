import { autocasting, letGo, noGrad, runLoop, ShapeError, show, tidy, ValueError, type Tensor } from '@rushlight/core';
import { batchOp, follow, givenOp } from './batch-norm.ts';
import { checkPerChannel } from './per-channel.ts';

export interface InstanceNormOptions {
  /** The mean per channel that is used instead of the input's, and follows it where that is used. */
  readonly runningMean?: Tensor | null | undefined;
  /** The variance per channel likewise. */
  readonly runningVar?: Tensor | null | undefined;
  /** A factor per channel. Default 1. */
  readonly weight?: Tensor | null | undefined;
  /** A summand per channel. Default 0. */
  readonly bias?: Tensor | null | undefined;
  /** Whether mean and variance are those of the input, and the running ones follow. Default true. */
  readonly useInputStats?: boolean;
  /** How far the running mean and variance move. Default 0.1. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/**
 * (x − mean) / √(variance + ε) · weight + bias of x [N, C, *], mean and variance taken over each channel of each sample, one
 * kernel; `runningMean` and `runningVar` [C], where given, follow their means over the samples in place (the variance without
 * bias). With `useInputStats: false` they are the mean and variance. Throws ShapeError for operands that do not fit or a channel
 * of one value, ValueError where there is no mean to take, DTypeError for other dtypes than that of x.
 * https://arxiv.org/abs/1607.08022. torch.nn.functional.instance_norm
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('instanceNorm', instanceNorm, [x, options]);
  const { runningMean = null, runningVar = null, weight = null, bias = null } = options;
  const { useInputStats = true, momentum = 0.1, eps = 1e-5 } = options;
  checkPerChannel('instanceNorm', x, { runningMean, runningVar, weight, bias });
  const [samples = 0, channels = 0, ...rest] = x.shape;
  const perChannel = (v: Tensor): Tensor => v.reshape([channels, ...rest.map(() => 1)]);
  const affine = [weight, bias].flatMap((v) => (v ? [perChannel(v)] : []));
  if (!useInputStats) {
    if (!runningMean || !runningVar) {
      throw new ValueError(
        'instanceNorm',
        'without the statistics of the input it needs runningMean and runningVar. Give both, or leave out `useInputStats`.',
      );
    }
    const inputs = [x, perChannel(runningMean), perChannel(runningVar), ...affine];
    return runLoop(givenOp(inputs, Boolean(weight), Boolean(bias)), inputs, { scalars: [eps] })[0] as Tensor;
  }
  const count = rest.reduce((product, n) => product * n, 1);
  if (count === 1) {
    throw new ShapeError(
      'instanceNorm',
      `the input ${show(x.shape)} has one value per channel of a sample, which has no variance. Pass more.`,
    );
  }
  const inputs = [x, ...affine];
  const run = { columns: rest.map((_, d) => 2 + d), scalars: [count, eps] };
  const outputs = runLoop(batchOp(inputs, Boolean(weight), Boolean(bias)), inputs, run);
  const [y, mean, variance] = outputs as [Tensor, Tensor, Tensor];
  if ((runningMean || runningVar) && samples > 0) {
    const batch = (): Tensor[] => [mean.mean(0), variance.mean(0)];
    noGrad(() => tidy(() => follow([runningMean, runningVar], batch(), momentum, count / (count - 1))));
  }
  letGo([mean, variance]);
  return y;
}
