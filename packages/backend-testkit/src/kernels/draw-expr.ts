// Random expressions whose value does not depend on how wide a backend computes. Of each it is known between which bounds
// and on which grid its finite values lie; a sum or a product is taken only where 24 bits hold it, so that float32 is as
// exact as the float64 of the reference and a comparison or a floor falls on the same side. What is not exact (sin, div,
// pow, …) is tested by itself in scalar-functions.ts.

import {
  binary, cast, compare, comparisonOps, constant, describe, isFloat, select, unary, type BinaryOp, type DType, type Expr, type UnaryOp,
} from '@rushlight/core/kernel'; // prettier-ignore
import type { Draw } from './draw.ts';

/** An expression whose finite values are multiples of 2^unit and at most 2^max in size. */
export interface Bounded {
  readonly expr: Expr;
  readonly max: number;
  readonly unit: number;
}

const PRECISION = 24;

/** What is known of any element that `drawOperand` makes. */
export function bounded(expr: Expr): Bounded {
  const { kind, bits } = describe(expr.dtype);
  if (kind === 'float') return { expr, max: 2, unit: -2 };
  return { expr, max: kind === 'bool' ? 0 : bits === 8 ? 8 : 31, unit: 0 };
}

const moving: readonly UnaryOp[] = ['floor', 'ceil', 'round', 'trunc'];
const integerBinary: readonly BinaryOp[] = ['add', 'sub', 'mul', 'div', 'mod', 'pow', 'min', 'max', 'and', 'or', 'xor', 'shl', 'shr', 'mulhi']; // prettier-ignore
const boolBinary: readonly BinaryOp[] = ['mul', 'min', 'max', 'and', 'or', 'xor'];

export class Expressions {
  readonly #draw: Draw;
  readonly #leaves: readonly Bounded[];
  readonly #dtypes: readonly DType[];
  readonly #made: Bounded[] = [];

  constructor(draw: Draw, leaves: readonly Bounded[], dtypes: readonly DType[]) {
    this.#draw = draw;
    this.#leaves = leaves;
    this.#dtypes = dtypes;
  }

  make(dtype: DType, depth: number): Bounded {
    // What was made before is used again: backends must find shared sub-expressions.
    const known = this.#made.filter(({ expr }) => expr.dtype === dtype);
    if (known.length > 0 && this.#draw.chance(15)) return this.#draw.of(known);
    if (depth === 0) return this.#leaf(dtype);
    const made = this.#compose(dtype, depth - 1);
    this.#made.push(made);
    return made;
  }

  #leaf(dtype: DType): Bounded {
    const leaves = this.#leaves.filter(({ expr }) => expr.dtype === dtype);
    if (leaves.length > 0 && this.#draw.chance(80)) return this.#draw.of(leaves);
    if (this.#leaves.length > 0 && this.#draw.chance(50)) return this.#cast(this.#draw.of(this.#leaves), dtype);
    return bounded(constant(this.#draw.int(-6, 6) / (isFloat(dtype) ? 2 : 1), dtype));
  }

  #cast(x: Bounded, dtype: DType): Bounded {
    const expr = cast(x.expr, dtype);
    if (isFloat(dtype)) return { expr, max: x.max, unit: x.unit };
    return bounded(expr);
  }

  #compose(dtype: DType, depth: number): Bounded {
    const draw = this.#draw;
    const part = (of: DType = dtype): Bounded => this.make(of, draw.int(0, depth));
    const kind = draw.int(1, 100);
    if (kind <= 15) {
      const [a, b] = [part(), part()];
      return { ...union(a, b), expr: select(this.condition(depth), a.expr, b.expr) };
    }
    if (kind <= 35) return this.#cast(part(draw.of(this.#dtypes)), dtype);
    if (dtype === 'bool') return kind <= 70 ? bounded(this.condition(depth)) : this.#bool(part(), part());
    return isFloat(dtype) ? this.#float(part(), part()) : this.#integer(part(), part());
  }

  /** A comparison of two expressions of one dtype. */
  condition(depth: number): Expr {
    const draw = this.#draw;
    const dtype = draw.of(this.#dtypes);
    const [a, b] = [this.make(dtype, draw.int(0, depth)), this.make(dtype, 0)];
    return compare(draw.of(comparisonOps), a.expr, b.expr);
  }

  #bool(a: Bounded, b: Bounded): Bounded {
    const op = this.#draw.of(['not', ...boolBinary] as const);
    return bounded(op === 'not' ? unary(op, a.expr) : binary(op, a.expr, b.expr));
  }

  #integer(a: Bounded, b: Bounded): Bounded {
    const { dtype } = a.expr;
    const unsigned = dtype === 'uint8';
    const op = this.#draw.of([
      ...(unsigned ? (['not'] as const) : (['neg', 'abs', 'sign', 'not'] as const)),
      ...moving,
      ...integerBinary,
    ]);
    if (op === 'not' || op === 'neg' || op === 'abs' || op === 'sign' || isMoving(op))
      return bounded(unary(op, a.expr));
    return bounded(binary(op as BinaryOp, a.expr, b.expr));
  }

  #float(a: Bounded, b: Bounded): Bounded {
    const op = this.#draw.of([
      'neg',
      'abs',
      'sign',
      ...moving,
      'add',
      'sub',
      'mul',
      'add',
      'sub',
      'mul',
      'min',
      'max',
    ] as const);
    if (op === 'neg' || op === 'abs') return { ...a, expr: unary(op, a.expr) };
    if (op === 'sign') return { expr: unary(op, a.expr), max: 0, unit: 0 };
    if (isMoving(op)) return { expr: unary(op, a.expr), max: Math.max(a.max, 0), unit: Math.max(a.unit, 0) };
    const result = op === 'mul' ? { max: a.max + b.max, unit: a.unit + b.unit } : union(a, b);
    const max = result.max + (op === 'add' || op === 'sub' ? 1 : 0);
    if (op !== 'min' && op !== 'max' && max - result.unit > PRECISION) return a;
    return { expr: binary(op as BinaryOp, a.expr, b.expr), max, unit: result.unit };
  }
}

const isMoving = (op: string): op is UnaryOp => (moving as readonly string[]).includes(op);
const union = (a: Bounded, b: Bounded): { max: number; unit: number } => ({
  max: Math.max(a.max, b.max),
  unit: Math.min(a.unit, b.unit),
});

/** The sum of `count` such values, where 24 bits hold it. */
export function sumOf(x: Bounded, count: number): { max: number; unit: number } | undefined {
  const max = x.max + Math.ceil(Math.log2(Math.max(count, 1)));
  return max - x.unit <= PRECISION ? { max, unit: x.unit } : undefined;
}
