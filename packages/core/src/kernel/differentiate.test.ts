import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from './differentiate.ts';
import { binaryMeaning, castValue, comparisonMeaning, unaryMeaning, wrap } from './evaluate.ts';
import * as E from './expr.ts';
import { lower, postorder, serialise } from './rewrite.ts';

const x = E.input(0, 'float64');
const y = E.input(1, 'float64');
const g = E.input(2, 'float64');

/** The value of an expression for given inputs. */
function evaluate(root: E.Expr, inputs: readonly number[]): number {
  const values = new Map<E.Expr, number>();
  for (const e of postorder([lower(root)])) {
    const [a = 0, b = 0, c = 0] = e.args.map((arg) => values.get(arg) ?? NaN);
    const value = (): number => {
      if (e.op === 'input') return inputs[e.value] ?? NaN;
      if (e.op === 'constant') return e.value;
      if (e.op === 'select') return a ? b : c;
      if (e.op === 'cast') return castValue(a, e.dtype);
      if (Object.hasOwn(unaryMeaning, e.op)) return unaryMeaning[e.op as E.UnaryOp](a);
      if (Object.hasOwn(comparisonMeaning, e.op)) return Number(comparisonMeaning[e.op as E.ComparisonOp](a, b));
      return binaryMeaning[e.op as E.BinaryOp](a, b);
    };
    values.set(e, wrap(value(), e.dtype));
  }
  return values.get(lower(root)) ?? NaN;
}

const slope = (e: E.Expr, wrt: E.Expr, at: readonly number[]): number => {
  const d = differentiate(e, wrt, g);
  return d ? evaluate(d, at) : 0;
};

describe('differentiate', () => {
  // Where each function is smooth and defined.
  const domains: Partial<Record<E.UnaryOp, [number, number]>> = {
    log: [0.1, 5], log1p: [-0.9, 5], sqrt: [0.1, 5], asin: [-0.9, 0.9], acos: [-0.9, 0.9], acosh: [1.1, 5], atanh: [-0.9, 0.9],
    tan: [-1.2, 1.2], floor: [0.1, 0.9], ceil: [0.1, 0.9], trunc: [0.1, 0.9], round: [0.1, 0.4], sign: [0.1, 3], abs: [0.1, 3],
  }; // prettier-ignore

  test.each(E.unaryOps.filter((op) => op !== 'not'))('%s has the slope of its differences', (op) => {
    const [min, max] = domains[op] ?? [-3, 3];
    const e = E.unary(op, x);
    fc.assert(
      fc.property(fc.double({ min, max, noNaN: true }), (at) => {
        const h = 1e-6;
        const numeric = (evaluate(e, [at + h]) - evaluate(e, [at - h])) / (2 * h);
        expect(slope(e, x, [at, 0, 1])).toBeCloseTo(numeric, 3);
      }),
    );
  });

  test.each(['add', 'sub', 'mul', 'div', 'pow', 'atan2', 'min', 'max', 'mod'] as const)(
    '%s, in both operands',
    (op) => {
      const e = E.binary(op, x, y);
      fc.assert(
        fc.property(
          fc.double({ min: 0.3, max: 3, noNaN: true }),
          fc.double({ min: 0.3, max: 3, noNaN: true }),
          (a, b) => {
            const h = 1e-7;
            // Away from where min and max change over, and from where mod jumps.
            fc.pre(Math.abs(a - b) > 0.01 && Math.abs(a / b - Math.round(a / b)) > 0.01);
            const along = (da: number, db: number): number =>
              (evaluate(e, [a + da, b + db]) - evaluate(e, [a - da, b - db])) / (2 * h);
            expect(slope(e, x, [a, b, 1])).toBeCloseTo(along(h, 0), 4);
            expect(slope(e, y, [a, b, 1])).toBeCloseTo(along(0, h), 4);
          },
        ),
      );
    },
  );

  test('takes the incoming gradient into the branch that is taken', () => {
    const relu = E.select(x.le(0), 0, x);
    expect(slope(relu, x, [-1, 0, Infinity])).toBe(0);
    expect(slope(relu, x, [2, 0, Infinity])).toBe(Infinity);
    const safeLog = E.select(x.gt(0), E.log(x), 0);
    expect(slope(safeLog, x, [0, 0, 1])).toBe(0);
    expect(slope(safeLog.mul(3), x, [0, 0, 1])).toBe(0);
  });

  test('decides at kinks as PyTorch does', () => {
    expect(slope(E.abs(x), x, [0, 0, 1])).toBe(0);
    expect(slope(E.maximum(x, y), x, [2, 2, 1])).toBe(0.5);
    expect(slope(E.minimum(x, y), y, [2, 2, 1])).toBe(0.5);
    expect(slope(E.pow(x, y), x, [0, 0, 1])).toBe(0);
    expect(slope(E.pow(x, y), y, [0, 2, 1])).toBe(0);
  });

  test('follows overrides, and stops at detach and integers', () => {
    expect(slope(E.override(E.exp(x), [[x, 7]]), x, [1, 0, 2])).toBe(14);
    expect(differentiate(E.detach(E.exp(x)), x, g)).toBeUndefined();
    expect(differentiate(x.cast('int32').cast('float64'), x, g)).toBeUndefined();
    expect(differentiate(y, x, g)).toBeUndefined();
  });

  test('stays linear in the size of a shared expression', () => {
    let e: E.Expr = x;
    for (let k = 0; k < 40; k++) e = E.sin(e.mul(e));
    const d = differentiate(e, x, g);
    expect(postorder([d as E.Expr]).length).toBeLessThan(400);
  });
});

describe('serialise', () => {
  test('is equal for equal expressions only', () => {
    expect(serialise([x.add(y)])).toBe(serialise([E.input(0, 'float64').add(E.input(1, 'float64'))]));
    expect(serialise([x.add(y)])).not.toBe(serialise([y.add(x)]));
    expect(serialise([x.mul(E.constant(-0, 'float64'))])).not.toBe(serialise([x.mul(E.constant(0, 'float64'))]));
    expect(serialise([x, y])).not.toBe(serialise([y, x]));
  });
});
