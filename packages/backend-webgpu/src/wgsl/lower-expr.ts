// Expressions as WGSL: every sub-expression is computed once, where it is first needed or further out.

import { binaryOps, comparisonOps, unaryOps, type BinaryOp, type ComparisonOp, type Expr, type UnaryOp } from '@rushlight/core/kernel'; // prettier-ignore
import { applyBinary, applyCast, applyComparison, applyUnary } from './operations.ts';
import type { Shader } from './shader.ts';

/** The term of a leaf: input, scalar, stage, position or index. Terms that cost something are named by `shader.let` first. */
export type LeafTerm = (leaf: Expr) => string;

const isUnary = new Set<string>(unaryOps);
const isBinary = new Set<string>(binaryOps);
const isComparison = new Set<string>(comparisonOps);

/** What is computed in one block of a shader. What blocks around it have computed already is taken from there. */
export class Lowering<S> {
  private readonly shader: Shader<S>;
  private readonly leaf: LeafTerm;
  private readonly outer: Lowering<S> | undefined;
  private readonly terms = new Map<Expr, string>();

  constructor(shader: Shader<S>, leaf: LeafTerm, outer?: Lowering<S>) {
    this.shader = shader;
    this.leaf = leaf;
    this.outer = outer;
  }

  /** The term of `x`, an expression whose leaves are known here. Statements that it needs are pushed to the shader. */
  value(x: Expr): string {
    const known = this.known(x);
    if (known !== undefined) return known;
    const term = x.op === 'constant' ? this.constant(x) : x.args.length === 0 ? this.leaf(x) : this.compose(x);
    this.terms.set(x, term);
    return term;
  }

  private known(x: Expr): string | undefined {
    return this.terms.get(x) ?? this.outer?.known(x);
  }

  private constant({ dtype, value }: Expr): string {
    switch (dtype) {
      case 'int32':
        return value === -2147483648 ? 'i32(-2147483647 - 1)' : `i32(${value})`;
      case 'uint8':
        return `${value}u`;
      case 'bool':
        return value ? 'true' : 'false';
      default:
        return this.shader.float(value);
    }
  }

  private compose(x: Expr): string {
    const { shader } = this;
    const [a, b, c] = x.args.map((arg) => this.value(arg));
    const source = x.args[0]?.dtype ?? x.dtype;
    if (a === undefined) throw new TypeError(`webgpu: a program holds ${x.op} with no operands.`);
    if (isUnary.has(x.op)) return shader.let(applyUnary(shader, x.op as UnaryOp, x.dtype, a));
    if (x.op === 'cast') return shader.let(applyCast(shader, source, x.dtype, a));
    if (b !== undefined && isBinary.has(x.op)) return shader.let(applyBinary(shader, x.op as BinaryOp, x.dtype, a, b));
    if (b !== undefined && isComparison.has(x.op))
      return shader.let(applyComparison(shader, x.op as ComparisonOp, source, a, b));
    if (b !== undefined && c !== undefined && x.op === 'select') return shader.let(`select(${c}, ${b}, ${a})`);
    throw new TypeError(`webgpu: a program holds ${x.op} with ${x.args.length} operands.`);
  }
}
