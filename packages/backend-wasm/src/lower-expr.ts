// Expressions as code: every sub-expression is computed once, at the outermost place where its leaves are known.

import { binaryOps, comparisonOps, unaryOps, type BinaryOp, type ComparisonOp, type Expr, type UnaryOp } from '@rushlight/core/kernel'; // prettier-ignore
import type { Emitter } from './emitter.ts';
import { castVec } from './vector-cast.ts';
import { applyBinary, applyComparison, applyUnary } from './vector-ops.ts';
import { lanesOf, selectLanes, type Vec } from './vector.ts';

/** Where something is computed: `P` is the caller's notion of places. */
export interface Placing<P> {
  /** The place of a leaf: input, scalar, stage, position or index. */
  placeOf(leaf: Expr): P;
  /** The innermost of two places. */
  inner(a: P, b: P): P;
  /** Where constants are. */
  readonly outermost: P;
  /** The code of a leaf, written at its place. */
  leaf(leaf: Expr): Vec;
  /** Runs `make` once for each expression at a place, with statements going there. */
  once(x: Expr, place: P, make: () => Vec): Vec;
}

const isUnary = new Set<string>(unaryOps);
const isBinary = new Set<string>(binaryOps);
const isComparison = new Set<string>(comparisonOps);

export class Lowering<P> {
  private readonly e: Emitter;
  private readonly placing: Placing<P>;
  private readonly places = new Map<Expr, P>();

  constructor(e: Emitter, placing: Placing<P>) {
    this.e = e;
    this.placing = placing;
  }

  private place(x: Expr): P {
    let place = this.places.get(x);
    if (place === undefined) {
      const { placing } = this;
      if (x.op === 'constant') place = placing.outermost;
      else if (x.args.length === 0) place = placing.placeOf(x);
      else place = x.args.reduce((sum, arg) => placing.inner(sum, this.place(arg)), placing.outermost);
      this.places.set(x, place);
    }
    return place;
  }

  /** The four elements of `x`. */
  value(x: Expr): Vec {
    if (x.op === 'constant') return this.constant(x);
    return this.placing.once(x, this.place(x), () => (x.args.length === 0 ? this.placing.leaf(x) : this.compose(x)));
  }

  private constant({ dtype, value }: Expr): Vec {
    const { e } = this;
    switch (lanesOf(dtype)) {
      case 'f64':
        return [e.f64(value), e.f64(value)];
      case 'f32':
        return [e.f32(value)];
      case 'i32':
        return [e.i32(value)];
      case 'mask':
        return [e.i32(value ? -1 : 0)];
    }
  }

  private compose(x: Expr): Vec {
    const { e } = this;
    const [a, b, c] = x.args.map((arg) => this.value(arg));
    const source = x.args[0]?.dtype ?? x.dtype;
    if (!a) throw new TypeError(`wasm: a program holds ${x.op} with no operands.`);
    if (isUnary.has(x.op)) return applyUnary(e, x.op as UnaryOp, x.dtype, a);
    if (x.op === 'cast') return castVec(e, source, x.dtype, a);
    if (b && isBinary.has(x.op)) {
      const count = x.args[1]?.op === 'constant' ? x.args[1].value : undefined;
      return applyBinary(e, x.op as BinaryOp, x.dtype, a, b, count);
    }
    if (b && isComparison.has(x.op)) return applyComparison(e, x.op as ComparisonOp, source, a, b);
    const [mask] = a;
    if (b && c && mask && x.op === 'select') return selectLanes(e, mask, b, c, lanesOf(x.dtype));
    throw new TypeError(`wasm: a program holds ${x.op} with ${x.args.length} operands.`);
  }
}
