// Initialisers that let their layer pass what it is given.

import { ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import { write } from './fill.ts';

/** Ones on the diagonal of a matrix. Throws ShapeError for other tensors. torch.nn.init.eye_ */
export function eye_<T extends Tensor>(w: T): T {
  const [rows = 0, columns = 0] = w.shape;
  if (w.shape.length !== 2)
    throw new ShapeError('eye_', `it fills matrices, not ${show(w.shape)}. Use dirac_ for kernels.`);
  const values = new Float64Array(rows * columns);
  for (let k = 0; k < Math.min(rows, columns); k++) values[k * columns + k] = 1;
  return write(w, values);
}

/**
 * The weight [out, in / groups, *kernel] of a convolution that passes its channels on. Throws ShapeError unless it has 3 to 5
 * dims, ValueError if the groups do not divide its channels. torch.nn.init.dirac_
 */
export function dirac_<T extends Tensor>(w: T, { groups = 1 }: { readonly groups?: number } = {}): T {
  const [out = 0, into = 0, ...kernel] = w.shape;
  if (w.shape.length < 3 || w.shape.length > 5) {
    throw new ShapeError(
      'dirac_',
      `it fills the weights of convolutions, of 3 to 5 dims, not ${show(w.shape)}. Use eye_ for matrices.`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || out % groups !== 0) {
    throw new ValueError('dirac_', `${groups} groups do not divide ${out} channels. Use a divisor.`);
  }
  const field = kernel.reduce((product, n) => product * n, 1);
  const centre = kernel.reduce((at, n) => at * n + Math.floor(n / 2), 0);
  const values = new Float64Array(out * into * field);
  const perGroup = out / groups;
  for (let channel = 0; channel < out; channel++) {
    const source = channel % perGroup;
    if (source < into) values[(channel * into + source) * field + centre] = 1;
  }
  return write(w, values);
}
