// What norms with numbers per channel ask of their operands.

import { DTypeError, isFloat, ShapeError, show, type LoopBuilder, type Tensor } from '@rushlight/core';
import type { Expr } from '@rushlight/core/kernel';

/** Refuses an input that is no float tensor [N, C, *], and operands that are not [C] of its dtype. */
export function checkPerChannel(op: string, x: Tensor, operands: Readonly<Record<string, Tensor | null>>): void {
  if (!isFloat(x.dtype))
    throw new DTypeError(op, `the input is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  if (x.shape.length < 2) throw new ShapeError(op, `the input has shape ${show(x.shape)}. It must be [N, C, *].`);
  const channels = x.shape[1] ?? 0;
  for (const [name, operand] of Object.entries(operands)) {
    if (!operand) continue;
    if (show(operand.shape) !== show([channels])) {
      throw new ShapeError(
        op,
        `${name} has shape ${show(operand.shape)}, the input ${show(x.shape)}. Give one number per channel: shape [${channels}].`,
      );
    }
    if (operand.dtype === x.dtype) continue;
    throw new DTypeError(
      op,
      `${name} is ${operand.dtype}, the input ${x.dtype}. Convert one with \`.to('${x.dtype}')\`.`,
    );
  }
}

/** value · weight + bias, each where there is one, from the inputs from `first` on. */
export function scaled(k: LoopBuilder, value: Expr, first: number, hasWeight: boolean, hasBias: boolean): Expr {
  const product = hasWeight ? value.mul(k.input(first)) : value;
  return hasBias ? product.add(k.input(first + Number(hasWeight))) : product;
}
