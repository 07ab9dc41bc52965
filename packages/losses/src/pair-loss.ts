// What the losses share that compare an input with a target element by element: dtypes are promoted, shapes broadcast, and
// the formula is one kernel, whose gradient is another.

import {
  computeIn,
  DTypeError,
  isFloat,
  loopOp,
  resultType,
  runLoop,
  show,
  type DType,
  type Tensor,
} from '@rushlight/core';
import type { Expr } from '@rushlight/core/kernel';
import { reduce, type Reduction } from './reduction.ts';
import { isSameShape } from './same-shape.ts';
import { warnOnce } from './warn-once.ts';

/** The loss of one element; `number` gives the next of the numbers that the user chose. */
type Formula = (input: Expr, target: Expr, number: () => Expr) => Expr;

interface PairLossOptions {
  /** Whether to say once that shapes differ: broadcasting [N] against [N, 1] is legal and nearly always a mistake. Default true. */
  readonly warns?: boolean;
}

type PairLoss = (
  input: Tensor,
  target: Tensor,
  reduction: Reduction | undefined,
  numbers?: readonly number[],
) => Tensor;

/** Writes a loss of pairs. It throws DTypeError if neither of a pair is a float, ShapeError if the shapes do not broadcast. */
export function pairLoss(name: string, formula: Formula, { warns = true }: PairLossOptions = {}): PairLoss {
  const op = loopOp(name, (k, dtype: DType) =>
    k.perElement(formula(k.input(0).cast(dtype), k.input(1).cast(dtype), () => k.scalar(dtype))),
  );
  const warn = warnOnce();
  return (input, target, reduction, numbers = []) => {
    const dtype = computeIn(name, resultType(input, target));
    if (!isFloat(dtype)) {
      throw new DTypeError(
        name,
        `the input is ${input.dtype}, the target ${target.dtype}. Convert them with \`.to('float32')\`.`,
      );
    }
    const losses = runLoop(op([input, target], dtype), [input, target], { scalars: numbers })[0] as Tensor;
    if (warns && !isSameShape(input.shape, target.shape)) {
      const [a, b] = [show(input.shape), show(target.shape)];
      warn(() => `${name}: the input has shape ${a}, the target ${b}: they are broadcast. Give them one shape.`);
    }
    return reduce(losses, reduction);
  };
}
