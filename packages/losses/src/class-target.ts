// What cross-entropy and the negative log likelihood share: rows are samples, columns are classes, and a target names the
// class of each sample. Which column that is, and whether there is one, is found out inside the kernel.

import {
  AutogradError, DTypeError, isFloat, isGradEnabled, ShapeError, show, ValueError, type KernelCheckError,
  type LoopBuilder, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { select, type Expr } from '@rushlight/core/kernel';
import type { ReductionOptions } from './reduction.ts';

export interface ClassOptions extends ReductionOptions {
  /** A factor for each class, of shape [C]. */
  readonly weight?: Tensor | null | undefined;
  /** Targets of this value count for nothing. Default -100. */
  readonly ignoreIndex?: number;
}

/** The dim of the classes: [C], [N, C], [N, C, d1, …]. */
export function classDim(op: string, input: Tensor): number {
  const { shape, dtype } = input;
  if (!isFloat(dtype))
    throw new DTypeError(op, `the input is ${dtype}. It must be a float: convert with \`.to('float32')\`.`);
  const dim = shape.length === 1 ? 0 : 1;
  if (shape.length === 0 || shape[dim] === 0) {
    throw new ShapeError(op, `the input of shape ${show(shape)} has no classes. Use [C], [N, C] or [N, C, d1, …].`);
  }
  return dim;
}

/** Refuses targets that cannot be class indices of the input. */
export function checkIndices(op: string, input: Tensor, target: Tensor, dim: number, orElse = ''): void {
  const expected = input.shape.toSpliced(dim, 1);
  if (target.shape.length !== expected.length || target.shape.some((n, d) => n !== expected[d])) {
    throw new ShapeError(
      op,
      `the input has shape ${show(input.shape)}, the target ${show(target.shape)}. Class indices for this input have shape ${show(expected)}${orElse}.`,
    );
  }
  if (target.dtype === 'int32' || target.dtype === 'uint8') return;
  const cure = "Make it with `tensor([…], { dtype: 'int32' })` or convert with `.to('int32')`.";
  throw new DTypeError(op, `the target of class indices is ${target.dtype}, they are int32 or uint8. ${cure}`);
}

/** The weight of each class, shaped to be walked along the classes of the input. */
export function classWeight(
  op: string,
  input: Tensor,
  weight: Tensor | null | undefined,
  dim: number,
): Tensor | undefined {
  if (!weight) return undefined;
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

/** The same beside class indices: there, as in PyTorch, weights have no gradient. */
export function constantWeight(
  op: string,
  input: Tensor,
  weight: Tensor | null | undefined,
  dim: number,
): Tensor | undefined {
  if (weight?.requiresGrad && isGradEnabled())
    throw new AutogradError(op, 'the weight requires grad, but has no gradient here. Pass `weight.detach()`.');
  return classWeight(op, input, weight, dim);
}

export interface IndexedClass {
  /** True at the target's column. */
  readonly hit: Expr;
  /** Whether the row counts for nothing: then no column is hit. */
  readonly ignored: Expr;
  /** The weight of the target's class; 0 for ignored rows. */
  readonly weight: Expr;
}

/** The class of a row, checked. Reads two scalars: ignoreIndex and the number of classes. */
export function indexedClass(k: LoopBuilder, target: Expr, weight: Expr | undefined, one: Expr): IndexedClass {
  const index = target.cast('int32');
  const ignored = index.eq(k.scalar('int32'));
  const outside = index.lt(0).or(index.ge(k.scalar('int32')));
  k.check('row', outside.and(ignored.not()), index);
  const hit = k.column.eq(index).and(ignored.not());
  return { hit, ignored, weight: weight ? k.sum(select(hit, weight, 0)) : select(ignored, 0, one) };
}

/** The error for a target outside of the classes. */
export function explainTarget(
  op: string,
  target: Tensor,
  classes: number,
  ignoreIndex: number,
): (failure: KernelCheckError) => Error {
  return ({ value, position }) => {
    const at = target.shape.length === 0 ? '' : ` at position ${where(position, target.shape)}`;
    const range = classes === 1 ? 'Use 0' : `Use 0 … ${classes - 1}`;
    return new ValueError(
      op,
      `target ${value}${at} is out of range for ${classes} classes. ${range}, or ${ignoreIndex} for what shall be ignored.`,
    );
  };
}

function where(position: number, shape: readonly number[]): string {
  if (shape.length === 1) return String(position);
  const index: number[] = [];
  let rest = position;
  for (const n of shape.toReversed()) {
    index.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return show(index);
}
