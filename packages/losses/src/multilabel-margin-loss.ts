// The hinge loss of several classes of which several are right. A sample names its classes one after another up to the first −1.

import {
  autocasting, autograd, loopOp, runLoop, scratch, ShapeError, show, tidy, ValueError, type DType, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { constant, mod, select, type Expr } from '@rushlight/core/kernel';
import { atPosition } from './at-position.ts';
import { checkIndexDType } from './class-target.ts';
import { LossModule } from './loss-module.ts';
import { scores } from './multi-margin-loss.ts';
import { checkReduction, reduce, type ReductionOptions } from './reduction.ts';

/** Options of `multilabelMarginLoss` and `MultiLabelMarginLoss`. */
export type MultiLabelMarginLossOptions = ReductionOptions;

const op = 'multilabelMarginLoss';

/** The labels with −1 in place of all that come after the first −1. */
const labelsOp = loopOp(op, (k) => {
  const label = k.input(0).cast('int32');
  const classes = k.scalar('int32');
  k.check('element', label.lt(-1).or(label.ge(classes)), label);
  const end = k.argmax(select(label.lt(0), constant(1, 'int32'), 0));
  const isCounted = end.value.eq(0).or(k.column.lt(end.position));
  k.perElement(select(isCounted, label, -1));
});

/** How often each class is named. Rows are classes, columns labels. */
const countOp = loopOp('labelCount', (k, dtype: DType) => {
  const named = mod(k.row, k.scalar('int32')).eq(k.input(0));
  k.perRow(k.sum(select(named, constant(1, dtype), 0)));
});

/** The score of each label, 0 where there is none. Rows are labels, columns classes. */
const scoreOp = loopOp('labelScore', (k) => k.perRow(k.sum(select(k.column.eq(k.input(1)), k.input(0), 0))));

/** What is too near: the score of a class that is not named, of one that is, and whether the two are to be compared. */
const excess = (x: Expr, label: Expr, score: Expr, count: Expr): { z: Expr; costs: Expr } => {
  const z = constant(1, x.dtype).sub(score).add(x);
  return { z, costs: label.ge(0).and(count.eq(0)).and(z.gt(0)) };
};

/** Inputs of the following are scores, labels, scores of labels, and counts. */
const lossOp = loopOp(op, (k) => {
  const { z, costs } = excess(k.input(0), k.input(1), k.input(2), k.input(3));
  k.perRow(k.sum(select(costs, z, 0)).div(k.scalar(z.dtype)));
});

/** How many classes are too near to a label. Rows are labels, columns classes. */
const nearOp = loopOp('labelNear', (k) => {
  const { z, costs } = excess(k.input(0), k.input(1), k.input(2), k.input(3));
  k.perRow(k.sum(select(costs, constant(1, z.dtype), 0)));
});

/** What each class is pushed: away from the labels that it is too near to, or towards what is too near to it. */
const slopeOp = loopOp('multilabelMarginLossBackward', (k) => {
  const label = k.input(1);
  const { z, costs } = excess(k.input(0), label, k.input(2), k.input(3));
  const [classes, count] = [k.scalar('int32'), k.scalar(z.dtype)];
  const isNamed = label.eq(mod(k.row, classes));
  const pushed = select(isNamed, k.input(4).neg(), select(costs, constant(1, z.dtype), 0));
  k.perRow(k.sum(pushed).div(count));
});

/** The loss of each row, of scores and checked labels. It is piecewise linear: its gradient is a factor that is found with it. */
class MultilabelMargin extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor, labels: Tensor): Tensor {
    const wantsSlope = ctx.needsInputGrad[0] === true;
    const [losses, slope] = tidy(() => lossAndSlope(x, labels, wantsSlope));
    if (slope) ctx.saveForBackward(slope);
    return losses;
  }

  static backward(ctx: autograd.FunctionContext, grad: Tensor): (Tensor | null)[] {
    const [slope] = ctx.savedTensors;
    return [slope ? grad.unsqueeze(1).mul(slope) : null, null];
  }
}

