// The in-place forms of operations that need all of their operand before they write any of it: computed aside and copied back.

import type { Tensor } from '../tensor.ts';
import { addmm, addmv, baddbmm, type AddmmOptions } from './matrix-products.ts';
import { cumprod, cumsum, type ScanOptions } from './scan.ts';
import { throughCopy } from './through-copy.ts';
import { tril, triu, type TriangleOptions } from './triangle.ts';

/** `cumsum` in x itself. torch.Tensor.cumsum_ */
export function cumsum_(x: Tensor, dim: number, options: ScanOptions = {}): Tensor {
  return throughCopy(x, [], (copy) => cumsum(copy, dim, options));
}

/** `cumprod` in x itself. torch.Tensor.cumprod_ */
export function cumprod_(x: Tensor, dim: number, options: ScanOptions = {}): Tensor {
  return throughCopy(x, [], (copy) => cumprod(copy, dim, options));
}

/** `tril` in x itself. torch.Tensor.tril_ */
export function tril_(x: Tensor, options: TriangleOptions = {}): Tensor {
  return throughCopy(x, [], (copy) => tril(copy, options));
}

/** `triu` in x itself. torch.Tensor.triu_ */
export function triu_(x: Tensor, options: TriangleOptions = {}): Tensor {
  return throughCopy(x, [], (copy) => triu(copy, options));
}

/** `addmm` in x itself. torch.Tensor.addmm_ */
export function addmm_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return throughCopy(x, [a, b], (copy) => addmm(copy, a, b, options));
}

/** `addmv` in x itself. torch.Tensor.addmv_ */
export function addmv_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return throughCopy(x, [a, b], (copy) => addmv(copy, a, b, options));
}

/** `baddbmm` in x itself. torch.Tensor.baddbmm_ */
export function baddbmm_(x: Tensor, a: Tensor, b: Tensor, options: AddmmOptions = {}): Tensor {
  return throughCopy(x, [a, b], (copy) => baddbmm(copy, a, b, options));
}
