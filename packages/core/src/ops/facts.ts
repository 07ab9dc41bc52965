// Questions about a tensor that need none of its elements, and the one that needs its only element.

import { ShapeError, show } from '../errors.ts';
import { isFloat } from '../kernel/index.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Whether the dtype is float16, float32 or float64. torch.is_floating_point */
export function isFloatingPoint(x: Tensor): boolean {
  return isFloat(x.dtype);
}

/** Whether the dtype is complex: never, here. torch.is_complex */
export function isComplex(x: Tensor): boolean {
  return x.dtype.startsWith('complex');
}

/** Whether the dtype has negative numbers: all but uint8 and bool. torch.is_signed */
export function isSigned(x: Tensor): boolean {
  return x.dtype !== 'uint8' && x.dtype !== 'bool';
}

/** The number of elements. torch.numel */
export function numel(x: Tensor): number {
  return x.numel();
}

/** Whether the shapes are equal. torch.Tensor.is_same_size */
export function isSameSize(x: Tensor, other: Tensor): boolean {
  return sameShape(x.shape, other.shape);
}

function checkOne(x: Tensor): void {
  if (x.numel() === 1) return;
  throw new ShapeError(
    'isNonzero',
    `the truth of a tensor of shape ${show(x.shape)} is not one answer. Use any() or all() for several elements.`,
  );
}

/**
 * Whether the one element is not 0; NaN is not. Throws ShapeError unless there is one element, DeviceError on a device that can
 * only be read asynchronously. torch.is_nonzero
 */
export function isNonzero(x: Tensor): boolean {
  checkOne(x);
  return x.itemSync() !== 0;
}

/** `isNonzero` on every device. */
export async function isNonzeroAsync(x: Tensor): Promise<boolean> {
  checkOne(x);
  return (await x.item()) !== 0;
}