function lossAndSlope(x: Tensor, labels: Tensor, wantsSlope: boolean): [losses: Tensor, slope?: Tensor] {
  const [samples = 0, classes = 0] = x.shape;
  const across = { columns: [2] };
  const perRow = (loop: ReturnType<typeof lossOp>, inputs: readonly Tensor[], options: object): Tensor =>
    runLoop(loop, inputs, options)[0] as Tensor;
  // Dims of what is compared: samples, labels, classes; the other way around for counts and slopes.
  const [row, named] = [x.unsqueeze(1), labels.unsqueeze(2)];
  const [column, naming] = [x.unsqueeze(2), labels.unsqueeze(1)];
  const shape = [samples, classes, classes];
  const count = perRow(countOp([naming], x.dtype), [naming], { ...across, shape, scalars: [classes] });
  const score = perRow(scoreOp([row, named]), [row, named], { ...across, shape });
  const pairs = [row, named, score.unsqueeze(2), count.unsqueeze(1)];
  const losses = perRow(lossOp(pairs), pairs, { columns: [1, 2], shape, scalars: [classes] });
  if (!wantsSlope) return [losses];
  const near = perRow(nearOp(pairs), pairs, { ...across, shape });
  const turned = [column, naming, score.unsqueeze(1), count.unsqueeze(2), near.unsqueeze(1)];
  return [losses, perRow(slopeOp(turned), turned, { ...across, shape, scalars: [classes, classes] })];
}

/**
 * Σ_{j named} Σ_{i not named} max(0, 1 − input[j] + input[i]) / C for each sample, C the number of classes. Averaged over the
 * samples unless the reduction says otherwise; NaN if there are none.
 *
 * `input`: scores, float, [N, C] or [C]. `target`: int32 (uint8 has no −1), of the same shape: the classes of a sample, in any
 * order, then −1, whatever follows; a class that is named twice counts twice. Result: a scalar, or [N] for reduction `none` of
 * [N, C]. Throws ShapeError or DTypeError where these do not fit, ValueError for a class out of range (named with its position)
 * or an unknown reduction. torch.nn.functional.multilabel_margin_loss
 *
 * @example
 * multilabelMarginLoss(tensor([0.1, 0.2, 0.4, 0.8]), tensor([3, 0, -1, 1], { dtype: 'int32' })); // 0.85
 */
export function multilabelMarginLoss(
  input: Tensor,
  target: Tensor,
  { reduction }: MultiLabelMarginLossOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode)
    return mode.run('multilabelMarginLoss', multilabelMarginLoss, [input, target, { ...(reduction && { reduction }) }]);
  checkReduction(op, reduction);
  const { rows, classes } = scores(op, input);
  const isBatch = input.ndim === 2;
  const fits = isBatch ? target.ndim === 2 && target.shape[0] === input.shape[0] : target.ndim < 2;
  if (!fits || (target.ndim === 0 ? 1 : target.shape.at(-1)) !== classes) {
    throw new ShapeError(
      op,
      `the input has shape ${show(input.shape)}, the target ${show(target.shape)}. They must be equal: fill up the classes of a sample with -1.`,
    );
  }
  checkIndexDType(op, target);
  const given = [target.reshape(rows.shape)];
  return scratch([input], () => {
    const [labels] = runLoop(labelsOp(given), given, {
      columns: [1],
      scalars: [classes],
      explain: ({ value, position }) =>
        new ValueError(
          op,
          `target ${value}${atPosition(position, target.shape)} is out of range for ${classes} classes. Use 0 … ${classes - 1}, and -1 after the last.`,
        ),
    });
    const losses = MultilabelMargin.apply(rows, labels as Tensor);
    return reduce(isBatch ? losses : losses.reshape([]), reduction);
  });
}

/** `multilabelMarginLoss` as a module, with the same options. torch.nn.MultiLabelMarginLoss */
export class MultiLabelMarginLoss extends LossModule {
  constructor({ reduction = 'mean' }: MultiLabelMarginLossOptions = {}) {
    super(reduction);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, this);
  }
}
