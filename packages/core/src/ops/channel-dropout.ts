// Dropout of whole channels: neighbours in a feature map are so alike that dropping some of them alone does little.

import { ShapeError, show } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { dropTogether, type DropoutOptions } from './dropout.ts';

/** The dims behind those that count the channels. */
export const behind = (x: Tensor, leading: number): number[] => x.shape.flatMap((_, d) => (d >= leading ? [d] : []));

/**
 * Sets channels to 0 with probability p and scales the rest by 1 / (1 − p): of [N, C, L], or [C, L] for one sample. Throws
 * ShapeError for another number of dims, and what `dropout` throws. https://arxiv.org/abs/1411.4280.
 * torch.nn.functional.dropout1d
 */
export function dropout1d(x: Tensor, options: DropoutOptions = {}): Tensor {
  if (x.ndim !== 2 && x.ndim !== 3)
    throw new ShapeError('dropout1d', `the input has shape ${show(x.shape)}. It must be [N, C, L] or [C, L].`);
  return dropTogether('dropout1d', x, behind(x, x.ndim - 1), options);
}

/**
 * As `dropout1d` of [N, C, H, W]; what has fewer dims or more is taken as [N, C, *], three dims too. Throws ShapeError for fewer
 * than 2. torch.nn.functional.dropout2d
 */
export function dropout2d(x: Tensor, options: DropoutOptions = {}): Tensor {
  if (x.ndim < 2) throw new ShapeError('dropout2d', `the input has shape ${show(x.shape)}. It must be [N, C, H, W].`);
  return dropTogether('dropout2d', x, behind(x, 2), options);
}

/**
 * As `dropout1d` of [N, C, D, H, W]; with another number of dims it is one sample, [C, *]. Throws ShapeError for none.
 * torch.nn.functional.dropout3d
 */
export function dropout3d(x: Tensor, options: DropoutOptions = {}): Tensor {
  if (x.ndim === 0)
    throw new ShapeError('dropout3d', 'the input has no dims. It must be [N, C, D, H, W] or [C, D, H, W].');
  return dropTogether('dropout3d', x, behind(x, x.ndim === 5 ? 2 : 1), options);
}
