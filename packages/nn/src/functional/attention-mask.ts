// The two masks of multi-head attention as one that the scores are masked by.

import { autocasting, DTypeError, pad, ShapeError, show, where, type Tensor } from '@rushlight/core';

export interface AttentionMasks {
  /** [N, S], or [S] for one sample: bool, true for keys that nobody may look at; or floats that are added to the scores. */
  readonly keyPaddingMask?: Tensor | null | undefined;
  /** [L, S] or [N·heads, L, S]: bool, true where a query may not look at a key; or floats that are added to the scores. */
  readonly attnMask?: Tensor | null | undefined;
}

export interface AttentionSizes {
  /** Undefined for one sample. */
  readonly batch: number | undefined;
  readonly heads: number;
  readonly length: number;
  readonly keys: number;
}

/** Both masks over scores [N, heads, L, S or more], where keys beyond S are free: bool, true where allowed, or floats. */
export function attentionMask(
  { keyPaddingMask, attnMask }: AttentionMasks,
  { batch, heads, length, keys }: AttentionSizes,
  scores: Tensor,
): Tensor | null {
  const mode = autocasting();
  if (mode)
    return mode.run('attentionMask', attentionMask, [
      { keyPaddingMask, attnMask },
      { batch, heads, length, keys },
      scores,
    ]);
  const masks: Tensor[] = [];
  const count = (batch ?? 1) * heads;
  if (attnMask) {
    check('attnMask', attnMask, [[length, keys], [count, length, keys]], scores); // prettier-ignore
    masks.push(attnMask.shape.length === 3 ? attnMask.reshape([batch ?? 1, heads, length, keys]) : attnMask);
  }
  if (keyPaddingMask) {
    check('keyPaddingMask', keyPaddingMask, [batch === undefined ? [keys] : [batch, keys]], scores);
    masks.push(keyPaddingMask.reshape([batch ?? 1, 1, 1, keys]));
  }
  if (masks.length === 0) return null;
  const isBool = masks.every((mask) => mask.dtype === 'bool');
  const added = (mask: Tensor): Tensor => (mask.dtype === 'bool' ? where(mask, -Infinity, 0).to(scores.dtype) : mask);
  const joined = isBool
    ? masks.reduce((a, b) => a.logicalOr(b)).logicalNot()
    : masks.map(added).reduce((a, b) => a.add(b));
  const free = (scores.shape.at(-1) ?? 0) - keys;
  return free > 0 ? pad(joined, [0, free], { value: isBool ? 1 : 0 }) : joined;
}

function check(name: string, mask: Tensor, shapes: readonly (readonly number[])[], scores: Tensor): void {
  const op = 'MultiheadAttention';
  if (mask.dtype !== 'bool' && mask.dtype !== scores.dtype) {
    throw new DTypeError(op, `${name} is ${mask.dtype}. It must be bool, or ${scores.dtype} as the query is.`);
  }
  if (shapes.some((shape) => show(shape) === show(mask.shape))) return;
  throw new ShapeError(op, `${name} has shape ${show(mask.shape)}. It must be ${shapes.map(show).join(' or ')}.`);
}
