import { abs, constant, exp, log1p, maximum, override, type Expr } from '@rushlight/core/kernel';

/** 1 / (1 + e^−x) and 1 / (1 + e^x), each exact where it is small. */
function logisticShares(x: Expr): { yes: Expr; no: Expr } {
  const one = constant(1, x.dtype);
  const [p, q] = [one.div(exp(x.neg()).add(1)), one.div(exp(x).add(1))];
  const rise = p.mul(q);
  return { yes: override(p, [[x, rise]]), no: override(q, [[x, rise.neg()]]) };
}

/** What a logit costs. All are finite, with their derivatives, for every finite logit. */
export interface LogisticCosts {
  readonly yes: Expr;
  readonly no: Expr;
  /** ln(1 + e^−|x|). */
  readonly tail: Expr;
  /** ln(1 + e^x), for a yes that is wrong. */
  readonly costOfYes: Expr;
  /** ln(1 + e^−x), for a no that is wrong. */
  readonly costOfNo: Expr;
}

export function logisticCosts(x: Expr): LogisticCosts {
  const { yes, no } = logisticShares(x);
  const tail = log1p(exp(abs(x).neg()));
  const costOfYes = override(maximum(x, 0).add(tail), [[x, yes]]);
  const costOfNo = override(maximum(x.neg(), 0).add(tail), [[x, no.neg()]]);
  return { yes, no, tail, costOfYes, costOfNo };
}
