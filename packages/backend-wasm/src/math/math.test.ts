import { errorOf } from '@rushlight/backend-testkit/tools';
import { describe, expect, test } from 'vitest';
import { call, f32x4, FunctionBuilder, ModuleBuilder, type V128 } from '../assembler/index.ts';
import { Emitter } from '../emitter.ts';
import { hasRelaxedSimd } from '../features.ts';
import { binaryMath, cost, unaryMath, type MathBinary, type MathOp, type MathUnary } from './index.ts';
import { mathOps } from './error-table.ts';
import { mapped, meaning } from './mapped.ts';

const smallest = 2 ** -149;
const normal = 2 ** -126;
const largest = 3.4028234663852886e38;
const pi = Math.fround(Math.PI);
const halfPi = Math.fround(Math.PI / 2);

const unary: Readonly<Record<MathUnary, readonly (readonly [x: number, value: number])[]>> = {
  exp: [
    [0, 1], [-0, 1], [smallest, 1], [-smallest, 1], [Infinity, Infinity], [-Infinity, 0], [1000, Infinity], [-1000, 0],
    [88.72283172607422, 16777092 * 2 ** 104], [88.7228393554687, Infinity], [-103.9720764, smallest], [-103.972084, 0],
    [-104, 0],
  ],
  expm1: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [normal, normal], [3 * smallest, 3 * smallest], [Infinity, Infinity],
    [-Infinity, -1], [88.7228393554687, Infinity], [-30, -1], [-1000, -1],
  ],
  log: [
    [1, 0], [0, -Infinity], [-0, -Infinity], [Infinity, Infinity], [-Infinity, NaN], [-1, NaN], [-smallest, NaN], [smallest, Math.fround(-149 * Math.LN2)],
    [normal, Math.fround(-126 * Math.LN2)], [largest, Math.fround(128 * Math.LN2)],
  ],
  log1p: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [-1, -Infinity], [-1 - 2 ** -23, NaN], [-Infinity, NaN], [Infinity, Infinity],
    [largest, Math.fround(128 * Math.LN2)],
  ],
  sin: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [Infinity, NaN], [-Infinity, NaN], [pi, Math.fround(Math.sin(pi))], [1e38, Math.fround(Math.sin(Math.fround(1e38)))],
    [largest, Math.fround(Math.sin(largest))],
  ],
  cos: [
    [0, 1], [-0, 1], [smallest, 1], [Infinity, NaN], [-Infinity, NaN], [halfPi, Math.fround(Math.cos(halfPi))], [largest, Math.fround(Math.cos(largest))],
  ],
  tan: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [Infinity, NaN], [-Infinity, NaN], [halfPi, Math.fround(Math.tan(halfPi))],
    [largest, Math.fround(Math.tan(largest))],
  ],
  asin: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [1, halfPi], [-1, -halfPi], [1 + 2 ** -23, NaN], [-2, NaN], [Infinity, NaN],
  ],
  acos: [
    [1, 0], [-1, pi], [0, halfPi], [-0, halfPi], [smallest, halfPi], [1 + 2 ** -23, NaN], [-2, NaN], [-Infinity, NaN],
  ],
  atan: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [Infinity, halfPi], [-Infinity, -halfPi], [largest, halfPi],
  ],
  sinh: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [Infinity, Infinity], [-Infinity, -Infinity], [89.416, Infinity], [-1000, -Infinity],
  ],
  cosh: [[0, 1], [-0, 1], [smallest, 1], [Infinity, Infinity], [-Infinity, Infinity], [89.416, Infinity], [-1000, Infinity]],
  tanh: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [normal, normal], [Infinity, 1], [-Infinity, -1], [9.2, 1], [-largest, -1],
  ],
  asinh: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [Infinity, Infinity], [-Infinity, -Infinity], [largest, Math.fround(129 * Math.LN2)],
  ],
  acosh: [[1, 0], [1 - 2 ** -24, NaN], [0, NaN], [-1, NaN], [-largest, NaN], [Infinity, Infinity], [-Infinity, NaN], [largest, Math.fround(129 * Math.LN2)]],
  atanh: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [1, Infinity], [-1, -Infinity], [1 + 2 ** -23, NaN], [-2, NaN], [Infinity, NaN],
  ],
  erf: [
    [0, 0], [-0, -0], [smallest, smallest], [-smallest, -smallest], [4 * smallest, 5 * smallest], [Infinity, 1], [-Infinity, -1], [4, 1], [-largest, -1],
  ],
}; // prettier-ignore

