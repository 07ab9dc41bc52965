// Rows of a table, one per index.

import { ShapeError, ValueError, show } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { checkIndex, read } from './lookup.ts';
import { where } from './where.ts';

export interface EmbeddingOptions {
  /** A row of the weight that gets no gradient. */
  readonly paddingIdx?: number;
}

/**
 * Rows of a [count, size] weight, one per index: indices [*] give [*, size]. Throws ValueError for an index out of range.
 * torch.nn.functional.embedding
 */
export function embedding(weight: Tensor, indices: Tensor, { paddingIdx }: EmbeddingOptions = {}): Tensor {
  checkIndex('embedding', indices);
  const [count, size] = weight.shape;
  if (count === undefined || size === undefined || weight.shape.length !== 2)
    throw new ShapeError('embedding', `the weight has shape ${show(weight.shape)}. It must be [count, size].`);
  if (paddingIdx !== undefined && !(Number.isInteger(paddingIdx) && paddingIdx >= -count && paddingIdx < count))
    throw new ValueError('embedding', `paddingIdx ${paddingIdx} is no row of ${count}. Use ${-count} … ${count - 1}.`);
  const rank = indices.shape.length;
  const lookup = { shape: [...indices.shape, size], dims: [{ index: indices, at: 0 }, rank], wrap: false };
  if (paddingIdx === undefined) return read('embedding', weight, lookup);
  const padding = paddingIdx < 0 ? paddingIdx + count : paddingIdx;
  return read('embedding', weight, lookup, (grad, index) => where(index.ne(padding).unsqueeze(-1), grad, 0));
}
