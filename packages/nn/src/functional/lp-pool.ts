import {
  avgPool1d, avgPool2d, avgPool3d, letGo, loopOp, runLoop, ValueError, type AvgPoolOptions, type PerDim, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { pow, select } from '@rushlight/core/kernel';

export type LPPoolOptions = Pick<AvgPoolOptions, 'stride' | 'ceilMode'>;

/** (mean · scalar 0) ^ scalar 1, without a gradient where the mean is 0. */
const rootOp = /* @__PURE__ */ loopOp('lpPool', (k) => {
  const mean = k.input(0);
  const [count, exponent] = [k.scalar(mean.dtype), k.scalar(mean.dtype)];
  k.perElement(pow(select(mean.ne(0), mean.mul(count), 0), exponent));
});

function lpPool(
  rank: number,
  average: typeof avgPool2d,
  x: Tensor,
  normType: number,
  kernelSize: PerDim,
  { stride, ceilMode = false }: LPPoolOptions,
): Tensor {
  const op = `lpPool${rank}d`;
  if (!normType) throw new ValueError(op, `normType is ${String(normType)}. Use a number other than 0.`);
  const powers = x.pow(normType);
  const mean = average(powers, kernelSize, { stride, ceilMode, _op: op });
  const sizes = typeof kernelSize === 'number' ? [kernelSize] : kernelSize;
  const count = sizes.length === 1 ? (sizes[0] ?? 1) ** rank : sizes.reduce((product, n) => product * n, 1);
  const [root] = runLoop(rootOp([mean]), [mean], { scalars: [count, 1 / normType] }) as [Tensor];
  letGo([powers]);
  letGo([mean]);
  return root;
}

/**
 * The p-norm of every window, (Σ x^p)^(1/p) with p = normType: x [N, C, L] or [C, L] of floats. A last window that `ceilMode`
 * lets reach beyond the end counts its mean as often as a whole one has elements. As in PyTorch x^p is taken of x, not of |x|, and
 * where the sum is 0 no gradient flows. torch.nn.functional.lp_pool1d
 */
export function lpPool1d(x: Tensor, normType: number, kernelSize: PerDim, options: LPPoolOptions = {}): Tensor {
  return lpPool(1, avgPool1d, x, normType, kernelSize, options);
}

/** As lpPool1d over two dims: x [N, C, H, W] or [C, H, W]. torch.nn.functional.lp_pool2d */
export function lpPool2d(x: Tensor, normType: number, kernelSize: PerDim, options: LPPoolOptions = {}): Tensor {
  return lpPool(2, avgPool2d, x, normType, kernelSize, options);
}

/** As lpPool1d over three dims: x [N, C, D, H, W] or [C, D, H, W]. torch.nn.functional.lp_pool3d */
export function lpPool3d(x: Tensor, normType: number, kernelSize: PerDim, options: LPPoolOptions = {}): Tensor {
  return lpPool(3, avgPool3d, x, normType, kernelSize, options);
}
