// Outputs beside classes, as cross-entropy takes them: rows are samples, columns are classes, and a target names the class of each
// sample. Which targets count, and whether each is a class at all, is found out inside the kernel.

import {
  DTypeError, isFloat, ShapeError, show, ValueError, type KernelCheckError, type LoopBuilder, type LoopOptions, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import type { Expr } from '@rushlight/core/kernel';

/** Which targets count. */
export interface ClassMetricOptions {
  /** Targets of this value count for nothing. Default -100, as of cross-entropy. */
  readonly ignoreIndex?: number;
}

/** How a loop over samples and their classes is launched. */
export interface ClassRows {
  readonly inputs: readonly [output: Tensor, target: Tensor];
  readonly classes: number;
  readonly options: LoopOptions;
}

export function checkIgnoreIndex(op: string, ignoreIndex: number): void {
  if ((ignoreIndex | 0) === ignoreIndex) return;
  throw new ValueError(op, `ignoreIndex is ${String(ignoreIndex)}. It must be an int32, as the targets are.`);
}

/** Refuses what are no logits and class indices that belong together; `numbers` are the loop's further scalars. */
export function classRows(
  op: string,
  [output, target]: readonly [output: Tensor, target: Tensor],
  ignoreIndex: number,
  numbers: readonly number[] = [],
): ClassRows {
  const { shape } = output;
  const dim = shape.length === 1 ? 0 : 1;
  const classes = shape[dim] ?? 0;
  if (!isFloat(output.dtype)) {
    throw new DTypeError(op, `the output is ${output.dtype}. It must be logits: convert with \`.to('float32')\`.`);
  }
  if (classes === 0) {
    throw new ShapeError(op, `the output of shape ${show(shape)} has no classes. Use [C], [N, C] or [N, C, d1, …].`);
  }
  const expected = shape.toSpliced(dim, 1);
  if (show(target.shape) !== show(expected)) {
    throw new ShapeError(
      op,
      `the output has shape ${show(shape)}, the target ${show(target.shape)}. Class indices for this output have shape ${show(expected)}.`,
    );
  }
  if (target.dtype !== 'int32' && target.dtype !== 'uint8') {
    throw new DTypeError(
      op,
      `the target is ${target.dtype}. Class indices are int32 or uint8: convert with \`.to('int32')\`.`,
    );
  }
  const options: LoopOptions = {
    columns: [dim],
    scalars: [ignoreIndex, classes, ...numbers],
    explain: ({ value, position }: KernelCheckError) => {
      const at = expected.length === 0 ? '' : ` at position ${placeOf(position, expected)}`;
      const cure = `Use 0 … ${classes - 1}, or ${ignoreIndex} for what shall be ignored.`;
      return new ValueError(op, `target ${value}${at} is out of range for ${classes} classes. ${cure}`);
    },
  };
  return { inputs: [output.detach(), target.unsqueeze(dim)], classes, options };
}

/** The place of the element at a row-major position: a number, or an index of several dims. */
function placeOf(position: number, shape: readonly number[]): string {
  if (shape.length === 1) return String(position);
  let rest = position;
  const index = shape.map(() => 0);
  for (let d = shape.length - 1; d >= 0; d--) {
    const n = shape[d] ?? 1;
    index[d] = rest % n;
    rest = Math.floor(rest / n);
  }
  return show(index);
}

export interface ClassOfRow {
  readonly index: Expr;
  /** False where the target is ignored. */
  readonly isCounted: Expr;
}

/** Reads the class of each row from input 1 and checks it. Takes the first two scalars. */
export function classOfRow(k: LoopBuilder): ClassOfRow {
  const index = k.input(1).cast('int32');
  const isCounted = index.ne(k.scalar('int32'));
  const isOutside = index.lt(0).or(index.ge(k.scalar('int32')));
  k.check('row', isOutside.and(isCounted), index);
  return { index, isCounted };
}
