// Conversions between dtypes, and between the vectors that code works on and the bits that memory holds.

import type { DType } from '@rushlight/core/kernel';
import { call, f32x4, f64x2, i32x4, v128, i32, type Local, type V128 } from './assembler/index.ts';
import type { Emitter } from './emitter.ts';
import { lanesOf, named, narrowMask, type Vec } from './vector.ts';

const first = (x: Vec): Local<'v128'> => x[0] as Local<'v128'>;

/** The upper two lanes, as the lower two. */
const upper = (x: V128): V128 => i32x4.shuffle(x, x, [2, 3, 2, 3]);

/** Two vectors of which the lower two lanes matter as one of four. */
const joined = (low: V128, high: V128): V128 => i32x4.shuffle(low, high, [0, 1, 4, 5]);

/** float16 bits in 32-bit lanes as float32. */
function fromFloat16(e: Emitter, bits: Local<'v128'>): V128 {
  const magnitude = e.fn.name(i32x4.shl(v128.and(bits, e.i32(0x7fff)), i32.const(13)));
  // The exponent's bias differs by 112; multiplying also makes denormals what they are.
  const scaled = f32x4.mul(magnitude, e.f32(2 ** 112));
  const isSpecial = i32x4.geU(magnitude, e.i32(0x7c00 << 13));
  const finiteOrNot = v128.bitselect(v128.or(magnitude, e.i32(0x7f800000)), scaled, isSpecial);
  return v128.or(finiteOrNot, i32x4.shl(v128.and(bits, e.i32(0x8000)), i32.const(16)));
}

/** float32 rounded half to even to float16 bits in 32-bit lanes. */
function toFloat16(e: Emitter, x: Local<'v128'>): V128 {
  const { fn } = e;
  const magnitude = fn.name(v128.and(x, e.i32(0x7fffffff)));
  // 0.5 has the units of float16's denormals: adding it rounds to them.
  const denormal = i32x4.sub(f32x4.add(magnitude, e.f32(0.5)), e.f32(0.5));
  const odd = v128.and(i32x4.shrU(magnitude, i32.const(13)), e.i32(1));
  const rounded = i32x4.shrU(i32x4.add(i32x4.add(magnitude, e.i32(0xfff - (112 << 23))), odd), i32.const(13));
  const finite = i32x4.minU(v128.bitselect(denormal, rounded, i32x4.ltU(magnitude, e.i32(113 << 23))), e.i32(0x7c00));
  const bits = v128.bitselect(e.i32(0x7e00), finite, i32x4.gtU(magnitude, e.i32(0x7f800000)));
  return v128.or(bits, v128.and(i32x4.shrU(x, i32.const(16)), e.i32(0x8000)));
}

/** What memory holds, in 32-bit lanes (float64: as it is), as the vector that code works on. */
export function fromMemory(e: Emitter, dtype: DType, raw: Vec): Vec {
  if (dtype === 'float16') return named(e, [fromFloat16(e, first(raw))]);
  if (dtype === 'bool') return named(e, [i32x4.ne(first(raw), e.i32(0))]);
  return raw;
}

/** The opposite: bits in 32-bit lanes. */
export function toMemory(e: Emitter, dtype: DType, x: Vec): Vec {
  if (dtype === 'float16') return named(e, [toFloat16(e, first(x))]);
  if (dtype === 'bool') return named(e, [v128.and(first(x), e.i32(1))]);
  return x;
}

/** Each float64 lane through a function of the host. */
export function hostLanes(e: Emitter, name: string, ...args: readonly Vec[]): Vec {
  const host = e.module.import(name, args.map(() => 'f64'), 'f64'); // prettier-ignore
  return named(
    e,
    [0, 1].map((part) =>
      [0, 1].reduce<V128>(
        (sum, lane) =>
          f64x2.replaceLane(sum, lane, call('f64', host, ...args.map((arg) => f64x2.extractLane(arg[part] ?? first(arg), lane)))), // prettier-ignore
        e.f64(0),
      ),
    ),
  );
}

/** `x` of dtype `from` as `to`: see `castValue` of the kernel language. */
export function castVec(e: Emitter, from: DType, to: DType, x: Vec): Vec {
  if (from === to) return x;
  const [source, target] = [lanesOf(from), lanesOf(to)];
  if (target === 'mask') {
    if (source === 'f64') return named(e, [narrowMask(f64x2.ne(first(x), e.f64(0)), f64x2.ne(x[1] ?? first(x), e.f64(0)))]); // prettier-ignore
    return named(e, [source === 'f32' ? f32x4.ne(first(x), e.f32(0)) : i32x4.ne(first(x), e.i32(0))]);
  }
  if (source === 'mask') return castVec(e, 'int32', to, named(e, [v128.and(first(x), e.i32(1))]));
  if (to === 'float16') {
    if (from === 'float64') return castVec(e, 'float64', 'float32', hostLanes(e, 'roundToFloat16', x));
    const single = source === 'i32' ? named(e, [f32x4.convertI32x4S(first(x))]) : x;
    return named(e, [fromFloat16(e, e.fn.name(toFloat16(e, first(single))))]);
  }
  if (target === 'f64') {
    const widen = source === 'f32' ? f64x2.promoteLowF32x4 : f64x2.convertLowI32x4S;
    return named(e, [widen(first(x)), widen(upper(first(x)))]);
  }
  if (target === 'f32') {
    if (source === 'i32') return named(e, [f32x4.convertI32x4S(first(x))]);
    if (source === 'f32') return x;
    return named(e, [joined(f32x4.demoteF64x2Zero(first(x)), f32x4.demoteF64x2Zero(x[1] ?? first(x)))]);
  }
  const whole =
    source === 'i32'
      ? first(x)
      : source === 'f32'
        ? i32x4.truncSatF32x4S(first(x))
        : joined(i32x4.truncSatF64x2SZero(first(x)), i32x4.truncSatF64x2SZero(x[1] ?? first(x)));
  return named(e, [to === 'uint8' ? v128.and(whole, e.i32(255)) : whole]);
}
