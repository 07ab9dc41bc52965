import {
  binaryOps,
  comparisonMeaning,
  comparisonOps,
  integerBinary,
  multiplyHigh,
  unaryOps,
  type DType,
  type TypedArray,
} from '@rushlight/core/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoDriver } from '../testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from '../webgpu.ts';
import { mapped, type Formula } from './math/mapped.ts';
import { applyBinary, applyCast, applyComparison, applyUnary } from './operations.ts';
import { Shader } from './shader.ts';

const features = {
  f16: true, subgroupLanes: 1, software: false, workgroupThreads: 256, workgroupBytes: 16384, storageBuffers: 8, bindingBytes: 2 ** 27,
}; // prettier-ignore

const shader = (): Shader<number> => new Shader<number>({ ...features }, 64);

describe('what a shader is made of', () => {
  test('functions are there if they are used, with those that they call', () => {
    const names = (s: Shader<number>): string[] =>
      [...s.finish('').code.matchAll(/fn (\w+)\(/g)].map(([, name = '']) => name);
    expect(names(shader())).toEqual(['main']);
    const one = shader();
    one.let(applyUnary(one, 'sqrt', 'float32', 'x'));
    expect(names(one).toSorted()).toEqual(['instead', 'main', 'nearestRoot', 'root']);
    const many = shader();
    for (const op of unaryOps) if (op !== 'not') applyUnary(many, op, 'float32', 'x');
    for (const op of ['add', 'div', 'mod', 'pow', 'atan2', 'min', 'max'] as const)
      applyBinary(many, op, 'float32', 'x', 'y');
    const all = names(many);
    expect(new Set(all).size).toBe(all.length);
  });

  test('what costs a driver nothing costs nothing here', () => {
    const s = shader();
    expect(applyBinary(s, 'add', 'float32', 'x', 'y')).toBe('(x + y)');
    expect(applyBinary(s, 'mul', 'float32', 'x', '2f')).toBe('(x * 2f)');
    expect(applyComparison(s, 'lt', 'int32', 'x', 'y')).toBe('(x < y)');
    expect(applyCast(s, 'float16', 'float32', 'x')).toBe('x');
    expect(applyUnary(s, 'floor', 'int32', 'x')).toBe('x');
    expect(s.finish('').code).not.toContain('isNan');
    // A literal is no NaN: one test is enough.
    expect(applyComparison(s, 'le', 'float32', 'x', '0f')).toBe('((x <= 0f) & !isNan(x))');
    expect(applyComparison(s, 'ne', 'float32', 'x', 'x')).toBe('isNan(x)');
  });

  test('bits are cast to no half: naga, the compiler of Firefox and Deno, does not know that', () => {
    const s = shader();
    s.push(s.buffer('float16', 'write').store('0u', applyCast(s, 'float32', 'float16', 'x')));
    expect(s.finish('').code).toContain('enable f16;');
    expect(s.finish('').code).not.toMatch(/bitcast<(?!f32|u32|i32)/);
  });

  test('what has no meaning is named', () => {
    const s = shader();
    expect(() => applyUnary(s, 'exp', 'int32', 'x')).toThrow(
      'webgpu: exp is not defined for int32. Cast to another dtype first.',
    );
    expect(() => applyUnary(s, 'not', 'float32', 'x')).toThrow('webgpu: not is not defined for float32.');
    expect(() => applyBinary(s, 'atan2', 'uint8', 'x', 'y')).toThrow('webgpu: atan2 is not defined for uint8.');
    expect(() => applyBinary(s, 'xor', 'float16', 'x', 'y')).toThrow('webgpu: xor is not defined for float16.');
    expect(() => applyBinary(s, 'atan2', 'bool', 'x', 'y')).toThrow('webgpu: atan2 is not defined for bool.');
  });
});

const unavailable = whyNoDriver();

let backend: WebGpuBackend;
beforeAll(async () => {
  if (unavailable === undefined) backend = await openWebGpu({ budget: 2 ** 28 });
});
afterAll(() => backend?.dispose());

const on = (write: Formula, operands: TypedArray[], from: DType, to = from): Promise<TypedArray> =>
  mapped(backend, write, operands, from, to, { software: false });

const pairs = (values: readonly number[]): [Int32Array, Int32Array] => [
  Int32Array.from(values.flatMap((x) => values.map(() => x))),
  Int32Array.from(values.flatMap(() => values)),
];

describe.skipIf(unavailable !== undefined)('on a device', () => {
  test('quotients and roots of few digits are exact where they are corrected', async () => {
    const count = 4096;
    const quotients = Float32Array.from({ length: count }, (_, k) => (k % 61) - 30);
    const divisors = Float32Array.from({ length: count }, (_, k) => ((k % 97) + 1) * 2 ** ((k % 40) - 20));
    const products = quotients.map((q, k) => q * (divisors[k] ?? 0));
    const divide: Formula = (s, x = '', y = '') => applyBinary(s, 'div', 'float32', x, y);
    expect(await on(divide, [products, divisors], 'float32')).toEqual(quotients);
    const roots = Float32Array.from({ length: count }, (_, k) => k * 2 ** ((k % 80) - 40));
    expect(await on((s, x = '') => applyUnary(s, 'sqrt', 'float32', x), [roots.map((x) => x * x)], 'float32')).toEqual(
      roots,
    );
  });

  test('the first of many failures is told, whatever the order they are found in', async () => {
    const s = new Shader<number>(features, 1);
    s.push('for (var k = 1000u; k > 0u; k--) {', s.fail('true', 0, { type: 'u32', text: 'k' }, 'k'), '}');
    const { machine } = backend;
    machine.begin();
    machine.dispatch(s.finish('failures'), 0, [], 1);
    machine.end();
    await expect(backend.finish()).rejects.toThrow('webgpu: a check on data failed (check 0, position 1).');
    await backend.finish();
  });

  test('remainders are exact, whatever the quotient', async () => {
    const xs = Float32Array.from({ length: 512 }, (_, k) => (k % 2 ? 1 : -1) * (1 + k / 512) * 2 ** (k % 128));
    const ys = Float32Array.from(
      { length: 512 },
      (_, k) => (k % 3 ? 1 : -1) * (1 + ((k * 7) % 64) / 64) * 2 ** -(k % 120),
    );
    const actual = await on((s, x = '', y = '') => applyBinary(s, 'mod', 'float32', x, y), [xs, ys], 'float32');
    expect(actual).toEqual(xs.map((x, k) => x % (ys[k] ?? 0)));
  });

  test('integers wrap, and powers and products keep their low bits', async () => {
    const [xs, ys] = pairs([
      0, 1, -1, 2, -3, 7, 31, 65535, 65536, 46341, 2147483647, -2147483648, 123456789, -987654321,
    ]);
    for (const op of ['mul', 'div', 'mod', 'pow'] as const) {
      const actual = await on((s, x = '', y = '') => applyBinary(s, op, 'int32', x, y), [xs, ys], 'int32');
      expect(actual, `${op} of int32`).toEqual(xs.map((x, k) => integerBinary(op, x, ys[k] ?? 0)));
    }
    const high = await on((s, x = '', y = '') => applyBinary(s, 'mulhi', 'int32', x, y), [xs, ys], 'int32');
    expect(high).toEqual(xs.map((x, k) => multiplyHigh(x, ys[k] ?? 0)));
  });

  /** What each of several formulas of no operands gives, in one kernel. */
  const each = (formulas: readonly Formula[], to: DType): Promise<TypedArray> => {
    const write: Formula = (s, at = '') =>
      formulas.reduce((rest, formula, k) => s.let(`select(${rest}, ${formula(s)}, ${at} == ${k})`), to === 'int32' ? '0' : '0f'); // prettier-ignore
    return on(write, [Int32Array.from(formulas.keys())], 'int32', to);
  };

  // WGSL refuses a program where a constant overflows or is divided by zero.
  test('operations on literals compile, whatever comes out', async () => {
    const least = 'i32(-2147483647 - 1)';
    const value = (text: string): number => (text === least ? -2147483648 : Number(text.slice(4, -1)));
    const operands = [['i32(2147483647)', 'i32(40)'], [least, 'i32(-1)'], ['i32(5)', 'i32(0)']] as const; // prettier-ignore
    const binary = binaryOps.filter((op) => op !== 'atan2').flatMap((op) => operands.map(([a, b]) => ({ op, a, b })));
    const integers = await each(binary.map(({ op, a, b }) => (s) => applyBinary(s, op, 'int32', a, b)), 'int32'); // prettier-ignore
    binary.forEach(({ op, a, b }, k) => {
      expect(integers[k], `${op}(${a}, ${b})`).toBe(integerBinary(op, value(a), value(b)) | 0);
    });
    const others: Formula[] = [
      (s) => applyUnary(s, 'neg', 'int32', least),
      (s) => applyUnary(s, 'abs', 'int32', least),
      (s) => applyCast(s, 'uint8', 'int32', applyBinary(s, 'sub', 'uint8', '2u', '3u')),
      (s) => applyCast(s, 'float32', 'int32', '3000000000f'),
    ];
    expect([...(await each(others, 'int32'))]).toEqual([-2147483648, -2147483648, 255, 2147483647]);
    const floats: [Formula, number][] = [
      [(s) => applyUnary(s, 'log', 'float32', '-1f'), NaN],
      [(s) => applyUnary(s, 'log', 'float32', '0f'), -Infinity],
      [(s) => applyUnary(s, 'sqrt', 'float32', '-4f'), NaN],
      [(s) => applyUnary(s, 'exp', 'float32', '100f'), Infinity],
      [(s) => applyUnary(s, 'acos', 'float32', '2f'), NaN],
      [(s) => applyBinary(s, 'div', 'float32', '3f', '0f'), Infinity],
      [(s) => applyBinary(s, 'mod', 'float32', '3f', '0f'), NaN],
      [(s) => applyBinary(s, 'pow', 'float32', '3f', '0f'), 1],
      [(s) => applyCast(s, 'float32', 'float16', 'f32(1e+30)'), Infinity],
    ];
    expect([...(await each(floats.map(([write]) => write), 'float32'))]).toEqual(floats.map(([, expected]) => expected)); // prettier-ignore
  });

  test('comparisons and extremes with NaN', async () => {
    const values = [NaN, -NaN, 1, -1, 0, -0, Infinity, -Infinity];
    const xs = Float32Array.from(values.flatMap((x) => values.map(() => x)));
    const ys = Float32Array.from(values.flatMap(() => values));
    new Uint32Array(xs.buffer).fill(0xffc00001, values.length, 2 * values.length); // a NaN with a sign and a payload
    // All of them, and what `not` makes of them, as the bits of one integer.
    const write: Formula = (s, x = '', y = '') =>
      comparisonOps
        .flatMap((op) => [applyComparison(s, op, 'float32', x, y), `!${applyComparison(s, op, 'float32', x, y)}`])
        .reduce((sum, truth, k) => `(${sum} | select(0, ${1 << k}, ${truth}))`, '0');
    const truths = await on(write, [xs, ys], 'float32', 'int32');
    xs.forEach((x, k) => {
      const expected = comparisonOps.reduce((sum, op, n) => sum | ((comparisonMeaning[op](x, ys[k] ?? 0) ? 1 : 2) << (2 * n)), 0); // prettier-ignore
      expect(truths[k], `${x} and ${ys[k]}`).toBe(expected);
    });
    const least = await on((s, x = '', y = '') => applyBinary(s, 'min', 'float32', x, y), [xs, ys], 'float32');
    const most = await on((s, x = '', y = '') => applyBinary(s, 'max', 'float32', x, y), [xs, ys], 'float32');
    xs.forEach((x, k) => {
      const y = ys[k] ?? 0;
      expect((least[k] ?? 0) + 0, `min(${x}, ${y})`).toBe(Math.min(x, y) + 0); // of two zeros either will do
      expect((most[k] ?? 0) + 0, `max(${x}, ${y})`).toBe(Math.max(x, y) + 0);
    });
  });
});
