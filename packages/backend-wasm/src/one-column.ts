// A sum over columns of what is 0 everywhere but in one of them, as picking the logit of a target is, costs one element.

import type { Expr, Stage } from '@rushlight/core/kernel';

/** What the conditions of a conjunction are. */
const conjuncts = (x: Expr): Expr[] => (x.op === 'and' ? x.args.flatMap(conjuncts) : [x]);

const isColumn = (x: Expr): boolean => x.op === 'index' && x.value === 1;

/** The column outside of which the summand of a stage is 0, if there is such: an expression for which `isOfRow` holds. */
export function onlyColumn({ reduce, expr }: Stage, isOfRow: (x: Expr) => boolean): Expr | undefined {
  const [condition, , otherwise] = expr.args;
  if (reduce !== 'sum' || expr.op !== 'select' || !condition || otherwise?.op !== 'constant' || otherwise.value !== 0)
    return undefined;
  for (const { op, args } of conjuncts(condition)) {
    const [x, y] = args;
    if (op !== 'eq' || !x || !y) continue;
    if (isColumn(x) && isOfRow(y)) return y;
    if (isColumn(y) && isOfRow(x)) return x;
  }
  return undefined;
}
