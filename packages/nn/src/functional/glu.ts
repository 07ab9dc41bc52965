import { ShapeError, show, type Tensor } from '@rushlight/core';

/** a · sigmoid(b) of the halves a and b along a dim. Throws ShapeError for an odd size. torch.nn.functional.glu */
export function glu(x: Tensor, dim = -1): Tensor {
  const size = x.shape.at(dim);
  if (size === undefined || size % 2 !== 0) {
    throw new ShapeError('glu', `dim ${dim} of ${show(x.shape)} cannot be halved. Its size must be even.`);
  }
  const [a, b] = x.split(size / 2, dim);
  return a && b ? a.mul(b.sigmoid()) : x.clone();
}
