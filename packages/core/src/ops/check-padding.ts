import { ShapeError, show, ValueError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';

/** Refuses what is no list of pairs of whole numbers for the last dims. */
export function checkPadding(x: Tensor, padding: readonly number[]): void {
  if (padding.some((n) => !Number.isInteger(n)))
    throw new ValueError('pad', `padding ${show(padding)} must be whole numbers. Round them.`);
  if (padding.length % 2 === 0 && padding.length <= 2 * x.shape.length) return;
  throw new ShapeError(
    'pad',
    `padding ${show(padding)} does not fit shape ${show(x.shape)}. Give a pair for each of the last dims.`,
  );
}
