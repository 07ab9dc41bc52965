import { autocasting, loopOp, runLoop, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import { normalize } from './normalize.ts';
import { checkPerChannel, scaled } from './per-channel.ts';

export interface GroupNormOptions {
  /** A factor per channel. Default 1. */
  readonly weight?: Tensor | null | undefined;
  /** A summand per channel. Default 0. */
  readonly bias?: Tensor | null | undefined;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

const groupNormOp = loopOp('groupNorm', (k, hasWeight: boolean, hasBias: boolean) => {
  const { value } = normalize(k);
  k.perElement(scaled(k, value, 1, hasWeight, hasBias));
});

/**
 * (x − mean) / √(variance + ε) · weight + bias of x [N, C, *], whose channels are cut into `numGroups` parts: mean and variance
 * are those of one sample's part. One kernel. `weight` and `bias` are [C]. Throws ShapeError for operands that do not fit or
 * parts of one value in all, ValueError where the groups do not divide the channels, DTypeError for other dtypes than that of x.
 * https://arxiv.org/abs/1803.08494. torch.nn.functional.group_norm
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  { weight = null, bias = null, eps = 1e-5 }: GroupNormOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode) return mode.run('groupNorm', groupNorm, [x, numGroups, { weight, bias, eps }]);
  checkPerChannel('groupNorm', x, { weight, bias });
  const [samples = 0, channels = 0, ...rest] = x.shape;
  if (!Number.isInteger(numGroups) || numGroups < 1 || channels % numGroups !== 0) {
    throw new ValueError(
      'groupNorm',
      `${channels} channels cannot be cut into ${numGroups} groups. Use a number that divides the channels.`,
    );
  }
  const size = channels / numGroups;
  const count = rest.reduce((product, n) => product * n, size);
  if (samples * count === 1) {
    throw new ShapeError(
      'groupNorm',
      `the input ${show(x.shape)} has one value per group, which has no variance. Pass more, or use fewer groups.`,
    );
  }
  const perChannel = (v: Tensor): Tensor => v.reshape([numGroups, size, ...rest.map(() => 1)]);
  const inputs = [x.unflatten(1, [numGroups, size]), ...[weight, bias].flatMap((v) => (v ? [perChannel(v)] : []))];
  const columns = [2, ...rest.map((_, d) => 3 + d)];
  const op = groupNormOp(inputs, Boolean(weight), Boolean(bias));
  const [y] = runLoop(op, inputs, { columns, scalars: [count, eps] });
  return (y as Tensor).flatten(1, 2);
}
