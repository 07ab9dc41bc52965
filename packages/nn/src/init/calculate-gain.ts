import { ValueError } from '@rushlight/core';

const gains = {
  linear: () => 1,
  conv1d: () => 1,
  conv2d: () => 1,
  conv3d: () => 1,
  conv_transpose1d: () => 1,
  conv_transpose2d: () => 1,
  conv_transpose3d: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.sqrt(2),
  leaky_relu: (slope = 0.01) => Math.sqrt(2 / (1 + slope ** 2)),
  selu: () => 3 / 4,
} satisfies Record<string, (param?: number) => number>;

/** What follows a layer, in PyTorch's spelling. */
export type Nonlinearity = keyof typeof gains;

/**
 * The factor by which a non-linearity lowers the standard deviation of what passes it, inverted. `param` is the slope of
 * 'leaky_relu', 0.01 by default. Throws ValueError for unknown names. torch.nn.init.calculate_gain
 */
export function calculateGain(nonlinearity: Nonlinearity, { param }: { readonly param?: number } = {}): number {
  if (!Object.hasOwn(gains, nonlinearity)) {
    const known = Object.keys(gains).join(', ');
    throw new ValueError('calculateGain', `there is no nonlinearity "${String(nonlinearity)}". Known: ${known}.`);
  }
  return gains[nonlinearity](param);
}
