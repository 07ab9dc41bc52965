// How far the functions are from the reference, over the whole of float32: what MATH.md tells.

import { errorOf } from '@rushlight/backend-testkit/tools';
import type { Features } from '../features.ts';
import { binaryMath, unaryMath, type MathOp } from './index.ts';
import { arity, mapped, meaning } from './mapped.ts';

export interface Worst {
  /** In units of the last place of the exact result; ½ if every result was the nearest number. */
  readonly error: number;
  readonly at: readonly number[];
}

export const mathOps: readonly MathOp[] = [...Object.keys(unaryMath), ...Object.keys(binaryMath)] as MathOp[];

const borders = [
  0, 2 ** -149, 2 ** -126, 2 ** -12, 0.25, 0.5, 0.57, 2 / 3, 0.75, 1, 1.1, 4 / 3, 1.5, 2, 3, 9.1, 17.5, 18, Math.LN2 / 2, Math.LN2, 1.5 * Math.LN2,
  Math.PI / 4, Math.PI / 2, Math.PI, 1.5 * Math.PI, 2 * Math.PI, 355, 2 ** 20, 2 ** 23, 2 ** 24, 87.3365, 88, 88.3763, 88.7228, 89.416, 103.2789, 103.9721,
  2 ** 64, 2 ** 126, 2 ** 127, 3.4028234663852886e38, Infinity, NaN,
]; // prettier-ignore

type Interval = readonly [from: number, to: number];

/** Where the remainder r of eˣ is at its largest or changes its sign, for 0 < x < 90. */
const ofExp = Array.from({ length: 259 }, (_, k) => (k + 1) * (Math.LN2 / 2)).map((x): Interval => [x - 0.05, x + 0.05]); // prettier-ignore

/** Where each is at its worst: above a border, or where its result has lost a binary digit against what it is made of. */
const hardest: Partial<Record<MathOp, readonly Interval[]>> = {
  exp: [...ofExp, ...ofExp.map(([from, to]): Interval => [-from, -to]), [11.4, 12.2]],
  expm1: [[-0.25, -0.4], [0.34, 0.45]], log: [[0.6, 0.75], [1.2, 1.4]], log1p: [[0.3333, 0.42]],
  sin: [[0.7, 0.85]], cos: [[2.3, 2.45]], asin: [[0.4, 0.62]], acos: [[-0.5, -0.53]], atan: [[0.95, 1.4]],
  sinh: [[0.95, 1.1], ...ofExp], cosh: ofExp, tanh: [[0.54, 0.72]], erf: [[1, 1.35]],
}; // prettier-ignore

/**
 * As bits, every `stride`th of all float32 numbers, 31 times as many where it is hardest and, for functions of angles, of those next to
 * a multiple of π/2, and the 64 on either side of each border, of either sign.
 */
function* numbers(op: MathOp, stride: number): Generator<number> {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const closer = Math.ceil(stride / 31);
  for (const interval of hardest[op] ?? []) {
    const [from = 0, to = 0] = new Uint32Array(Float32Array.from(interval).buffer);
    for (let k = from; k <= to; k += closer) yield k;
  }
  function* around(x: number, distance: number): Generator<number> {
    float[0] = x;
    const middle = bits[0] ?? 0;
    for (let k = Math.max(0, middle - distance); k <= middle + distance; k++) {
      yield k;
      yield (k | 0x80000000) >>> 0;
    }
  }
  for (const border of borders) yield* around(border, 64);
  if (op === 'sin' || op === 'cos' || op === 'tan')
    for (let x = Math.PI / 2; x < 2 ** 20; x += closer * (Math.PI / 2)) yield* around(x, 1);
  for (let k = 0; k < 2 ** 32; k += stride) yield k;
}

const points = [...borders, 5, 7, 10, 1 / 3, 2.5, 2 ** -30, 2 ** 24 - 1, 2 ** 25, 1e10, 1e-40].flatMap((x) => [x, -x]);

/**
 * Points against points, then as many pairs as are asked for: of any bits, of moderate size, with powers that float32 can hold, and of
 * those the powers of negative numbers, whose exponents are whole.
 */
function* pairs(op: MathOp, count: number): Generator<readonly [number, number]> {
  for (const x of points) for (const y of points) yield [x, y];
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const any = (low: number, exponents: number): number => {
    const exponent = low + Math.floor((random() / 2 ** 32) * exponents);
    bits[0] = ((random() >>> 31) << 31) | (exponent << 23) | (random() >>> 9);
    return float[0] ?? 0;
  };
  for (let k = 0; k < count; k += 4) {
    yield [any(0, 256), any(0, 256)];
    yield [any(120, 14), any(120, 14)];
    const x = any(107, 40);
    const range = op === 'pow' ? 150 / Math.abs(Math.log2(Math.abs(x))) : 1;
    const y = (random() / 2 ** 31 - 1) * range;
    yield [op === 'pow' ? Math.abs(x) : x, y];
    yield [-Math.abs(x), Math.round(y)];
  }
}

const capacity = 65536;

/** The largest error of the operation: over every `stride`th number, or 2³² / (16 · stride) pairs of numbers. */
export function worstErrors(op: MathOp, variants: readonly Features[], stride: number): readonly Worst[] {
  const exact = meaning(op);
  const maps = variants.map((features) => mapped(op, features, capacity));
  const [xs = new Float32Array(capacity), ys = new Float32Array(capacity)] = maps[0]?.operands ?? [];
  const bits = new Uint32Array(xs.buffer, xs.byteOffset, capacity);
  const worst: Worst[] = variants.map(() => ({ error: 0.5, at: [] }));
  const exacts = new Float64Array(capacity);
  const flush = (count: number): void => {
    for (const map of maps) {
      map.operands.forEach((operand, k) => operand.set(k === 0 ? xs : ys));
      map.run(capacity);
    }
    for (let k = 0; k < count; k++) exacts[k] = exact(xs[k] ?? 0, ys[k] ?? 0);
    maps.forEach(({ result, operands }, variant) => {
      for (let k = 0; k < count; k++) {
        const error = errorOf(result[k] ?? 0, exacts[k] ?? 0);
        if (error > (worst[variant]?.error ?? 0))
          worst[variant] = { error, at: operands.map((operand) => operand[k] ?? 0) };
      }
    });
  };
  let filled = 0;
  const take = (): void => {
    if (++filled < capacity) return;
    flush(capacity);
    filled = 0;
  };
  if (arity(op) === 1) {
    for (const number of numbers(op, stride)) {
      bits[filled] = number;
      take();
    }
  } else {
    for (const [x, y] of pairs(op, 2 ** 28 / stride)) {
      xs[filled] = x;
      ys[filled] = y;
      take();
    }
  }
  flush(filled);
  return worst;
}
