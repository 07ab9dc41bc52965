// Gradient clipping. Nothing is read back: the factor is computed and applied on the device.

import {
  isTensor,
  loopOp,
  noGrad,
  norm,
  runLoop,
  show,
  stack,
  tensor,
  tidy,
  ValueError,
  type Tensor,
} from '@rushlight/core';
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

function checkLimit(op: string, name: string, limit: number): void {
  if (typeof limit === 'number' && limit >= 0) return;
  throw new ValueError(op, `${name} is ${String(limit)}. It must be a number ≥ 0.`);
}

const gradsOf = (op: string, parameters: Tensor | Iterable<Tensor>): Tensor[] =>
  listParams(op, parameters).flatMap(({ ownGrad }) => (ownGrad ? [ownGrad.detach()] : []));

/**
 * Scales all gradients by the same factor so that the norm of all of them together is at most `maxNorm`; returns what that norm
 * was, a 0-dim tensor. Throws ValueError for a maxNorm that is no number ≥ 0, and for a norm that is NaN or infinite if
 * `errorIfNonfinite`.
 * torch.nn.utils.clip_grad_norm_
 */
export function clipGradNorm_(
  parameters: Tensor | Iterable<Tensor>,
  maxNorm: number,
  { normType = 2, errorIfNonfinite = false }: ClipGradNormOptions = {},
): Tensor {
  checkLimit('clipGradNorm_', 'maxNorm', maxNorm);
  const clip = (): Tensor => {
    const grads = gradsOf('clipGradNorm_', parameters);
    if (grads.length === 0) return tensor(0);
    const total = norm(stack(grads.map((grad) => norm(grad, { p: normType }))), { p: normType });
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
  };
  return noGrad(() => tidy(clip));
}

/**
 * Scales all gradients as clipGradNorm_ does, by a norm that is given: that of the gradients of several groups, say. Throws ValueError
 * for a maxNorm that is no number ≥ 0, or a total norm that is no 0-dim tensor. torch.nn.utils.clip_grads_with_norm_
 */
export function clipGradsWithNorm_(parameters: Tensor | Iterable<Tensor>, maxNorm: number, totalNorm: Tensor): void {
  const op = 'clipGradsWithNorm_';
  checkLimit(op, 'maxNorm', maxNorm);
  if (!isTensor(totalNorm) || totalNorm.shape.length > 0) {
    const what = isTensor(totalNorm) ? `of shape ${show(totalNorm.shape)}` : String(totalNorm);
    throw new ValueError(op, `totalNorm is ${what}. It must be a 0-dim tensor, as getTotalNorm gives.`);
  }
  noGrad(() =>
    tidy(() => {
      const [factor] = runLoop(factorOp([totalNorm], false), [totalNorm], { scalars: [maxNorm] });
      for (const grad of gradsOf(op, parameters)) grad.mul_(factor as Tensor);
    }),
  );
}

/**
 * Brings every element of all gradients into [−clipValue, clipValue]. Throws ValueError for a clipValue that is no number ≥ 0.
 * torch.nn.utils.clip_grad_value_
 */
export function clipGradValue_(parameters: Tensor | Iterable<Tensor>, clipValue: number): void {
  checkLimit('clipGradValue_', 'clipValue', clipValue);
  noGrad(() => {
    for (const grad of gradsOf('clipGradValue_', parameters)) grad.clamp_({ min: -clipValue, max: clipValue });
  });
}
