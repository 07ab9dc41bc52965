// What PyTorch has under torch.func.

export { grad, gradAndValue, type Argnums, type TransformOptions } from './grad.ts';
export { hessian, jacfwd, jacrev, type JacfwdOptions, type JacrevOptions } from './jacobians.ts';
export { jvp, linearize, vjp, type ProductOptions, type PushOptions } from './products.ts';
export { vmap, type LaneDims, type VmapOptions } from './vmap.ts';
