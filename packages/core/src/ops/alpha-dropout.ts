// Dropout for SELU: what is dropped becomes SELU's lowest value, and all is scaled and shifted so that mean 0 and variance 1 stay.

import { ShapeError, show } from '../errors.ts';
import { constant, select } from '../kernel/index.ts';
import { defaultGenerator } from '../random/default-generator.ts';
import type { Tensor } from '../tensor.ts';
import { behind } from './channel-dropout.ts';
import { drawKey, uniformNoise } from './counter-noise.ts';
import { drops, type DropoutOptions } from './dropout.ts';
import { loopOp, runLoop } from './loop.ts';

/** The negative of SELU's lowest value. */
const saturation = 1.7580993408473766;

const alphaDropoutOp = loopOp('alphaDropout', (k) => {
  const x = k.input(0);
  const keep = uniformNoise(k).ge(k.scalar('float32'));
  const [scale, shift] = [k.scalar(x.dtype), k.scalar(x.dtype)];
  k.perElement(select(keep, x, constant(-saturation, x.dtype)).mul(scale).add(shift));
});

function run(op: string, x: Tensor, columns: readonly number[], options: DropoutOptions): Tensor {
  const { p = 0.5, training = false, inplace = false, generator = defaultGenerator() } = options;
  if (!drops(op, x, p, training)) return x;
  if (p === 1) return inplace ? x.mul_(0) : x.mul(0);
  const scale = 1 / Math.sqrt((saturation * saturation * p + 1) * (1 - p));
  const scalars = [...drawKey(generator), p, scale, saturation * scale * p];
  return runLoop(alphaDropoutOp([x]), [x], { columns, scalars, ...(inplace && { inplace: [x] }) })[0] as Tensor;
}

/**
 * a·(x or, with probability p, −1.7581) + b, with a and b such that mean 0 and variance 1 stay what they are; with p = 1 zeros.
 * Outside of training, which is the default here, x itself. Throws ValueError for what is no probability, DTypeError for integers.
 * https://arxiv.org/abs/1706.02515. torch.nn.functional.alpha_dropout
 */
export function alphaDropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  return run('alphaDropout', x, [], options);
}

/**
 * As `alphaDropout`, where all elements of a channel of [N, C, *] stay or go together. Throws ShapeError for fewer than 2 dims.
 * torch.nn.functional.feature_alpha_dropout
 */
export function featureAlphaDropout(x: Tensor, options: DropoutOptions = {}): Tensor {
  if (x.ndim < 2)
    throw new ShapeError('featureAlphaDropout', `the input has shape ${show(x.shape)}. It must be [N, C, *].`);
  return run('featureAlphaDropout', x, behind(x, 2), options);
}
