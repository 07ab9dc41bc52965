// Gradient clipping. Nothing is read back: the factor is computed and applied on the device.

import { loopOp, noGrad, runLoop, stack, tensor, ValueError, type Tensor } from '@rushlight/core';
import { abs, constant, minimum } from '@rushlight/core/kernel';
import { listParams } from './param-group.ts';

export interface ClipGradNormOptions {
  /** p of the p-norm; may be Infinity. Default 2. */
  readonly normType?: number;
  /** Refuse a total norm that is NaN or infinite. Default false. */
  readonly errorIfNonfinite?: boolean;
}

const factorOp = loopOp('clipGradNorm_', (k, checked: boolean) => {
  const total = k.input(0);
  if (checked) k.check('element', abs(total).lt(Infinity).not(), total);
  const factor = k.scalar(total.dtype).div(total.add(1e-6));
  k.perElement(minimum(factor, constant(1, total.dtype)));
});

const gradsOf = (op: string, parameters: Tensor | Iterable<Tensor>): Tensor[] =>
  listParams(op, parameters).flatMap(({ grad }) => (grad ? [grad.detach()] : []));

/**
 * Scales all gradients by the same factor so that the norm of all of them together is at most `maxNorm`; returns what that norm
 * was, a 0-dim tensor. Throws ValueError for a norm that is NaN or infinite if `errorIfNonfinite`.
 * torch.nn.utils.clip_grad_norm_
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  { normType = 2, errorIfNonfinite = false }: ClipGradNormOptions = {},
): Tensor {
  return noGrad(() => {
    const grads = gradsOf('clipGradNorm_', parameters);
    if (grads.length === 0) return tensor(0);
    const total = stack(grads.map((grad) => grad.norm({ p: normType }))).norm({ p: normType });
    const [factor] = runLoop(factorOp([total], errorIfNonfinite), [total], {
      scalars: [maxNorm],
      explain: ({ value }) =>
        new ValueError(
          'clipGradNorm_',
          `the total norm of order ${normType} of the gradients is ${value}, so they cannot be clipped. Set { errorIfNonfinite: false } to scale them anyway.`,
        ),
    });
    for (const grad of grads) grad.mul_(factor as Tensor);
    return total;
  });
}

/** Brings every element of all gradients into [−clipValue, clipValue]. torch.nn.utils.clip_grad_value_ */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  noGrad(() => {
    for (const grad of gradsOf('clipGradValue_', parameters)) grad.clamp_({ min: -clipValue, max: clipValue });
  });
}
