// One way of calling an operation. Whatever is listed as such is tested for values, layouts, gradients and second
// gradients with nothing more to write.

import type { DType, Tensor } from '@rushlight/core';
import { isFloat } from '@rushlight/core/kernel';
import type { Input } from './inputs.ts';

type Result = Tensor | readonly Tensor[];

export interface OpCase {
  /** The operation, as core exports it or as a method is called. */
  readonly op: string;
  readonly inputs: readonly Input[];
  /** Calls it. */
  readonly run: (...inputs: Tensor[]) => Result | Promise<Result>;
  /** It reads its operands at once: where that cannot be done it must say so. */
  readonly sync?: boolean;
  /** For which dtypes of the inputs; by default floats. */
  readonly dtypes?: readonly DType[];
  /** Whether its gradient is checked too: compared with the reference, and where float64 is among the dtypes with differences. Default true. */
  readonly gradient?: boolean;
}

export const floats: readonly DType[] = ['float64', 'float32', 'float16'];
export const integers: readonly DType[] = ['int32', 'uint8', 'bool'];
export const numeric: readonly DType[] = [...floats, 'int32', 'uint8'];
export const all: readonly DType[] = [...floats, ...integers];

/** The operations of a list, each with its cases. */
export function byOp(cases: readonly OpCase[]): Map<string, readonly OpCase[]> {
  const groups = new Map<string, OpCase[]>();
  for (const one of cases) groups.set(one.op, [...(groups.get(one.op) ?? []), one]);
  return groups;
}

/** How many numbers a case reads. */
export const elementsOf = ({ inputs }: OpCase): number =>
  inputs.reduce((total, { shape }) => total + shape.reduce((n, size) => n * size, 1), 0);

/** Whether a gradient with respect to an input exists. */
export const isDifferentiable = (input: Input, dtype: DType): boolean => isFloat(input.dtype ?? dtype);
