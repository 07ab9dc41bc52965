// What cross-entropy and the negative log likelihood share: rows are samples, columns are classes, and a target names the
// class of each sample. Which column that is, and whether there is one, is found out inside the kernel.

import {
  DTypeError, letGo, loopOp, runLoop, ShapeError, show, ValueError, type KernelCheckError,
  type LoopBuilder, type LoopOp, type LoopOptions, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { constant, select, type Expr } from '@rushlight/core/kernel';
import { atPosition } from './at-position.ts';
import { checkFloat, refuseGrad } from './float-operands.ts';
import type { ReductionOptions } from './reduction.ts';
import { isSameShape } from './same-shape.ts';

export interface ClassOptions extends ReductionOptions {
  /** A factor for each class, of shape [C]. */
  readonly weight?: Tensor | null | undefined;
  /** Targets of this value count for nothing. Default -100. */
  readonly ignoreIndex?: number;
}

/** The dim of the classes: [C], [N, C], [N, C, d1, …]. */
export function classDim(op: string, input: Tensor): number {
  const { shape } = input;
  checkFloat(op, 'input', input);
  const dim = shape.length === 1 ? 0 : 1;
  if (shape.length === 0 || shape[dim] === 0) {
    throw new ShapeError(op, `the input of shape ${show(shape)} has no classes. Use [C], [N, C] or [N, C, d1, …].`);
  }
  return dim;
}

/** The weight of each class, shaped to be walked along the classes of the input. */
export function classWeight(op: string, input: Tensor, weight: Tensor, dim: number): Tensor {
  const classes = input.shape[dim] ?? 0;
  if (weight.shape.length !== 1 || weight.shape[0] !== classes) {
    throw new ShapeError(
      op,
      `the weight has shape ${show(weight.shape)}, the input ${show(input.shape)}. Give one weight per class: shape [${classes}].`,
    );
  }
  if (weight.dtype !== input.dtype) {
    throw new DTypeError(
      op,
      `the weight is ${weight.dtype}, the input ${input.dtype}. Convert it with \`.to('${input.dtype}')\`.`,
    );
  }
  return weight.reshape([classes, ...input.shape.slice(dim + 1).map(() => 1)]);
}

export interface IndexedClass {
  /** True at the target's column; nowhere in a row that is ignored. */
  readonly hit: Expr;
  readonly ignored: Expr;
  /** The weight of the target's class; 0 for ignored rows. */
  readonly weight: Expr;
}

/** Whether the column is the class of its row: as the number of the row it names, so that backends sum over that column alone. */
export const hits = (k: LoopBuilder, index: Expr, ignored: Expr): Expr =>
  k.column.eq(select(ignored, constant(-1, 'int32'), index));

/** Reads the class of each row from input 1 and checks it; `weights` are those of the classes. Takes the first two scalars. */
export function indexedClass(k: LoopBuilder, weights: Expr | undefined): IndexedClass {
  const index = k.input(1).cast('int32');
  const ignored = index.eq(k.scalar('int32'));
  const outside = index.lt(0).or(index.ge(k.scalar('int32')));
  k.check('row', outside.and(ignored.not()), index);
  const hit = hits(k, index, ignored);
  return { hit, ignored, weight: weights ? k.sum(select(hit, weights, 0)) : ignored.not().cast(k.input(0).dtype) };
}

/**
 * Σ loss / Σ weight, NaN where the weights are all 0, though label smoothing may give the losses a sum. What is ignored gets no
 * gradient, not even that of a division by 0.
 */
const weightedMeanOp = loopOp('weightedMean', (k) => {
  const ignored = k.input(2).cast('int32').eq(k.scalar('int32'));
  const total = k.sum(k.input(1));
  const unweighted = select(total.eq(0), constant(NaN, total.dtype), 1);
  k.perRow(
    k
      .sum(select(ignored, 0, k.input(0)))
      .mul(unweighted)
      .div(total),
  );
});

export interface IndexLaunch {
  readonly inputs: readonly Tensor[];
  /** The dim of the classes. */
  readonly dim: number;
  readonly options: LoopOptions;
}

/** How a loop that reads its classes by `indexedClass` is launched; `numbers` are its further scalars. */
export function indexLaunch(
  op: string,
  [input, target]: readonly [input: Tensor, target: Tensor],
  { weight, ignoreIndex = -100 }: ClassOptions,
  numbers: readonly number[] = [],
): IndexLaunch {
  if ((ignoreIndex | 0) !== ignoreIndex) {
    throw new ValueError(op, `ignoreIndex is ${String(ignoreIndex)}. It must be an int32, as the targets are.`);
  }
  refuseGrad(op, 'weight', weight);
  const dim = classDim(op, input);
  const classes = input.shape[dim] ?? 0;
  const inputs = [input, target.unsqueeze(dim), ...(weight ? [classWeight(op, input, weight, dim)] : [])];
  const options = {
    columns: [dim],
    scalars: [ignoreIndex, classes, ...numbers],
    explain: (failure: KernelCheckError) => outOfRange(op, failure, target.shape, classes, ignoreIndex),
  };
  return { inputs, dim, options };
}

/** Runs a loop that reads its classes by `indexedClass` and writes the loss and the weight of each row; `numbers` are its further scalars. */
export function lossOfIndices(
  op: string,
  loop: (inputs: readonly Tensor[]) => LoopOp,
  [input, target]: readonly [input: Tensor, target: Tensor],
  classOptions: ClassOptions,
  numbers: readonly number[] = [],
): Tensor {
  const { inputs, options } = indexLaunch(op, [input, target], classOptions, numbers);
  const [losses, weights] = runLoop(loop(inputs), inputs, options) as [Tensor, Tensor];
  return reduceRows(losses, weights, target, classOptions);
}

/** The losses of rows as the reduction wants them, which are let go of where they are not the result. */
export function reduceRows(
  losses: Tensor,
  weights: Tensor,
  target: Tensor,
  { ignoreIndex = -100, reduction = 'mean' }: ClassOptions,
): Tensor {
  if (reduction === 'none') {
    letGo([weights]);
    return losses;
  }
  const total = reduction === 'sum' ? losses.sum() : weightedMean(losses, weights, target, ignoreIndex);
  letGo([losses, weights]);
  return total;
}

function weightedMean(losses: Tensor, weights: Tensor, target: Tensor, ignoreIndex: number): Tensor {
  const inputs = [losses, weights, target];
  const columns = target.shape.map((_, d) => d);
  return runLoop(weightedMeanOp(inputs), inputs, { columns, scalars: [ignoreIndex] })[0] as Tensor;
}

/** Refuses targets that cannot be class indices of the input; `otherwise` says what else the target may be. */
export function checkIndices(op: string, input: Tensor, target: Tensor, otherwise = ''): void {
  const shape = input.shape.toSpliced(classDim(op, input), 1);
  if (!isSameShape(target.shape, shape)) {
    const expected = show(shape);
    throw new ShapeError(
      op,
      `the input has shape ${show(input.shape)}, the target ${show(target.shape)}. Class indices for this input have shape ${expected}${otherwise}.`,
    );
  }
  checkIndexDType(op, target);
}

/** Refuses a target that is not of whole numbers. */
export function checkIndexDType(op: string, target: Tensor): void {
  if (target.dtype === 'int32' || target.dtype === 'uint8') return;
  const cure = "Make them with `tensor([…], { dtype: 'int32' })` or convert with `.to('int32')`.";
  throw new DTypeError(op, `the target is ${target.dtype}. Class indices are int32 or uint8. ${cure}`);
}

function outOfRange(
  op: string,
  { value, position }: KernelCheckError,
  shape: readonly number[],
  classes: number,
  ignoreIndex: number,
): ValueError {
  const cure = `Use 0 … ${classes - 1}, or ${ignoreIndex} for what shall be ignored.`;
  return new ValueError(
    op,
    `target ${value}${atPosition(position, shape)} is out of range for ${classes} classes. ${cure}`,
  );
}
