// How code reads and writes an operand: the array, its index, and the guards before it.

import { describe } from '@rushlight/core/kernel';
import type { OperandType } from '@rushlight/core/kernel';
import { type Value, apply, both, choose, number, plus, test, times, zero } from './code.ts';
import type { Leaf } from './lower-expr.ts';
import type { Affine, CodeBuilder, Scope } from './scope.ts';

export interface GuardAccess {
  readonly coordinate: Affine;
  readonly size: Value;
  readonly holds: (coordinate: Value) => Value;
  /** What the address gains, where that is not already in its strides. */
  readonly gain: ((coordinate: Value) => Value) | undefined;
}

export class OperandAccess {
  readonly type: OperandType;
  readonly array: number;
  readonly address: Affine;
  readonly guards: readonly GuardAccess[];
  private readonly fill: Value;

  /** Operand `slot` of the launch, walked over `rank` dims. */
  constructor(code: CodeBuilder, slot: number, type: OperandType, rank: number, fromZero = false) {
    this.type = type;
    this.array = code.array({ dtype: type.dtype, operand: slot });
    const steps = Array.from({ length: rank }, (_, d) => {
      const letter = type.strides[d];
      return letter === 's' ? code.param('operands', slot, 'strides', d) : letter === '1' ? number(1) : undefined;
    });
    let base = fromZero ? zero : code.param('operands', slot, 'offset');
    // The tests of a guard run in the outermost loop where they can.
    this.guards = type.guards.map((letters, g) => {
      const field = (...path: (string | number)[]): Value => code.param('operands', slot, 'guards', g, ...path);
      const coefficients = steps.map((_, d) => (letters[d] === 's' ? field('coefficients', d) : undefined));
      const coordinate = { base: field('start'), steps: coefficients };
      const [size, stride] = [field('size'), field('stride')];
      if (!letters.endsWith('/')) {
        // The quotient is the coordinate itself, so that the guard's stride is one more stride of the operand.
        base = plus(base, times(field('start'), stride));
        coefficients.forEach((coefficient, d) => {
          if (coefficient) steps[d] = code.name(code.root, plus(steps[d] ?? zero, times(coefficient, stride)));
        });
        return { coordinate, size, holds: (c) => test('lt', apply('shr', 'float64', c, zero), size), gain: undefined };
      }
      const step = field('step');
      const limit = code.name(code.root, times(size, step));
      return {
        coordinate,
        size,
        holds: (c) =>
          both(both(test('ge', c, zero), test('lt', c, limit)), test('eq', apply('mod', 'float64', c, step), zero)),
        gain: (c) => times(apply('div', 'float64', c, step), stride),
      };
    });
    this.address = { base: code.name(code.root, base), steps };
    this.fill = type.guards.length ? code.name(code.root, fillOf(code.param('operands', slot, 'fill'), type)) : zero;
  }

  /** The element at the scope; `address` if it is not only the operand's own strides that lead there. */
  load(scope: Scope, address = this.address): Leaf {
    const guards = this.guards.filter((guard) => !scope.inside.has(guard.coordinate));
    const levels = guards.map((guard) => scope.levelOf(guard.coordinate));
    const level = Math.max(scope.levelOf(address), ...levels);
    return {
      level,
      value: () => {
        let at = scope.index(address, level);
        if (!guards.length) return this.element(at);
        const conditions = guards.map((guard, g) => {
          const own = levels[g] ?? level;
          const coordinate = scope.index(guard.coordinate, own);
          const hoist = (value: Value): Value => (own < level ? scope.code.name(scope.at(own), value) : value);
          if (guard.gain) at = plus(at, hoist(guard.gain(coordinate)));
          return hoist(guard.holds(coordinate));
        });
        return choose(conditions.reduce(both), this.element(at), this.fill);
      },
    };
  }

  private element(at: Value): Value {
    return { kind: 'load', array: this.array, at };
  }

  store(scope: Scope, value: Value, address = this.address): void {
    scope.push({ kind: 'store', array: this.array, at: scope.index(address), value });
  }
}

/** A fill value is a number of the launch, so it is wrapped as what it stands for. */
function fillOf(fill: Value, { dtype }: OperandType): Value {
  return describe(dtype).kind === 'float' ? fill : apply('add', dtype, fill, zero);
}
