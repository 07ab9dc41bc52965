// What PyTorch has under torch.autograd.functional.

export { hessian, type HessianOptions } from './hessian.ts';
export { hvp, vhp } from './hessian-products.ts';
export { jacobian, type DerivativeStrategy, type JacobianOptions } from './jacobian.ts';
export { jvp, vjp, type JvpOptions, type VjpOptions } from './vector-products.ts';
export type { DerivativeOptions } from './differentiation.ts';
export type { Like, TensorFunction, TensorOrList } from './tensor-list.ts';