const binary: Readonly<Record<MathBinary, readonly (readonly [x: number, y: number, value: number])[]>> = {
  pow: [
    [NaN, 0, 1], [NaN, -0, 1], [Infinity, 0, 1], [0, -0, 1], [1, NaN, 1], [1, Infinity, 1], [1, -Infinity, 1], [-1, Infinity, 1], [-1, -Infinity, 1],
    [NaN, 1, NaN], [2, NaN, NaN], [-1, NaN, NaN], [-8, 1 / 3, NaN], [-smallest, 0.5, NaN], [0, 3, 0], [-0, 3, -0], [-0, 2, 0], [-0, 0.5, 0],
    [0, -1, Infinity], [-0, -1, -Infinity], [-0, -2, Infinity], [-0, -0.5, Infinity], [0, -Infinity, Infinity], [-0, Infinity, 0],
    [0.5, Infinity, 0], [0.5, -Infinity, Infinity], [-2, Infinity, Infinity], [-2, -Infinity, 0], [Infinity, 0.5, Infinity], [Infinity, -1, 0],
    [-Infinity, 3, -Infinity], [-Infinity, 2, Infinity], [-Infinity, 0.5, Infinity], [-Infinity, -3, -0], [-Infinity, -0.5, 0],
    [2, 127, 2 ** 127], [2, 128, Infinity], [2, -126, normal], [2, -149, smallest], [2, -151, 0], [-2, -149, -smallest], [-2, 129, -Infinity],
    [smallest, 1, smallest], [smallest, -1, Infinity], [largest, 1, largest], [largest, -1, Math.fround(1 / largest)], [3, 5, 243], [-3, 5, -243],
    [10, 10, 1e10], [16777213, 2, Math.fround(16777213 ** 2)], [9, 0.5, 3], [-1, 16777215, -1], [-1, 16777216, 1], [7, 1, 7], [0.1, 1, Math.fround(0.1)],
  ],
  atan2: [
    [0, 0, 0], [-0, 0, -0], [0, -0, pi], [-0, -0, -pi], [0, 1, 0], [-0, 1, -0], [0, -1, pi], [-0, -1, -pi], [1, 0, halfPi], [-1, -0, -halfPi],
    [1, Infinity, 0], [-1, Infinity, -0], [1, -Infinity, pi], [-1, -Infinity, -pi], [Infinity, 1, halfPi], [-Infinity, -1, -halfPi],
    [Infinity, Infinity, Math.fround(Math.PI / 4)], [Infinity, -Infinity, Math.fround(0.75 * Math.PI)], [-Infinity, -Infinity, Math.fround(-0.75 * Math.PI)],
    [NaN, 1, NaN], [1, NaN, NaN], [NaN, Infinity, NaN], [0, NaN, NaN], [smallest, 1, smallest], [smallest, 2 ** 20, 0], [-smallest, largest, -0], [smallest, -1, pi],
    [smallest, smallest, Math.fround(Math.PI / 4)],
  ],
  mod: [
    [5, 3, 2], [-5, 3, -2], [5, -3, 2], [-5, -3, -2], [6, 3, 0], [-6, 3, -0], [0, 1, 0], [-0, 1, -0], [5.5, 2, 1.5], [1, 0, NaN], [0, 0, NaN],
    [Infinity, 1, NaN], [-Infinity, Infinity, NaN], [NaN, 1, NaN], [1, NaN, NaN], [1, Infinity, 1], [-0, Infinity, -0], [-2, -Infinity, -2],
    [largest, 3, largest % 3], [largest, smallest, 0], [1e30, 7, Math.fround(1e30) % 7], [normal, 3 * smallest, normal % (3 * smallest)],
    [smallest, 1, smallest], [2 ** 28, 3, 1], [2 ** 30 - 64, 2 ** -24 * 3, (2 ** 30 - 64) % (2 ** -24 * 3)],
  ],
}; // prettier-ignore

const cases = (op: MathOp): readonly (readonly number[])[] =>
  op in unary ? unary[op as MathUnary] : binary[op as MathBinary];

