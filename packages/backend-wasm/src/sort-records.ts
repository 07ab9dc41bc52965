// What is sorted: records of a key, whose order as an unsigned integer is that of the values, and below it twice the position, plus
// 1 for a −0, which is equal to 0. Keys of up to 32 bits and their positions are 8 bytes, those of 64 bits 16.

import type { DType } from '@rushlight/core/kernel';
import { f32x4, f64x2, i32, i32x4, i64x2, v128, type I32, type Local, type V128 } from './assembler/index.ts';
import type { Emitter } from './emitter.ts';
import { lanesOf, named, narrowMask, type Vec } from './vector.ts';

export interface RecordLayout {
  readonly bytes: 8 | 16;
  /** The bytes in which keys may differ, the lowest first. */
  readonly digits: readonly number[];
}

export function recordLayout(dtype: DType): RecordLayout {
  if (dtype === 'float64') return { bytes: 16, digits: [8, 9, 10, 11, 12, 13, 14, 15] };
  if (dtype === 'uint8' || dtype === 'bool') return { bytes: 8, digits: [4] };
  // float16 is sorted as float32, whose lowest byte it does not use.
  return { bytes: 8, digits: dtype === 'float16' ? [5, 6, 7] : [4, 5, 6, 7] };
}

const first = (x: Vec): Local<'v128'> => x[0] as Local<'v128'>;

interface Keys {
  readonly keys: Vec;
  /** 1 where the value is −0. */
  readonly minusZero: V128;
}

/** Flips all bits of negative numbers, of others the sign; every NaN has the key of one, which is the largest. */
function toKeys(e: Emitter, dtype: DType, x: Vec): Keys {
  const lanes = lanesOf(dtype);
  switch (lanes) {
    case 'mask':
      return { keys: named(e, [v128.and(first(x), e.i32(1))]), minusZero: e.i32(0) };
    case 'i32':
      return { keys: dtype === 'uint8' ? x : named(e, [v128.xor(first(x), e.i32(-(2 ** 31)))]), minusZero: e.i32(0) };
    default: {
      const is64 = lanes === 'f64';
      const ops = is64 ? f64x2 : f32x4;
      const constant = (value: number): V128 => (is64 ? e.f64(value) : e.f32(value));
      const parts = x.map((part) => {
        const isZero = e.fn.name(ops.eq(part, constant(0)));
        const number = v128.bitselect(constant(NaN), v128.andnot(part, isZero), ops.ne(part, part));
        const bits = e.fn.name(number);
        const signs = is64 ? i64x2.shrS(bits, i32.const(63)) : i32x4.shrS(bits, i32.const(31));
        const zero = v128.and(part, isZero);
        return {
          key: v128.xor(bits, v128.or(signs, constant(-0))),
          minusZero: e.fn.name(is64 ? i64x2.shrU(zero, i32.const(63)) : i32x4.shrU(zero, i32.const(31))),
        };
      });
      const [low, high] = parts as [(typeof parts)[number], (typeof parts)[number]?];
      const minusZero = high ? narrowMask(low.minusZero, high.minusZero) : low.minusZero;
      return { keys: named(e, parts.map(({ key }) => key)), minusZero }; // prettier-ignore
    }
  }
}

function fromKeys(e: Emitter, dtype: DType, keys: Vec, minusZero: Local<'v128'>): Vec {
  const lanes = lanesOf(dtype);
  switch (lanes) {
    case 'mask':
      return named(e, [i32x4.ne(first(keys), e.i32(0))]);
    case 'i32':
      return dtype === 'uint8' ? keys : named(e, [v128.xor(first(keys), e.i32(-(2 ** 31)))]);
    default: {
      const is64 = lanes === 'f64';
      const sign = is64 ? e.f64(-0) : e.f32(-0);
      return named(
        e,
        keys.map((key, k) => {
          const wasPositive = is64 ? i64x2.shrS(key, i32.const(63)) : i32x4.shrS(key, i32.const(31));
          const bits = v128.xor(key, v128.or(v128.not(wasPositive), sign));
          const zeros = k === 0 ? i64x2.extendLowI32x4S(minusZero) : i64x2.extendHighI32x4S(minusZero);
          return v128.or(bits, is64 ? i64x2.shl(zeros, i32.const(63)) : i32x4.shl(minusZero, i32.const(31)));
        }),
      );
    }
  }
}

const flipped = (e: Emitter, keys: Vec): Vec => named(e, keys.map((key) => v128.not(key))); // prettier-ignore

/** Stores the records of four values, of which the first is at a position. */
export function storeRecords(e: Emitter, dtype: DType, descending: boolean, at: I32, x: Vec, position: I32): void {
  const { fn } = e;
  const { keys: rising, minusZero } = toKeys(e, dtype, x);
  const keys = descending ? flipped(e, rising) : rising;
  const positions = i32x4.add(e.ramp(), i32x4.splat(position));
  const low = fn.name(v128.or(i32x4.shl(positions, i32.const(1)), minusZero));
  const write = (offset: number, value: V128): void => fn.do(v128.store(at, value, offset));
  const [key, more] = keys as [Local<'v128'>, Local<'v128'>?];
  if (!more) {
    write(0, i32x4.shuffle(low, key, [0, 4, 1, 5]));
    write(16, i32x4.shuffle(low, key, [2, 6, 3, 7]));
    return;
  }
  write(0, i32x4.shuffle(low, key, [0, 0, 4, 5]));
  write(16, i32x4.shuffle(low, key, [1, 1, 6, 7]));
  write(32, i32x4.shuffle(low, more, [2, 2, 4, 5]));
  write(48, i32x4.shuffle(low, more, [3, 3, 6, 7]));
}

/** The values and positions of four records. */
export function loadRecords(e: Emitter, dtype: DType, descending: boolean, at: I32): { values: Vec; positions: Vec } {
  const { fn } = e;
  const { bytes } = recordLayout(dtype);
  const words = Array.from({ length: bytes / 4 }, (_, k) => fn.name(v128.load(at, 16 * k)));
  const [a, b, c = a, d = b] = words as [Local<'v128'>, Local<'v128'>, Local<'v128'>?, Local<'v128'>?];
  const low = fn.name(
    bytes === 8
      ? i32x4.shuffle(a, b, [0, 2, 4, 6])
      : i32x4.shuffle(i32x4.shuffle(a, b, [0, 4, 0, 4]), i32x4.shuffle(c, d, [0, 4, 0, 4]), [0, 1, 4, 5]),
  );
  const stored = named(e, bytes === 8 ? [i32x4.shuffle(a, b, [1, 3, 5, 7])] : [i32x4.shuffle(a, b, [2, 3, 6, 7]), i32x4.shuffle(c, d, [2, 3, 6, 7])]); // prettier-ignore
  const keys = descending ? flipped(e, stored) : stored;
  const minusZero = fn.name(v128.and(low, e.i32(1)));
  const positions = named(e, [i32x4.shrU(low, i32.const(1))]);
  return { values: fromKeys(e, dtype, keys, minusZero), positions };
}
