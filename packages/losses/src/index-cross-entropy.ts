// Cross-entropy with class indices. Where the logits want a gradient, the loop that finds the losses writes it too: the
// exponentials are there, and backward need not come back to the logits.

import { isGradEnabled, letGo, loopOp, recordReady, runLoop, type DType, type LoopBuilder, type Tensor } from '@rushlight/core'; // prettier-ignore
import { constant, override, select, type Expr } from '@rushlight/core/kernel';
import {
  hits, indexedClass, indexLaunch, lossOfIndices, reduceRows, type ClassOptions, type IndexedClass, type IndexLaunch,
} from './class-target.ts'; // prettier-ignore
import { shifted } from './shifted.ts';

const op = 'crossEntropy';

/** The loss of a row; `gradient(unit)` is that of its logits, where the result counts the row `unit` times. */
interface RowLoss {
  readonly target: IndexedClass;
  readonly loss: Expr;
  gradient(unit: Expr | undefined): Expr;
}

function rowLoss(k: LoopBuilder, weights: Expr | undefined, smoothed: boolean): RowLoss {
  const x = k.input(0);
  const target = indexedClass(k, weights);
  const { ignored, hit } = target;
  const { z, power, sum, logSum } = shifted(k, x);
  const once = (unit: Expr | undefined): Expr => (unit ? select(ignored, 0, unit) : constant(1, x.dtype));
  const pulled = (at: Expr): Expr => select(hit, at, 0);
  const loss = target.weight.mul(logSum.sub(k.sum(pulled(z))));
  if (!smoothed) {
    const gradient = (unit: Expr | undefined): Expr => {
      const at = target.weight.mul(once(unit));
      return power.mul(at.div(sum)).sub(pulled(at));
    };
    return { target, loss, gradient };
  }
  const [sharp, share, classes] = [k.scalar(x.dtype), k.scalar(x.dtype), k.scalar(x.dtype)];
  const even = select(ignored, 0, share);
  const total = weights ? k.sum(weights) : classes;
  const evenly = total.mul(logSum).sub(k.sum(weights ? weights.mul(z) : z));
  return {
    target,
    loss: loss.mul(sharp).add(even.mul(evenly)),
    gradient: (unit) => {
      const at = target.weight.mul(sharp).mul(once(unit));
      const each = even.mul(once(unit));
      const all = at.add(each.mul(total));
      return power
        .mul(all.div(sum))
        .sub(pulled(at))
        .sub(weights ? weights.mul(each) : each);
    },
  };
}

function writeRows(k: LoopBuilder, { target, loss }: RowLoss): void {
  // An ignored row costs 0 whatever its logits are; its gradient is 0 times their softmax, NaN where that is, as in PyTorch.
  k.perRow(override(select(target.ignored, 0, loss), [[loss, 1]]));
  k.perRow(target.weight);
}

const lossOp = loopOp(op, (k, smoothed: boolean) => writeRows(k, rowLoss(k, k.inputs[2], smoothed)));

/** The same with the gradient of each logit. Its last input, for the mean, is what a row of weight 1 counts. */
const gradientOp = loopOp(op, (k, smoothed: boolean, weighted: boolean, isMean: boolean) => {
  const row = rowLoss(k, weighted ? k.inputs[2] : undefined, smoothed);
  writeRows(k, row);
  k.perElement(row.gradient(isMean ? k.inputs[weighted ? 3 : 2] : undefined));
});

/** The weight of each row's class, which is checked elsewhere. */
const weightOp = loopOp('classWeight', (k) => {
  const index = k.input(0).cast('int32');
  k.perRow(k.sum(select(hits(k, index, index.eq(k.scalar('int32'))), k.input(1), 0)));
});

/** 1 / Σ weight, NaN where the weights are all 0. Reads the weights of the rows, or the targets where all have weight 1. */
const unitOp = loopOp('meanUnit', (k, dtype: DType, weighted: boolean) => {
  const total = k.sum(weighted ? k.input(0) : k.input(0).cast('int32').ne(k.scalar('int32')).cast(dtype));
  k.perRow(select(total.eq(0), constant(NaN, dtype), 1).div(total));
});

/** What a row of weight 1 counts in the mean. */
function meanUnit(target: Tensor, ignoreIndex: number, { inputs: [x, ...classes], dim }: IndexLaunch): Tensor {
  const { dtype } = x as Tensor;
  const weights =
    classes.length > 1 ? runLoop(weightOp(classes), classes, { columns: [dim], scalars: [ignoreIndex] })[0] : undefined;
  const counted = [weights ?? target];
  const columns = target.shape.map((_, d) => d);
  const unit = runLoop(unitOp(counted, dtype, weights !== undefined), counted, {
    columns,
    scalars: weights ? [] : [ignoreIndex],
  });
  if (weights) letGo([weights]);
  return unit[0] as Tensor;
}

/** `numbers`: of label smoothing, what the target's class keeps, what each class gets, and of how many; none without it. */
export function crossEntropyOfIndices(
  input: Tensor,
  target: Tensor,
  options: ClassOptions,
  numbers: readonly number[],
): Tensor {
  const smoothed = numbers.length > 0;
  const { weight, ignoreIndex = -100, reduction = 'mean' } = options;
  const plain = (x: Tensor, classes: Tensor, weights?: Tensor): Tensor =>
    lossOfIndices(op, (inputs) => lossOp(inputs, smoothed), [x, classes], { ...options, weight: weights }, numbers);
  // In float16 the gradient would lose its small numbers before it meets the factor that is to save them.
  if (!input.requiresGrad || !isGradEnabled() || input.dtype === 'float16')
    return plain(input, target, weight ?? undefined);

  const x = input.detach();
  const launch = indexLaunch(op, [x, target], options, numbers);
  const unit = reduction === 'mean' ? meanUnit(target, ignoreIndex, launch) : undefined;
  const inputs = unit ? [...launch.inputs, unit] : launch.inputs;
  const loop = gradientOp(inputs, smoothed, Boolean(weight), unit !== undefined);
  const [losses, weights, ready] = runLoop(loop, inputs, launch.options) as [Tensor, Tensor, Tensor];
  const loss = reduceRows(losses, weights, target, options);
  if (unit) letGo([unit]);
  recordReady(op, [input, target, ...(weight ? [weight] : [])], loss, {
    ready,
    dim: launch.dim,
    again: ([logits, classes, factors]) => plain(logits as Tensor, classes as Tensor, factors),
  });
  return loss;
}
