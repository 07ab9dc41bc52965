// What only tensors tell, as methods: their size in memory and how they walk it.

import { ShapeError } from '../errors.ts';
import { describe } from '../kernel/index.ts';
import { normaliseDim, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { toDType } from './cast.ts';

/** The bytes of one element. torch.Tensor.element_size */
export function elementSize(x: Tensor): number {
  return Math.ceil(describe(x.dtype).bits / 8);
}

/** The number of elements. torch.Tensor.nelement */
export function nelement(x: Tensor): number {
  return x.numel();
}

/** The number of dims. torch.Tensor.ndimension */
export function ndimension(x: Tensor): number {
  return x.shape.length;
}

/** How many elements of memory lie between neighbours along a dim, or along each. torch.Tensor.stride */
export function stride(x: Tensor): readonly number[];
export function stride(x: Tensor, dim: number): number;
export function stride(x: Tensor, dim?: number): number | readonly number[] {
  if (dim === undefined) return x.strides;
  if (x.shape.length === 0) throw new ShapeError('stride', `a 0-dim tensor has no dim ${dim}. Leave the dim out.`);
  return x.strides[normaliseDim('stride', dim, x.shape.length)] ?? 0;
}

/** Where in its memory the first element is. torch.Tensor.storage_offset */
export function storageOffset(x: Tensor): number {
  return x.offset;
}

/** Whether both are the same view of the same memory. torch.Tensor.is_set_to */
export function isSetTo(x: Tensor, other: Tensor): boolean {
  return (
    x.storage === other.storage &&
    x.offset === other.offset &&
    sameShape(x.shape, other.shape) &&
    sameShape(x.strides, other.strides)
  );
}

/** `x` as uint8. torch.Tensor.byte */
export function byte(x: Tensor): Tensor {
  return toDType(x, 'uint8');
}

/** `x` as int32, which stands for PyTorch's int64. torch.Tensor.long */
export function long(x: Tensor): Tensor {
  return toDType(x, 'int32');
}