describe.each([false, true])('relaxed SIMD: %s', (relaxed) => {
  const features = { relaxed, wide: false };

  test.skipIf(relaxed && !hasRelaxedSimd()).each(mathOps)('%s: NaN, infinities, zeros, denormals and borders', (op) => {
    const map = mapped(op, features, 64);
    const list = cases(op);
    list.forEach((numbers, k) => map.operands.forEach((operand, n) => (operand[k] = numbers[n] ?? 0)));
    map.operands.forEach((operand) => (operand[list.length] = NaN));
    map.run(64);
    const got = list.map((numbers, k) => [...numbers.slice(0, -1), map.result[k]]);
    expect(got).toEqual(list);
    expect(map.result[list.length]).toBeNaN();
  });

  test.skipIf(relaxed && !hasRelaxedSimd()).each(['sin', 'cos', 'tan'] as const)(
    '%s of a number is the same beside numbers that the host is asked for',
    (op) => {
      const map = mapped(op, features, 4096);
      const [xs] = map.operands as [Float32Array];
      const host = Math.fround(Math[op](2e6));
      xs.forEach((_, k) => (xs[k] = k * 17.3 - 3e4));
      map.run(4096);
      const alone = map.result.slice();
      for (const lane of [0, 1, 2, 3]) {
        xs.forEach((_, k) => (xs[k] = k % 4 === lane ? 2e6 : k * 17.3 - 3e4));
        map.run(4096);
        expect(map.result).toEqual(alone.map((value, k) => (k % 4 === lane ? host : value)));
      }
    },
  );

  test.skipIf(relaxed && !hasRelaxedSimd())('whole powers are exact where float32 holds them', () => {
    const map = mapped('pow', features, 4096);
    const [xs, ys] = map.operands as [Float32Array, Float32Array];
    for (let k = 0; k < 4096; k++) [xs[k], ys[k]] = [(k % 256) - 128, k >> 8];
    map.run(4096);
    const exact = Array.from(xs, (x, k) => meaning('pow')(x, ys[k]!));
    const wrong = exact.filter((value, k) => Math.abs(value) < 2 ** 24 && map.result[k] !== value);
    expect(wrong).toEqual([]);
  });

  test.skipIf(relaxed && !hasRelaxedSimd())('a remainder is exact, whatever the quotient', () => {
    const map = mapped('mod', features, 65536);
    const [xs, ys] = map.operands as [Float32Array, Float32Array];
    // Dividends a unit below a multiple of the divisor, and multiples: where a rounded quotient would be one too large.
    for (let k = 0; k < 65536; k++) {
      ys[k] = Math.fround(1 + k * 2 ** -16);
      const multiple = Math.fround(ys[k]! * 2 ** (k % 30) * (1 + (k % 7) / 8));
      xs[k] = (k & 1 ? -1 : 1) * (multiple - (k % 3) * 2 ** (Math.floor(Math.log2(multiple)) - 23));
    }
    map.run(65536);
    expect(map.result).toEqual(Float32Array.from(xs, (x, k) => x % ys[k]!));
  });

  test.skipIf(relaxed && !hasRelaxedSimd()).each(mathOps)('%s computes its arguments once', (op) => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const module = new ModuleBuilder();
    const fn = module.add(new FunctionBuilder([], 'f32'), 'run');
    const e = new Emitter(module, fn, features);
    const argument = (name: string): V128 => f32x4.splat(call('f32', module.import(name, [], 'f32')));
    const value =
      op in unaryMath
        ? unaryMath[op as MathUnary](e, argument('x'))
        : binaryMath[op as MathBinary](e, argument('x'), argument('y'));
    fn.return(f32x4.extractLane(value, 3));
    let calls = 0;
    const host = { memory, mod: meaning('mod'), sin: Math.sin, cos: Math.cos, tan: Math.tan, x: () => (calls++, 0.75), y: () => (calls++, 0.5) } as WebAssembly.ModuleImports; // prettier-ignore
    const bytes = module.finish({ shared: false, maximum: 1 });
    const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host }).exports as { run: () => number };
    expect(errorOf(run(), meaning(op)(0.75, 0.5))).toBeLessThanOrEqual(2);
    expect(calls).toBe(op in unaryMath ? 1 : 2);
  });
});

test('every function has a cost', () => {
  expect(Object.keys(cost).toSorted()).toEqual(mathOps.toSorted());
  for (const op of mathOps) expect(cost[op]).toBeGreaterThan(0);
});
