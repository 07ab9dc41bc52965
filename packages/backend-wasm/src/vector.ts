// Four elements at a time. Whatever the dtype, code works on four lanes: float32, float16 (computed as float32) and integers are one
// vector of 32-bit lanes, a bool is a mask of all ones or none, float64 is two vectors of two lanes.

import { i32x4, i64x2, v128, type Local, type V128, type Value } from './assembler/index.ts';
import type { Emitter } from './emitter.ts';
import { describe, type DType } from '@rushlight/core/kernel';

/** Four elements in locals: one part, or two for float64. */
export type Vec = readonly Local<'v128'>[];

/** How code computes with a dtype. */
export type Lanes = 'f32' | 'f64' | 'i32' | 'mask';

export function lanesOf(dtype: DType): Lanes {
  if (dtype === 'float64') return 'f64';
  const { kind } = describe(dtype);
  return kind === 'float' ? 'f32' : kind === 'bool' ? 'mask' : 'i32';
}

/** Puts the parts into locals. */
export function named(e: Emitter, parts: readonly V128[]): Vec {
  return parts.map((part) => e.fn.name(part));
}

/** A mask of four 32-bit lanes as one for each part of a vector. */
function maskParts(mask: V128, lanes: Lanes): V128[] {
  return lanes === 'f64' ? [i64x2.extendLowI32x4S(mask), i64x2.extendHighI32x4S(mask)] : [mask];
}

/** The masks of two pairs of 64-bit lanes as one of four 32-bit lanes. */
export const narrowMask = (low: V128, high: V128): V128 => i32x4.shuffle(low, high, [0, 2, 4, 6]);

/** Lanes of `yes` where the mask is set, of `no` elsewhere. */
export function selectLanes(e: Emitter, mask: Local<'v128'>, yes: Vec, no: Vec, lanes: Lanes): Vec {
  const masks = maskParts(mask, lanes);
  return named(
    e,
    yes.map((part, k) => v128.bitselect(part, no[k] ?? part, masks[k] ?? mask)),
  );
}

/** Of four equal elements the first one, spread over all lanes anew. */
export function firstEverywhere(e: Emitter, x: Vec): Vec {
  const [first] = x as [Local<'v128'>];
  const spread = x.length === 1 ? i32x4.splat(i32x4.extractLane(first, 0)) : i64x2.splat(i64x2.extractLane(first, 0));
  const part = e.fn.name(spread);
  return x.map(() => part);
}

/** The mask of lanes 0 … count − 1. */
export const firstLanes = (e: Emitter, count: Value<'i32'>): V128 => i32x4.ltS(e.ramp(), i32x4.splat(count));
