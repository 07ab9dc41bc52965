import type { Tensor } from '../tensor.ts';
import { mean, std, var as variance, type Dims, type VarOptions } from './reduction.ts';
import { splitDim } from './split-dim.ts';

function meanOf(x: Tensor, dim: Dims | VarOptions, options: VarOptions | undefined): Tensor {
  const [dims, { keepdim = false } = {}] = splitDim<Dims, VarOptions>(dim, options);
  return mean(x, dims, { keepdim });
}

/** The standard deviation and the mean over the dims, as `std` and `mean`. torch.std_mean */
export function stdMean(x: Tensor, dim?: Dims | VarOptions, options?: VarOptions): [std: Tensor, mean: Tensor] {
  return [std(x, dim, options), meanOf(x, dim, options)];
}

/** The variance and the mean over the dims, as `var` and `mean`. torch.var_mean */
export function varMean(x: Tensor, dim?: Dims | VarOptions, options?: VarOptions): [variance: Tensor, mean: Tensor] {
  return [variance(x, dim, options), meanOf(x, dim, options)];
}
