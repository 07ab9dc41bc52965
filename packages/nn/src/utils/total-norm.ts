import { loopOp, norm, runLoop, stack, tensor, ValueError, type Tensor } from '@rushlight/core';
import { abs } from '@rushlight/core/kernel';

export interface TotalNormOptions {
  /** p of the p-norm; may be Infinity. Default 2. */
  readonly normType?: number;
  /** Refuse a norm that is NaN or infinite. Default false. */
  readonly errorIfNonfinite?: boolean;
}

const finiteOp = /* @__PURE__ */ loopOp('getTotalNorm', (k) => {
  const total = k.input(0);
  k.check('element', abs(total).lt(Infinity).not(), total);
  k.perElement(total);
});

/**
 * The norm of all tensors as of one vector, a 0-dim tensor. Throws ValueError for a norm that is NaN or infinite if
 * `errorIfNonfinite`. torch.nn.utils.get_total_norm
 */
export function getTotalNorm(
  tensors: Tensor | Iterable<Tensor>,
  { normType = 2, errorIfNonfinite = false }: TotalNormOptions = {},
): Tensor {
  const list = Symbol.iterator in tensors ? [...tensors] : [tensors];
  if (list.length === 0) return tensor(0);
  const total = norm(stack(list.map((x) => norm(x, { p: normType }))), { p: normType });
  if (!errorIfNonfinite) return total;
  const [checked] = runLoop(finiteOp([total]), [total], {
    explain: ({ value }) =>
      new ValueError(
        'getTotalNorm',
        `the norm of order ${normType} is ${value}. Pass { errorIfNonfinite: false } to get it anyway.`,
      ),
  });
  return checked as Tensor;
}
