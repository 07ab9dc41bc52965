// What only tensors tell, as methods: their size in memory and how they walk it; and what reads as a property, `x.T`.

import { ShapeError, show } from '../errors.ts';
import { describe } from '../kernel/index.ts';
import { normaliseDim, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { toDType } from './cast.ts';
import { permute, transpose, view } from './view.ts';

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

function matrices(name: string, x: Tensor): Tensor {
  if (x.shape.length < 2)
    throw new ShapeError(name, `it takes matrices, not shape ${show(x.shape)}. Give it at least 2 dims.`);
  return transpose(x, -2, -1);
}

/** Properties of every tensor. */
export interface TensorProperties {
  /** The dims in reverse order. torch.Tensor.T */
  readonly T: Tensor;
  /** The last two dims exchanged. Throws ShapeError below 2 dims. torch.Tensor.mT */
  readonly mT: Tensor;
  /** A matrix transposed; 0-dim tensors as they are. Throws ShapeError for others. torch.Tensor.H */
  readonly H: Tensor;
  /** The last two dims exchanged: for real numbers the adjoint. Throws ShapeError below 2 dims. torch.Tensor.mH */
  readonly mH: Tensor;
  /** The bytes of one element. torch.Tensor.itemsize */
  readonly itemsize: number;
  /** The bytes of all elements. torch.Tensor.nbytes */
  readonly nbytes: number;
  /** Whether `retainGrad` was called on it. torch.Tensor.retains_grad */
  readonly retainsGrad: boolean;
}

/** What each property is of a tensor. */
export const properties: { readonly [K in keyof TensorProperties]: (x: Tensor) => TensorProperties[K] } = {
  T: (x) => permute(x, x.shape.map((_, d) => d).reverse()), // prettier-ignore
  mT: (x) => matrices('mT', x),
  H: (x) => {
    if (x.shape.length !== 0 && x.shape.length !== 2)
      throw new ShapeError('H', `it takes a matrix, not shape ${show(x.shape)}. Use mH for several.`);
    return x.shape.length === 0 ? view(x, []) : transpose(x, 0, 1);
  },
  mH: (x) => matrices('mH', x),
  itemsize: elementSize,
  nbytes: (x) => elementSize(x) * x.numel(),
  retainsGrad: (x) => x.autograd?.retainsGrad ?? false,
};
