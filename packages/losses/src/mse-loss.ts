// The mean squared error.

import { DTypeError, isFloat, loopOp, resultType, runLoop, show, type DType, type Tensor } from '@rushlight/core';
import { Module } from '@rushlight/nn';
import { checkReduction, reduce, type Reduction, type ReductionOptions } from './reduction.ts';

export type MSELossOptions = ReductionOptions;

const mseOp = loopOp('mseLoss', (k, dtype: DType) =>
  k.perElement(k.input(0).cast(dtype).sub(k.input(1).cast(dtype)).square()),
);

declare const console: { warn(message: string): void };
let hasWarned = false;

/** Broadcasting a target of [N] against an input of [N, 1] is legal and nearly always a mistake: PyTorch warns too. */
function warnOfBroadcast(input: Tensor, target: Tensor): void {
  const [a, b] = [show(input.shape), show(target.shape)];
  if (a === b || hasWarned) return;
  hasWarned = true;
  console.warn(`mseLoss: the input has shape ${a}, the target ${b}: they are broadcast. Give them one shape.`);
}

/**
 * (input − target)², averaged over all elements unless the reduction says otherwise; NaN if there are none. Floats of one
 * shape; others are broadcast, with one warning. Throws DTypeError if neither is a float, ShapeError if the shapes do not
 * broadcast. torch.nn.functional.mse_loss
 */
export function mseLoss(input: Tensor, target: Tensor, { reduction = 'mean' }: MSELossOptions = {}): Tensor {
  checkReduction('mseLoss', reduction);
  const dtype = resultType(input, target);
  if (!isFloat(dtype)) {
    throw new DTypeError(
      'mseLoss',
      `the input is ${input.dtype}, the target ${target.dtype}. Convert them with \`.to('float32')\`.`,
    );
  }
  const squares = runLoop(mseOp([input, target], dtype), [input, target])[0] as Tensor;
  warnOfBroadcast(input, target);
  return reduce(squares, reduction);
}

/** `mseLoss` as a module, with the same options. torch.nn.MSELoss */
export class MSELoss extends Module<[input: Tensor, target: Tensor], Tensor> {
  readonly reduction: Reduction;

  constructor({ reduction = 'mean' }: MSELossOptions = {}) {
    super();
    this.reduction = reduction;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, this);
  }
}
