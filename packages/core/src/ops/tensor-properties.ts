// What reads as a property of a tensor: `x.T`.

import { ShapeError, show } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { elementSize } from './tensor-facts.ts';
import { permute, transpose, view } from './view.ts';

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
