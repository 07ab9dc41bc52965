import { checkCount } from '../check-options.ts';

/** One number for a square, or [height, width]. */
export type Size = number | readonly [side: number] | readonly [height: number, width: number];

/** Height and width. Throws a ValueError unless they are positive integers. */
export function sizes(op: string, size: Size): readonly [height: number, width: number] {
  const [height = NaN, width = height] = typeof size === 'number' ? [size] : size;
  checkCount(op, 'the height', height);
  checkCount(op, 'the width', width);
  return [height, width];
}
