// Complex numbers are out of scope: what would make or take apart one says so.

import { DTypeError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';

function refuse(op: string, cure: string): never {
  throw new DTypeError(op, `complex numbers are out of scope. ${cure}.`);
}

/** Always throws DTypeError. torch.complex */
export function complex(_real: Tensor, _imag: Tensor): never {
  return refuse('complex', 'Keep real and imaginary parts as two tensors');
}

/** Always throws DTypeError. torch.polar */
export function polar(_abs: Tensor, _angle: Tensor): never {
  return refuse('polar', 'Keep abs·cos(angle) and abs·sin(angle) as two tensors');
}

/** Always throws DTypeError: real numbers have no imaginary part to view. torch.imag */
export function imag(_x: Tensor): never {
  return refuse('imag', 'Of real numbers the imaginary part is zerosLike(x)');
}

/** Always throws DTypeError. torch.view_as_complex */
export function viewAsComplex(_x: Tensor): never {
  return refuse('viewAsComplex', 'Use x.unbind(-1) for the parts');
}

/** Always throws DTypeError: there are no complex tensors. torch.view_as_real */
export function viewAsReal(_x: Tensor): never {
  return refuse('viewAsReal', 'Use stack([real, imag], -1)');
}
