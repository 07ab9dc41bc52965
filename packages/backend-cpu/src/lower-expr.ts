// Expressions as values of a scope. What is used more than once, or does not change in the innermost loops, becomes a
// local in the outermost block where it can; the rest stays one nested expression, so that a branch of a select that
// only it uses is computed only when taken.

import { comparisonOps, describe, isFloat, leafOps, postorder } from '@rushlight/core/kernel';
import type { DType, Expr } from '@rushlight/core/kernel';
import { type Op, type Value, apply, choose, isTrivial, number, pick, test } from './code.ts';
import type { Scope } from './scope.ts';

/** A leaf in a scope: the level from which on it is known, and its value there. */
export interface Leaf {
  readonly level: number;
  readonly value: () => Value;
}

export class Lowering {
  private readonly scope: Scope;
  private readonly leaf: (e: Expr, scope: Scope) => Leaf;
  private readonly uses = new Map<Expr, number>();
  private readonly levels = new Map<Expr, number>();

  /** For the expressions `roots`, which are wanted together in one place. */
  constructor(scope: Scope, roots: readonly Expr[], leaf: (e: Expr, scope: Scope) => Leaf) {
    this.scope = scope;
    this.leaf = leaf;
    for (const root of roots) this.count(root);
  }

  private count(e: Expr): void {
    const uses = this.uses.get(e) ?? 0;
    this.uses.set(e, uses + 1);
    if (uses === 0) for (const arg of e.args) this.count(arg);
  }

  private isLeaf(e: Expr): boolean {
    return e.args.length === 0 && e.op !== 'constant';
  }

  private level(e: Expr): number {
    const known = this.levels.get(e);
    if (known !== undefined) return known;
    const level = this.isLeaf(e)
      ? this.leaf(e, this.scope).level
      : Math.max(0, ...e.args.map((arg) => this.level(arg)));
    this.levels.set(e, level);
    return level;
  }

  /** The value of `e` at the scope, or, as a part of something hoisted, at an outer level. */
  value(e: Expr, userLevel = this.scope.depth): Value {
    if (e.op === 'constant') return number(e.value);
    const level = this.level(e);
    const block = this.scope.at(level);
    const known = block.known.get(e);
    if (known) return known;
    const value = this.isLeaf(e) ? this.leaf(e, this.scope).value() : this.compose(e, level);
    if (isTrivial(value) || (level === userLevel && (this.uses.get(e) ?? 0) < 2)) return value;
    const named = this.scope.code.name(block, value);
    block.known.set(e, named);
    return named;
  }

  private compose(e: Expr, level: number): Value {
    const [x, y, z] = e.args;
    if (!x) throw new TypeError(`cpu: a program holds ${e.op} with no operands.`);
    if (e.op === 'select' && y && z) {
      const make = this.varies(e, level) && isQuick([y, z], 12) ? pick : choose;
      return make(this.value(x, level), this.value(y, level), this.value(z, level));
    }
    if ((e.op === 'max' || e.op === 'min') && y && this.varies(e, level)) {
      const bound = y.op === 'constant' ? y : x;
      const other = bound === y ? x : y;
      if (bound.op === 'constant' && bound.value === bound.value) return this.bounded(e.op, other, bound.value, level);
    }
    if (e.op === 'cast') return castTo(this.value(x, level), x.dtype, e.dtype);
    if (e.op === 'detach' || e.op === 'override') return this.value(x, level);
    return apply(e.op as Op, e.dtype, ...e.args.map((arg) => this.value(arg, level)));
  }

  /** Whether it is a float that is computed for every element, so that a choice in it is anyone's guess. */
  private varies(e: Expr, level: number): boolean {
    return isFloat(e.dtype) && level > 0 && level === this.scope.depth;
  }

  /** max or min with a constant, as Math.max and Math.min have it: NaN stays, and −0 is less than 0. */
  private bounded(op: 'max' | 'min', e: Expr, bound: number, level: number): Value {
    const value = this.scope.code.name(this.scope.at(level), this.value(e, level));
    const equalGives = bound !== 0 || Object.is(bound, 0) === (op === 'max');
    const comparison = op === 'max' ? (equalGives ? 'le' : 'lt') : equalGives ? 'ge' : 'gt';
    return pick(test(comparison, value, number(bound)), number(bound), value);
  }
}

/** Operations that take no longer than the loop around them. */
const quick = new Set<string>([...leafOps, ...comparisonOps, 'neg', 'abs', 'sqrt', 'add', 'sub', 'mul', 'div', 'min', 'max', 'and', 'or', 'select', 'cast']); // prettier-ignore

/** Whether the expressions together are short and quick to compute. */
export function isQuick(roots: readonly Expr[], limit: number): boolean {
  const nodes = postorder(roots);
  return nodes.length <= limit && nodes.every((e) => quick.has(e.op));
}

/** A number of dtype `from` as one of `to`. */
function castTo(value: Value, from: DType, to: DType): Value {
  if (from === to || to === 'float64') return value;
  const source = describe(from);
  const target = describe(to);
  const holds = source.kind !== 'float' && (target.kind === 'float' ? source.bits <= 8 : source.bits <= target.bits);
  return holds && target.kind !== 'bool' ? value : apply('cast', to, value);
}

/** The value as it is stored in an array of dtype `to`, which rounds floats by itself. */
export function stored(value: Value, from: DType, to: DType): Value {
  return describe(to).kind === 'float' ? value : castTo(value, from, to);
}
