// The hinge loss of several classes.

import { autocasting, loopOp, runLoop, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import { select } from '@rushlight/core/kernel';
import { atPosition } from './at-position.ts';
import { checkIndexDType, classWeight } from './class-target.ts';
import { checkFloat, refuseGrad } from './float-operands.ts';
import { LossModule } from './loss-module.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `multiMarginLoss` and `MultiMarginLoss`. */
export interface MultiMarginLossOptions extends ReductionOptions {
  /** The power of the hinge. Default 1. */
  readonly p?: 1 | 2;
  /** By how much the target's score shall be the largest. Default 1. */
  readonly margin?: number;
  /** A factor for each class, which samples of that class get. */
  readonly weight?: Tensor | null | undefined;
}

const op = 'multiMarginLoss';

const multiMargin = loopOp(op, (k, isSquared: boolean) => {
  const [x, index] = [k.input(0), k.input(1).cast('int32')];
  const [margin, classes, count] = [k.scalar(x.dtype), k.scalar('int32'), k.scalar(x.dtype)];
  k.check('row', index.lt(0).or(index.ge(classes)), index);
  const hit = k.column.eq(index);
  const z = margin.sub(k.sum(select(hit, x, 0))).add(x);
  const total = k.sum(select(hit.not().and(z.gt(0)), isSquared ? z.square() : z, 0));
  const weights = k.inputs[2];
  k.perRow((weights ? total.mul(k.sum(select(hit, weights, 0))) : total).div(count));
});

/**
 * w[y]·Σ_{i ≠ y} max(0, margin − input[y] + input[i])^p / C for each sample, where y is its target and C the number of
 * classes. Averaged over the samples unless the reduction says otherwise; NaN if there are none.
 *
 * `input`: scores, float, [N, C], [C] or []. `target`: class indices, int32 or uint8, [N], for one sample also []. `weight`:
 * [C], of the dtype of the input; it has no gradient. Result: a scalar, or the shape of the target for reduction `none`. Throws
 * ShapeError or DTypeError where these do not fit, AutogradError for a weight that requires grad, ValueError for a class out of
 * range (named with its position), another p or an unknown reduction. torch.nn.functional.multi_margin_loss
 *
 * @example
 * multiMarginLoss(randn([3, 5]), tensor([1, 0, 4], { dtype: 'int32' }), { margin: 0.5 });
 */
export function multiMarginLoss(
  input: Tensor,
  target: Tensor,
  { p = 1, margin = 1, weight, reduction }: MultiMarginLossOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode)
    return mode.run('multiMarginLoss', multiMarginLoss, [
      input,
      target,
      { p, margin, weight, ...(reduction && { reduction }) },
    ]);
  checkReduction(op, reduction);
  if (p !== 1 && p !== 2) throw new ValueError(op, `p is ${String(p)}. It must be 1 or 2.`);
  const { rows, classes } = scores(op, input);
  const samples = rows.shape[0] ?? 0;
  if (target.ndim > 1 || target.numel() !== samples) {
    throw new ShapeError(
      op,
      `the input has shape ${show(input.shape)}, the target ${show(target.shape)}. Give one class per sample: shape [${samples}].`,
    );
  }
  checkIndexDType(op, target);
  if (weight) refuseGrad(op, 'weight', weight);
  const inputs = [rows, target.reshape([samples, 1]), ...(weight ? [classWeight(op, rows, weight, 1)] : [])];
  const [losses] = runLoop(multiMargin(inputs, p === 2), inputs, {
    columns: [1],
    scalars: [margin, classes, classes],
    explain: ({ value, position }) =>
      new ValueError(
        op,
        `target ${value}${atPosition(position, target.shape)} is out of range for ${classes} classes. Use 0 … ${classes - 1}.`,
      ),
  });
  const shaped = target.ndim === 0 ? (losses as Tensor).reshape([]) : (losses as Tensor);
  return reduce(shaped, reduction);
}

/** The input as one row of scores per sample. */
export function scores(name: string, input: Tensor): { rows: Tensor; classes: number } {
  checkFloat(name, 'input', input);
  const { shape, ndim } = input;
  const classes = ndim === 0 ? 1 : (shape.at(-1) ?? 0);
  if (ndim > 2 || classes === 0) {
    throw new ShapeError(name, `the input has shape ${show(shape)}. Use [N, C] or [C], with at least one class.`);
  }
  return { rows: ndim === 2 ? input : input.reshape([1, classes]), classes };
}

/** `multiMarginLoss` as a module, with the same options. Its `weight` is a buffer. torch.nn.MultiMarginLoss */
export class MultiMarginLoss extends LossModule {
  readonly p: 1 | 2;
  /** By how much the target's score shall be the largest. */
  readonly margin: number;
  /** A factor for each class. */
  declare readonly weight: Tensor | null;

  constructor({ p = 1, margin = 1, weight = null, reduction = 'mean' }: MultiMarginLossOptions = {}) {
    super(reduction);
    this.p = p;
    this.margin = margin;
    this.registerBuffer('weight', weight);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return multiMarginLoss(input, target, this);
  }
}
