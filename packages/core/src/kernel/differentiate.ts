// Symbolic differentiation: the table of rules, and the walk that applies them.
// A tangent is the derivative of a sub-expression with respect to one leaf; `undefined` is a structural zero, so that no
// `x·0` is ever written. A factor that meets a `select` goes into its branches: a branch that is not taken then
// contributes exactly nothing, whatever is infinite in it.

import * as E from './expr.ts';
import type { BinaryOp, Expr, UnaryOp } from './expr.ts';

type Tangent = Expr | undefined;

/** Applies a linear map to a tangent, inside the branches of its selects. */
function through(tangent: Tangent, linear: (t: Expr) => Expr): Tangent {
  if (!tangent) return undefined;
  if (tangent.op === 'constant' && tangent.value === 0) return undefined;
  if (tangent.op !== 'select') return linear(tangent);
  const [condition, a, b] = tangent.args;
  return condition && choose(condition, through(a, linear), through(b, linear));
}

const times = (tangent: Tangent, factor: Expr): Tangent =>
  factor.op === 'select' && tangent
    ? through(factor, (coefficient) => times(tangent, coefficient) ?? E.constant(0, coefficient.dtype))
    : through(tangent, (t) => factor.mul(t));
const over = (tangent: Tangent, divisor: Expr): Tangent => through(tangent, (t) => t.div(divisor));
const minus = (tangent: Tangent): Tangent => through(tangent, (t) => t.neg());
const sum = (a: Tangent, b: Tangent): Tangent => (a && b ? a.add(b) : (a ?? b));
const choose = (condition: Expr, a: Tangent, b: Tangent): Tangent =>
  a || b ? E.select(condition, a ?? 0, b ?? E.constant(0, a?.dtype ?? 'float32')) : undefined;

/** d f(x) for a tangent of x; `y` is f(x) itself. */
const unaryRules: Record<UnaryOp, (dx: Expr, x: Expr, y: Expr) => Tangent> = {
  neg: (dx) => minus(dx),
  abs: (dx, x) => times(dx, E.sign(x)),
  sign: () => undefined,
  floor: () => undefined,
  ceil: () => undefined,
  round: () => undefined,
  trunc: () => undefined,
  not: () => undefined,
  exp: (dx, _, y) => times(dx, y),
  expm1: (dx, _, y) => times(dx, y.add(1)),
  log: (dx, x) => over(dx, x),
  log1p: (dx, x) => over(dx, x.add(1)),
  sqrt: (dx, _, y) => over(dx, y.mul(2)),
  sin: (dx, x) => times(dx, E.cos(x)),
  cos: (dx, x) => minus(times(dx, E.sin(x))),
  tan: (dx, _, y) => times(dx, y.square().add(1)),
  asin: (dx, x) => over(dx, E.sqrt(x.square().neg().add(1))),
  acos: (dx, x) => minus(over(dx, E.sqrt(x.square().neg().add(1)))),
  atan: (dx, x) => over(dx, x.square().add(1)),
  sinh: (dx, x) => times(dx, E.cosh(x)),
  cosh: (dx, x) => times(dx, E.sinh(x)),
  tanh: (dx, _, y) => times(dx, E.constant(1, y.dtype).sub(y.square())),
  asinh: (dx, x) => over(dx, E.sqrt(x.square().add(1))),
  acosh: (dx, x) => over(dx, E.sqrt(x.square().sub(1))),
  atanh: (dx, x) => over(dx, x.square().neg().add(1)),
  erf: (dx, x) => times(dx, E.exp(x.square().neg()).mul(2 / Math.sqrt(Math.PI))),
};

/** d f(a, b) for tangents of a and b. At kinks PyTorch's choices: equal operands of max and min share evenly. */
const binaryRules: Record<BinaryOp, (da: Tangent, db: Tangent, a: Expr, b: Expr, y: Expr) => Tangent> = {
  add: (da, db) => sum(da, db),
  sub: (da, db) => sum(da, minus(db)),
  mul: (da, db, a, b) => sum(times(da, b), times(db, a)),
  div: (da, db, _, b, y) => sum(over(da, b), minus(times(db, y.div(b)))),
  mod: (da, db, a, b) => sum(da, minus(times(db, E.trunc(a.div(b))))),
  pow: (da, db, a, b, y) =>
    sum(
      choose(b.eq(0), undefined, times(da, b.mul(E.pow(a, b.sub(1))))),
      choose(a.eq(0).and(b.ge(0)), undefined, times(db, y.mul(E.log(a)))),
    ),
  atan2: (da, db, a, b) => {
    const radius = a.square().add(b.square());
    return sum(times(da, b.div(radius)), minus(times(db, a.div(radius))));
  },
  max: (da, db, a, b) => sum(share(da, a.lt(b), a.eq(b)), share(db, b.lt(a), a.eq(b))),
  min: (da, db, a, b) => sum(share(da, b.lt(a), a.eq(b)), share(db, a.lt(b), a.eq(b))),
  and: () => undefined,
  or: () => undefined,
  xor: () => undefined,
  shl: () => undefined,
  shr: () => undefined,
  mulhi: () => undefined,
};

function share(tangent: Tangent, loses: Expr, ties: Expr): Tangent {
  return choose(
    loses,
    undefined,
    choose(
      ties,
      through(tangent, (t) => t.mul(0.5)),
      tangent,
    ),
  );
}

/**
 * The derivative of `e` with respect to the leaf `wrt`, times `seed` (the incoming gradient): undefined where `e` does
 * not depend on it. It grows with the size of `e`, and doubles with each select that another is computed from.
 */
export function differentiate(e: Expr, wrt: Expr, seed: Expr): Expr | undefined {
  const done = new Map<Expr, Tangent>();
  const tangent = (x: Expr): Tangent => {
    if (x === wrt) return E.constant(1, x.dtype);
    if (done.has(x)) return done.get(x);
    const result = rule(x);
    done.set(x, result);
    return result;
  };
  const rule = (x: Expr): Tangent => {
    const [a, b, c] = x.args;
    if (!a || x.op === 'detach') return undefined;
    if (x.op === 'override') {
      let total: Tangent;
      for (let k = 1; k + 1 < x.args.length; k += 2) {
        const inner = tangent(x.args[k] ?? a);
        if (inner) total = sum(total, times(inner, x.args[k + 1] ?? a));
      }
      return total;
    }
    if (x.op === 'cast') return castTangent(x, tangent(a));
    if (x.op === 'select') return b && c ? choose(a, tangent(b), tangent(c)) : undefined;
    if (Object.hasOwn(unaryRules, x.op)) {
      const da = tangent(a);
      return da && unaryRules[x.op as UnaryOp](da, a, x);
    }
    if (b && Object.hasOwn(binaryRules, x.op)) {
      const da = tangent(a);
      const db = tangent(b);
      return da || db ? binaryRules[x.op as BinaryOp](da, db, a, b, x) : undefined;
    }
    return undefined;
  };
  return times(tangent(e), seed);
}

/** The derivative passes between floats; an integer has none. */
function castTangent(x: Expr, da: Tangent): Tangent {
  const isFloat = x.dtype.startsWith('float');
  return isFloat ? through(da, (t) => t.cast(x.dtype)) : undefined;
}
