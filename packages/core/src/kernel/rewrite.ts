// Walking and rebuilding expressions. Every walk visits a shared sub-expression once.

import { binary, binaryOps, cast, compare, comparisonOps, detach, override, select, unary, unaryOps } from './expr.ts';
import type { BinaryOp, ComparisonOp, Expr, UnaryOp } from './expr.ts';

const isUnary = new Set<string>(unaryOps);
const isBinary = new Set<string>(binaryOps);
const isComparison = new Set<string>(comparisonOps);

function argument(e: Expr, k: number): Expr {
  const arg = e.args[k];
  if (!arg) throw new RangeError(`${e.op}: it has ${e.args.length} operands, none at ${k}.`);
  return arg;
}

/** The same operation on other operands, through the simplifying constructors. */
function rebuild(e: Expr, args: readonly Expr[]): Expr {
  if (args.every((arg, k) => arg === e.args[k])) return e;
  const [a, b, c] = args;
  if (!a) return e;
  if (isUnary.has(e.op)) return unary(e.op as UnaryOp, a);
  if (e.op === 'cast') return cast(a, e.dtype);
  if (e.op === 'detach') return detach(a);
  if (b && isBinary.has(e.op)) return binary(e.op as BinaryOp, a, b);
  if (b && isComparison.has(e.op)) return compare(e.op as ComparisonOp, a, b);
  if (b && c && e.op === 'select') return select(a, b, c);
  const pairs: [Expr, Expr][] = [];
  for (let k = 1; k + 1 < args.length; k += 2) pairs.push([args[k] ?? a, args[k + 1] ?? a]);
  return override(a, pairs);
}

/** `e` with every sub-expression x for which `replace(x)` is an expression replaced by it, outermost first. */
export function rewrite(e: Expr, replace: (x: Expr) => Expr | undefined, done = new Map<Expr, Expr>()): Expr {
  const known = done.get(e);
  if (known) return known;
  const result =
    replace(e) ??
    rebuild(
      e,
      e.args.map((arg) => rewrite(arg, replace, done)),
    );
  done.set(e, result);
  return result;
}

/** `e` as a program may hold it: without the marks that only `differentiate` reads. */
export function lower(e: Expr, done = new Map<Expr, Expr>()): Expr {
  const strip = (x: Expr): Expr | undefined =>
    x.op === 'detach' || x.op === 'override' ? rewrite(argument(x, 0), strip, done) : undefined;
  return rewrite(e, strip, done);
}

/** Every node of the expressions, operands before what uses them, each once. */
export function postorder(roots: Iterable<Expr>): Expr[] {
  const seen = new Set<Expr>();
  const order: Expr[] = [];
  const visit = (e: Expr): void => {
    if (seen.has(e)) return;
    seen.add(e);
    for (const arg of e.args) visit(arg);
    order.push(e);
  };
  for (const root of roots) visit(root);
  return order;
}

/** A text that is equal for equal expressions, in this process or another: nodes in order, operands by number. */
export function serialise(roots: readonly Expr[]): string {
  const order = postorder(roots);
  const number = new Map(order.map((e, k) => [e, k]));
  const line = (e: Expr): string => {
    const value = Object.is(e.value, -0) ? '-0' : e.value;
    return `${e.op}:${e.dtype}${e.args.length ? `(${e.args.map((a) => number.get(a)).join()})` : `=${value}`}`;
  };
  return `${order.map(line).join(';')}>${roots.map((e) => number.get(e)).join()}`;
}
