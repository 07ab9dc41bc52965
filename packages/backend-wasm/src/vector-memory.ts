// Four elements of a buffer as a vector, and back. The elements may be neighbours, each at an address of its own, or all one.

import { describe, type DType } from '@rushlight/core/kernel';
import { f32, f64, f64x2, i16x8, i32, i32x4, i8x16, v128, type Code, type I32, type Local, type V128, type Value } from './assembler/index.ts'; // prettier-ignore
import type { Emitter } from './emitter.ts';
import { castVec, fromMemory, toMemory } from './vector-cast.ts';
import { lanesOf, named, type Vec } from './vector.ts';

const bitsOf = (dtype: DType): number => (dtype === 'bool' ? 8 : describe(dtype).bits);

/** Four neighbouring elements from an address on; memory may be read behind the last of them. */
export function loadFour(e: Emitter, dtype: DType, address: I32, offset = 0): Vec {
  switch (bitsOf(dtype)) {
    case 64:
      return named(e, [v128.load(address, offset), v128.load(address, offset + 16)]);
    case 32:
      return named(e, [v128.load(address, offset)]);
    case 16:
      return fromMemory(e, dtype, named(e, [v128.load16x4U(address, offset)]));
    default: {
      const bytes = i16x8.extendLowI8x16U(v128.load32Zero(address, offset));
      return fromMemory(e, dtype, named(e, [i32x4.extendLowI16x8U(bytes)]));
    }
  }
}

/** An element as memory holds it: float32 and float64 as they are, others as integers. */
export function loadRaw(dtype: DType, address: I32): Value {
  switch (dtype) {
    case 'float64':
      return f64.load(address);
    case 'float32':
      return f32.load(address);
    case 'float16':
      return i32.load16U(address);
    case 'int32':
      return i32.load(address);
    default:
      return i32.load8U(address);
  }
}

/** Stores what `loadRaw` gives: a statement. */
export function storeRaw(dtype: DType, address: I32, raw: Value): Code {
  switch (bitsOf(dtype)) {
    case 64:
      return f64.store(address, raw as Value<'f64'>);
    case 32:
      return dtype === 'float32' ? f32.store(address, raw as Value<'f32'>) : i32.store(address, raw as I32);
    case 16:
      return i32.store16(address, raw as I32);
    default:
      return i32.store8(address, raw as I32);
  }
}

/** Four times the raw element. */
export function splatRaw(e: Emitter, dtype: DType, raw: Value): Vec {
  if (dtype === 'float64') {
    const part = e.fn.name(f64x2.splat(raw as Value<'f64'>));
    return [part, part];
  }
  const splat = dtype === 'float32' ? v128Float(raw) : i32x4.splat(raw as I32);
  return fromMemory(e, dtype, named(e, [splat]));
}

const v128Float = (raw: Value): V128 => i32x4.splat(i32.reinterpretF32(raw as Value<'f32'>));

/** One element in every lane. */
export function loadSplat(e: Emitter, dtype: DType, address: I32): Vec {
  if (dtype === 'float32' || dtype === 'int32') return named(e, [v128.load32Splat(address)]);
  return splatRaw(e, dtype, loadRaw(dtype, address));
}

/** Lane k is what `raw(k)` gives: an element as memory holds it. */
export function gatherRaw(e: Emitter, dtype: DType, raw: (lane: number) => Value): Vec {
  if (dtype === 'float64') {
    return named(
      e,
      [0, 2].map((from) => f64x2.replaceLane(f64x2.splat(raw(from) as Value<'f64'>), 1, raw(from + 1) as Value<'f64'>)),
    );
  }
  const bits = (lane: number): I32 => (dtype === 'float32' ? i32.reinterpretF32(raw(lane) as Value<'f32'>) : (raw(lane) as I32)); // prettier-ignore
  const all = [1, 2, 3].reduce<V128>((sum, lane) => i32x4.replaceLane(sum, lane, bits(lane)), i32x4.splat(bits(0)));
  return fromMemory(e, dtype, named(e, [all]));
}

/** Four elements at addresses of their own. */
export function loadEach(e: Emitter, dtype: DType, address: (lane: number) => I32): Vec {
  if (dtype === 'float32' || dtype === 'int32') {
    return named(e, [[1, 2, 3].reduce<V128>((sum, lane) => v128.load32Lane(address(lane), sum, lane), v128.load32Zero(address(0)))]); // prettier-ignore
  }
  return gatherRaw(e, dtype, (lane) => loadRaw(dtype, address(lane)));
}

/** A vector in the form in which its elements are stored: convert once, then store by one of the two functions below. */
export interface Stored {
  readonly dtype: DType;
  readonly raw: Vec;
}

/** Prepares a vector of dtype `from` for being stored as `dtype`. */
export function stored(e: Emitter, dtype: DType, x: Vec, from: DType = dtype): Stored {
  // Storing float16 rounds it: what is a float32 in the lanes shall not be rounded twice.
  const isRoundedOnce = dtype === 'float16' && lanesOf(from) === 'f32';
  return { dtype, raw: toMemory(e, dtype, isRoundedOnce ? x : castVec(e, from, dtype, x)) };
}

/** Stores four neighbouring elements. */
export function storeFour(e: Emitter, address: I32, { dtype, raw }: Stored, offset = 0): void {
  const [low, high] = raw as [Local<'v128'>, Local<'v128'>?];
  switch (bitsOf(dtype)) {
    case 64:
      e.fn.do(v128.store(address, low, offset));
      e.fn.do(v128.store(address, high ?? low, offset + 16));
      return;
    case 32:
      e.fn.do(v128.store(address, low, offset));
      return;
    case 16:
      e.fn.do(v128.store64Lane(address, i16x8.narrowI32x4U(low, low), 0, offset));
      return;
    default: {
      const words = i16x8.narrowI32x4U(low, low);
      e.fn.do(v128.store32Lane(address, i8x16.narrowI16x8U(words, words), 0, offset));
    }
  }
}

/** Stores one lane: a statement. */
export function storeLane(address: I32, { dtype, raw }: Stored, lane: number): Code {
  const [low, high] = raw as [Local<'v128'>, Local<'v128'>?];
  switch (bitsOf(dtype)) {
    case 64:
      return v128.store64Lane(address, lane < 2 ? low : (high ?? low), lane & 1);
    case 32:
      return v128.store32Lane(address, low, lane);
    case 16:
      return v128.store16Lane(address, low, lane * 2);
    default:
      return v128.store8Lane(address, low, lane * 4);
  }
}

/** A number of the launch in every lane: `value` is read as float64. */
export function splatNumber(e: Emitter, dtype: DType, value: Value<'f64'>): Vec {
  const lanes = lanesOf(dtype);
  if (lanes === 'f64') {
    const part = e.fn.name(f64x2.splat(value));
    return [part, part];
  }
  if (lanes === 'f32') return named(e, [v128Float(f32.demoteF64(value))]);
  const whole = i32x4.splat(i32.truncSatF64S(value));
  return named(e, [lanes === 'mask' ? i32x4.ne(whole, e.i32(0)) : whole]);
}
