// Guarded operands in the innermost loop: padding is at the edges, so between them a stretch runs without a test.

import { type Value, apply, choose, number, plus, test, zero } from './code.ts';
import type { GuardAccess, OperandAccess } from './operand-access.ts';
import type { LoopRange, Scope } from './scope.ts';

/** Emits loops as `within` does, the innermost one in three parts: before, inside and after what all guards of the operands admit. */
export function withinGuards(
  scope: Scope,
  ranges: readonly LoopRange[],
  operands: readonly OperandAccess[],
  body: (inner: Scope, lane: number) => void,
): void {
  const last = ranges[ranges.length - 1];
  const guards = operands.flatMap((operand) => operand.guards.filter((guard) => !guard.gain));
  if (!last || !guards.some(({ coordinate }) => coordinate.steps[last.dim])) return scope.within(ranges, body);
  scope.within(ranges.slice(0, -1), (outer) => {
    const end = outer.code.name(outer.block, last.to);
    const [from, to] = stretch(outer, last.dim, end, guards);
    outer.within([{ ...last, to: from }], body);
    outer.knowing(guards.map(({ coordinate }) => coordinate)).within([{ ...last, from, to }], body);
    outer.within([{ ...last, from: to, to: end }], body);
  });
}

/** The steps of dim `dim`, of 0 … end, in which every guard holds. */
function stretch(outer: Scope, dim: number, end: Value, guards: readonly GuardAccess[]): [from: Value, to: Value] {
  const calculate = (op: 'max' | 'min' | 'div' | 'sub' | 'mul', x: Value, y: Value): Value =>
    apply(op, 'float64', x, y);
  const floorAndOne = (x: Value): Value => plus(apply('floor', 'float64', x), number(1));
  const ceil = (x: Value): Value => apply('ceil', 'float64', x);
  const { code } = outer;
  let [from, to]: [Value, Value] = [zero, end];
  for (const { coordinate, size, holds } of guards) {
    const start = outer.index(coordinate);
    const step = coordinate.steps[dim];
    if (!step) {
      to = choose(holds(start), to, zero);
      continue;
    }
    const rises = code.name(code.root, test('gt', step, zero));
    const zeroAt = code.name(outer.block, calculate('div', calculate('sub', zero, start), step));
    const sizeAt = code.name(outer.block, calculate('div', calculate('sub', size, start), step));
    from = calculate('max', from, choose(rises, ceil(zeroAt), floorAndOne(sizeAt)));
    to = calculate('min', to, choose(rises, ceil(sizeAt), floorAndOne(zeroAt)));
  }
  // As int32, so that engines count in integers.
  const whole = (x: Value): Value => code.name(outer.block, apply('or', 'int32', x, zero));
  const first = whole(calculate('min', from, end));
  return [first, whole(calculate('max', to, first))];
}
