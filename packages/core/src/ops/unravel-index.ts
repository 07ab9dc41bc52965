import { DTypeError } from '../errors.ts';
import { describe } from '../kernel/index.ts';
import { checkShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { floorDivide, remainder } from './elementwise.ts';
import { scratch } from './scratch.ts';

/**
 * Where positions of a flattened tensor are in its shape: the indices along each dim, each of the shape of `indices`. What is out
 * of range wraps, so that −1 is the last element. Throws DTypeError unless the positions are integers. torch.unravel_index
 */
export function unravelIndex(indices: Tensor, shape: number | readonly number[]): Tensor[] {
  if (describe(indices.dtype).kind !== 'int')
    throw new DTypeError('unravelIndex', `the indices are ${indices.dtype}. Convert them with \`.to('int32')\`.`);
  const sizes = typeof shape === 'number' ? [shape] : shape;
  checkShape('unravelIndex', sizes);
  const positions = indices.to('int32');
  let stride = sizes.reduce((count, n) => count * n, 1);
  return sizes.map((n) => {
    stride /= n;
    return scratch([], () => remainder(floorDivide(positions, stride), n));
  });
}
