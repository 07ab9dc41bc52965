// Borders that continue what they surround. The mode 'constant' is one loop; in the others a border is made of pieces of
// the tensor itself, dim by dim, so that corners come out right and gradients find their own way.

import { ShapeError, show, ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { checkPadding } from './check-padding.ts';
import { cat } from './join.ts';
import { flip, padConstant } from './pad.ts';

export interface PadOptions {
  /** What a border holds: `value`, the tensor mirrored at its edge, its edge, or its other end. Default 'constant'. */
  readonly mode?: 'constant' | 'reflect' | 'replicate' | 'circular';
  /** For 'constant' alone. Default 0. */
  readonly value?: number;
}

type Border = (x: Tensor, d: number, size: number, atEnd: boolean) => Tensor;

const last = (x: Tensor, d: number): number => (x.shape[d] ?? 0) - 1;

const borders: Readonly<Record<'reflect' | 'replicate' | 'circular', Border>> = {
  reflect: (x, d, size, atEnd) => flip(x.narrow(d, atEnd ? last(x, d) - size : 1, size), d),
  replicate: (x, d, size, atEnd) => x.narrow(d, atEnd ? last(x, d) : 0, 1).expand(x.shape.with(d, size)),
  circular: (x, d, size, atEnd) => x.narrow(d, atEnd ? 0 : last(x, d) + 1 - size, size),
};

/** The most that a border may take from a dim of size n. */
const reach = {
  reflect: (n: number): number => n - 1,
  replicate: (n: number): number => (n > 0 ? Infinity : 0),
  circular: (n: number): number => n,
};

function continueAlong(x: Tensor, mode: keyof typeof borders, d: number, before: number, after: number): Tensor {
  // What negative numbers cut off is gone for a border that wraps around, but not for one that mirrors.
  const cut = (y: Tensor, low: number, high: number): Tensor =>
    low || high ? y.narrow(d, low, (y.shape[d] ?? 0) - low - high) : y;
  const n = x.shape[d] ?? 0;
  const [low, high] = [Math.max(0, -before), Math.max(0, -after)];
  if (low + high > n || (low + high === n && (before > 0 || after > 0)))
    throw new ShapeError(
      'pad',
      `padding [${before}, ${after}] leaves nothing of dim ${d} of ${show(x.shape)}. Cut off less.`,
    );
  const inner = cut(x, low, high);
  const source = mode === 'circular' ? inner : x;
  const most = reach[mode](source.shape[d] ?? 0);
  if (before > most || after > most) {
    throw new ShapeError(
      'pad',
      `padding [${before}, ${after}] asks mode '${mode}' for more than dim ${d} of ${show(source.shape)} has. Use at most ${most}.`,
    );
  }
  const pieces = [
    ...(before > 0 ? [borders[mode](source, d, before, false)] : []),
    inner,
    ...(after > 0 ? [borders[mode](source, d, after, true)] : []),
  ];
  return pieces.length > 1 ? cat(pieces, d) : inner;
}

/**
 * A border around the last dims: `padding` is [before, after] of the last dim, then of the one before it, …; negative
 * numbers cut off. Mode 'constant' fills with `value`, 'reflect' mirrors without repeating the edge (less than the dim's
 * size), 'replicate' repeats the edge, 'circular' wraps around (at most once). Any dtype. torch.nn.functional.pad
 */
export function pad(x: Tensor, padding: readonly number[], { mode = 'constant', value }: PadOptions = {}): Tensor {
  const rank = x.shape.length;
  if (mode === 'constant') return padConstant(x, padding, value ?? 0);
  if (!Object.hasOwn(borders, mode))
    throw new ValueError(
      'pad',
      `there is no mode '${String(mode)}'. Use 'constant', 'reflect', 'replicate' or 'circular'.`,
    );
  checkPadding(x, padding);
  if (value) throw new ValueError('pad', `mode '${mode}' takes no value, it got ${value}. Leave it out.`);
  // No gradient reads what is made on the way.
  return tidy(() => {
    let result = x;
    for (let k = 0; k < padding.length; k += 2)
      result = continueAlong(result, mode, rank - 1 - k / 2, padding[k] ?? 0, padding[k + 1] ?? 0);
    // A new tensor, even where nothing was added.
    return result.storage === x.storage ? result.clone() : result;
  });
}
