// Matrices along the diagonal of a larger one.

import { ShapeError, show } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { cat } from './join.ts';
import { padConstant } from './pad.ts';
import { scratch } from './scratch.ts';

/**
 * The matrices one after another along the diagonal, 0 elsewhere; vectors are rows, 0-dim tensors [1, 1]. dtypes are promoted.
 * Throws ShapeError for more dims. torch.block_diag
 */
export function blockDiag(...tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 0) throw new ShapeError('blockDiag', 'there are no blocks. Give at least one tensor.');
  return scratch(tensors, () => {
    const blocks = tensors.map((x) => {
      if (x.shape.length > 2)
        throw new ShapeError('blockDiag', `a block has shape ${show(x.shape)}. Give at most 2 dims.`);
      return x.shape.length === 2 ? x : x.reshape([1, x.numel()]);
    });
    const width = blocks.reduce((sum, x) => sum + (x.shape[1] ?? 0), 0);
    let at = 0;
    const rows = blocks.map((x) => {
      const before = at;
      at += x.shape[1] ?? 0;
      return padConstant(x, [before, width - at, 0, 0]);
    });
    return cat(rows, 0);
  });
}
