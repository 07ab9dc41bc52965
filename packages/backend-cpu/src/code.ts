// The small imperative language that kernels are scheduled into: loops, locals and typed arrays, as data. It has two
// emitters, one to JavaScript source and one to closures, so that both run the same schedule to the same bits.

import type { BinaryOp, ComparisonOp, DType, Launch, UnaryOp } from '@rushlight/core/kernel';

export type Op = UnaryOp | BinaryOp | ComparisonOp | 'cast';

/** A number. Indices and conditions (0 or 1) are numbers too. */
export type Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'local'; readonly id: number }
  /** What the launch says: a size, a stride, a scalar. Absent reads as 0. */
  | { readonly kind: 'param'; readonly path: readonly (string | number)[] }
  | { readonly kind: 'load'; readonly array: number; readonly at: Value }
  /** An operation of the kernel language, its result a number of `dtype`. */
  | { readonly kind: 'apply'; readonly op: Op; readonly dtype: DType; readonly args: readonly Value[] }
  /** Only the branch that is taken is computed. */
  | { readonly kind: 'choose'; readonly condition: Value; readonly yes: Value; readonly no: Value }
  /** The same without a jump, for floats whose conditions no processor could predict: both sides are computed. */
  | { readonly kind: 'pick'; readonly condition: Value; readonly yes: Value; readonly no: Value };

export type Statement =
  | { readonly kind: 'let' | 'set'; readonly id: number; readonly value: Value }
  | { readonly kind: 'store'; readonly array: number; readonly at: Value; readonly value: Value }
  | { readonly kind: 'for'; readonly id: number; readonly from: Value; readonly to: Value; readonly step: number; readonly body: readonly Statement[] }
  | { readonly kind: 'if'; readonly condition: Value; readonly body: readonly Statement[] }
  /** Throws `KernelCheckError` where the condition holds. */
  | { readonly kind: 'fail'; readonly condition: Value; readonly check: number; readonly value: Value; readonly position: Value }; // prettier-ignore

/** Memory that code reads and writes: an operand's buffer, or float64 scratch of a fixed length. */
export type ArrayDeclaration =
  | { readonly dtype: DType; readonly operand: number }
  | { readonly dtype: 'float64'; readonly length: number };

export interface Code {
  readonly locals: number;
  readonly arrays: readonly ArrayDeclaration[];
  readonly body: readonly Statement[];
}

export type Compiled = (launch: Launch) => void;

export const number = (value: number): Value => ({ kind: 'number', value });
export const zero = number(0);
export const param = (...path: (string | number)[]): Value => ({ kind: 'param', path });

export function apply(op: Op, dtype: DType, ...args: Value[]): Value {
  return { kind: 'apply', op, dtype, args };
}

const is = (x: Value, value: number): boolean => x.kind === 'number' && x.value === value;

/** Sums and products of indices: they never wrap. */
export function plus(x: Value, y: Value): Value {
  return is(x, 0) ? y : is(y, 0) ? x : apply('add', 'float64', x, y);
}
export function times(x: Value, y: Value): Value {
  return is(x, 0) || is(y, 1) ? x : is(y, 0) || is(x, 1) ? y : apply('mul', 'float64', x, y);
}

export const test = (op: ComparisonOp, x: Value, y: Value): Value => apply(op, 'bool', x, y);
export const both = (x: Value, y: Value): Value => apply('and', 'bool', x, y);
export const either = (x: Value, y: Value): Value => apply('or', 'bool', x, y);
export const choose = (condition: Value, yes: Value, no: Value): Value => ({ kind: 'choose', condition, yes, no });
export const pick = (condition: Value, yes: Value, no: Value): Value => ({ kind: 'pick', condition, yes, no });

/** Whether naming the value in a local would save nothing. */
export const isTrivial = (value: Value): boolean => value.kind === 'number' || value.kind === 'local';
