// How far the functions are from the reference, over the whole of float32 but denormal numbers, which a device may flush: what MATH.md
// tells.

import { errorOf } from '@rushlight/backend-testkit/tools';
import type { WebGpuBackend } from '../../webgpu.ts';
import type { Features } from '../../features.ts';
import { arity, formula, mapped, meaning, type MathOp } from './mapped.ts';

export const mathOps: readonly MathOp[] = [
  'exp', 'expm1', 'log', 'log1p', 'sqrt', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'erf',
  'div', 'pow', 'atan2', 'mod',
]; // prettier-ignore

export interface Worst {
  /** In units of the last place of the exact result; ½ if every result was the nearest number. */
  readonly error: number;
  readonly at: readonly number[];
}

const borders = [
  0, 2 ** -126, 2 ** -12, 0.25, 0.5, 0.57, 2 / 3, 0.75, 1, 1.1, 4 / 3, 1.5, 2, 3, 3.95, 9.1, 17.5, 20, Math.LN2 / 2, Math.LN2, 1.5 * Math.LN2,
  Math.PI / 4, Math.PI / 2, Math.PI, 1.5 * Math.PI, 2 * Math.PI, 355, 60, 2 ** 13, 2 ** 20, 2 ** 23, 2 ** 24, 2 ** 25, 87.3365, 88, 88.3763, 88.7228,
  89.416, 103.2789, 103.9721, 2 ** 64, 2 ** 126, 2 ** 127, 3.4028234663852886e38, Infinity, NaN,
]; // prettier-ignore

type Interval = readonly [from: number, to: number];

/** Where each is at its worst: above a border, or where its result has lost a binary digit against what it is made of. */
const hardest: Partial<Record<MathOp, readonly Interval[]>> = {
  exp: [[0.3, 0.4], [11.4, 12.2], [87, 89]], expm1: [[-0.25, -0.4], [0.34, 0.45], [1, 2]], log: [[0.6, 0.75], [1.2, 1.4]],
  log1p: [[0.3333, 0.42], [-0.4, -0.25]], sin: [[0.7, 0.85]], cos: [[2.3, 2.45]], tan: [[0.7, 0.9]], asin: [[0.4, 0.62]], acos: [[-0.5, -0.53]],
  atan: [[0.95, 1.4]], sinh: [[0.95, 1.1]], cosh: [[0.3, 1.1]], tanh: [[0.54, 0.72]], erf: [[1, 1.35]], asinh: [[0.1, 2]], acosh: [[1, 2]],
  atanh: [[0.1, 0.9]],
}; // prettier-ignore

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function bitsOf(x: number): number {
  float[0] = x;
  return bits[0] ?? 0;
}

/** A generator of 32 bits that are the same in every run. */
function random(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  };
}

/**
 * As bits: around each border, then as many as are asked for: half of them of any bits, and the others of moderate size, where it is
 * hardest and, of functions of angles, next to a multiple of π/2.
 */
function* numbers(op: MathOp, count: number): Generator<number> {
  const next = random();
  for (const border of borders) {
    const middle = bitsOf(border);
    for (let k = Math.max(0, middle - 16); k <= middle + 16; k++) {
      yield k;
      yield (k | 0x80000000) >>> 0;
    }
  }
  const isAngle = op === 'sin' || op === 'cos' || op === 'tan';
  const intervals = hardest[op] ?? [];
  for (let k = 0; k < count; k++) {
    const any = next();
    const { [any % Math.max(intervals.length, 1)]: interval } = intervals;
    if (k % 4 < 2) yield any;
    else if (k % 4 === 2 && isAngle)
      yield (bitsOf(((any >>> (8 + (k % 16))) + 1) * (Math.PI / 2)) + (next() % 3) - 1) >>> 0;
    else if (k % 4 === 3 && interval) {
      const [from, to] = [bitsOf(interval[0]), bitsOf(interval[1])];
      yield from + (next() % (to - from + 1));
    } else yield ((any & 0x807fffff) | ((107 + (next() % 30)) << 23)) >>> 0;
  }
}

const points = [...borders, 5, 7, 10, 1 / 3, 2.5, 2 ** -30, 2 ** 24 - 1, 2 ** 33, 1e10, 1e30].flatMap((x) => [x, -x]);

/**
 * Points against points, then as many pairs as are asked for: of any bits, of moderate size, with powers that float32 can hold, and of
 * those the powers of negative numbers, whose exponents are whole.
 */
function* pairs(op: MathOp, count: number): Generator<readonly [number, number]> {
  const next = random();
  for (const x of points) for (const y of points) yield [x, y];
  const any = (low: number, exponents: number): number => {
    const word = next();
    bits[0] = ((word & 0x807fffff) | ((low + (next() % exponents)) << 23)) >>> 0;
    return float[0] ?? 0;
  };
  for (let k = 0; k < count; k += 4) {
    yield [any(1, 255), any(1, 255)];
    yield [any(120, 14), any(120, 14)];
    const x = any(107, 40);
    const range = op === 'pow' ? 150 / Math.abs(Math.log2(Math.abs(x))) : 1;
    const y = (next() / 2 ** 31 - 1) * range;
    yield [op === 'pow' ? Math.abs(x) : x, y];
    yield [-Math.abs(x), Math.round(y)];
  }
}

const isDenormal = (x: number): boolean => x !== 0 && Math.abs(x) < 2 ** -126;

/** The largest error of the operation over so many numbers or pairs of numbers, and those at which formulas change. */
export async function worstError(
  backend: WebGpuBackend,
  op: MathOp,
  count: number,
  features: Partial<Features> = {},
): Promise<Worst> {
  const exact = meaning(op);
  const operands = arity(op) === 1
    ? [new Float32Array(Uint32Array.from(numbers(op, count)).buffer)]
    : transposed([...pairs(op, count)]); // prettier-ignore
  const [xs = new Float32Array(), ys = xs] = operands;
  const results = await mapped(backend, formula(op, 'float32'), operands, 'float32', 'float32', features);
  let worst: Worst = { error: 0.5, at: [] };
  xs.forEach((x, k) => {
    const y = ys[k] ?? 0;
    if (isDenormal(x) || isDenormal(y)) return;
    const error = errorOf(results[k] ?? 0, exact(x, y), { flushes: true });
    if (error > worst.error) worst = { error, at: operands.length === 1 ? [x] : [x, y] };
  });
  return worst;
}

const transposed = (rows: readonly (readonly [number, number])[]): Float32Array[] => [
  Float32Array.from(rows, ([x]) => x),
  Float32Array.from(rows, ([, y]) => y),
];
