// The in-place forms of operations that need all of their operand before they write any of it: computed aside and copied back.

import type { Tensor } from '../tensor.ts';
import { addmm, addmv, baddbmm, type AddmmOptions } from './matrix-products.ts';
import { cumprod, cumsum, type ScanOptions } from './scan.ts';
import { tril, triu, type TriangleOptions } from './triangle.ts';

/** `cumsum` in x itself. torch.Tensor.cumsum_ */
export function cumsum_(x: Tensor, dim: number, options: ScanOptions = {}): Tensor {
  return x.copy_(cumsum(x.clone(), dim, options));
}

/** `cumprod` in x itself. torch.Tensor.cumprod_ */
export function cumprod_(x: Tensor, dim: number, options: ScanOptions = {}): Tensor {
  return x.copy_(cumprod(x.clone(), dim, options));
}

/** `tril` in x itself. torch.Tensor.tril_ */
export function tril_(x: Tensor, options: TriangleOptions = {}): Tensor {
  return x.copy_(tril(x.clone(), options));
}

/** `triu` in x itself. torch.Tensor.triu_ */
export function triu_(x: Tensor, options: TriangleOptions = {}): Tensor {
  return x.copy_(triu(x.clone(), options));
}

/** `addmm` in x itself. torch.Tensor.addmm_ */
export function addmm_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return x.copy_(addmm(x.clone(), a, b, options));
}

/** `addmv` in x itself. torch.Tensor.addmv_ */
export function addmv_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return x.copy_(addmv(x.clone(), a, b, options));
}

/** `baddbmm` in x itself. torch.Tensor.baddbmm_ */
export function baddbmm_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return x.copy_(baddbmm(x.clone(), a, b, options));
}
