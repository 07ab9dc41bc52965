// The description of a fused operation, before it meets sizes and strides: what is read, reduced and written, as
// expressions. One such description is an operation; its gradient is another, derived from it (loop-gradient.ts).

import {
  index, input, position, scalar, stage, type DType, type Expr, type Reduction, type Stage,
} from '../kernel/index.ts'; // prettier-ignore

export interface SpecOutput {
  readonly per: 'row' | 'element';
  readonly expr: Expr;
}

export interface SpecCheck {
  readonly per: 'row' | 'element';
  readonly fails: Expr;
  readonly value: Expr;
}

export interface LoopSpec {
  readonly inputs: readonly DType[];
  readonly scalars: readonly DType[];
  readonly stages: readonly Stage[];
  readonly outputs: readonly SpecOutput[];
  readonly checks: readonly SpecCheck[];
}

/** What a fused operation is written with. Every method gives an expression of the value of the current element or row. */
export class LoopBuilder {
  readonly inputs: readonly Expr[];
  readonly #dtypes: readonly DType[];
  readonly #scalars: DType[] = [];
  readonly #stages: Stage[] = [];
  readonly #outputs: SpecOutput[] = [];
  readonly #checks: SpecCheck[] = [];

  constructor(inputs: readonly DType[]) {
    this.#dtypes = inputs;
    this.inputs = inputs.map((dtype, slot) => input(slot, dtype));
  }

  /** Input `slot`. */
  input(slot: number): Expr {
    const found = this.inputs[slot];
    if (!found) throw new RangeError(`input ${slot} of ${this.inputs.length}`);
    return found;
  }

  /** The next number of the launch. Numbers that users give are these; constants belong to the formula. */
  scalar(dtype: DType): Expr {
    this.#scalars.push(dtype);
    return scalar(this.#scalars.length - 1, dtype);
  }

  #reduce(reduce: Reduction, expr: Expr): Expr {
    this.#stages.push({ reduce, expr });
    return stage(this.#stages.length - 1, expr.dtype);
  }

  /** Σ over the columns. */
  sum(expr: Expr): Expr {
    return this.#reduce('sum', expr);
  }
  /** ∏ over the columns. */
  prod(expr: Expr): Expr {
    return this.#reduce('prod', expr);
  }
  /** The largest over the columns; NaN if any is. */
  max(expr: Expr): Expr {
    return this.#reduce('max', expr);
  }
  min(expr: Expr): Expr {
    return this.#reduce('min', expr);
  }
  /** The largest over the columns and the first column where it is. */
  argmax(expr: Expr): { value: Expr; position: Expr } {
    const value = this.#reduce('argmax', expr);
    return { value, position: position(value.value) };
  }
  argmin(expr: Expr): { value: Expr; position: Expr } {
    const value = this.#reduce('argmin', expr);
    return { value, position: position(value.value) };
  }

  /** The number of the current row, or with no columns of the current element. */
  get row(): Expr {
    return index('row');
  }
  get column(): Expr {
    return index('column');
  }

  /** Writes one value per row. */
  perRow(expr: Expr): void {
    this.#outputs.push({ per: 'row', expr });
  }
  /** Writes one value per element. */
  perElement(expr: Expr): void {
    this.#outputs.push({ per: 'element', expr });
  }

  /** Fails the operation where `fails` is true, showing `value`; the message is made by the operation's `explain`. */
  check(per: 'row' | 'element', fails: Expr, value: Expr): void {
    this.#checks.push({ per, fails, value });
  }

  build(): LoopSpec {
    return {
      inputs: this.#dtypes,
      scalars: this.#scalars,
      stages: this.#stages,
      outputs: this.#outputs,
      checks: this.#checks,
    };
  }
}

/** Describes a loop over inputs of these dtypes. */
export function describeLoop(inputs: readonly DType[], write: (k: LoopBuilder) => void): LoopSpec {
  const builder = new LoopBuilder(inputs);
  write(builder);
  return builder.build();
}
