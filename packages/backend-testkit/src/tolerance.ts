// How close is close enough. Integers and bool are exact. A float32 result may be computed in float32 throughout: a
// scalar function is good to a few units in the last place (6e-8 each), a formula chains a dozen of them, so 1e-5 with a
// floor of 1e-6 for what cancels. float64 allows as many units of its own. A float16 result is rounded once from at least
// float32 and may fall to the neighbour (2⁻¹⁰).

import { fromFloat16Bits, isFloat } from '@rushlight/core/kernel';
import type { DType, TypedArray } from '@rushlight/core/kernel';

export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

export type Tolerances = Readonly<Record<DType, Tolerance>>;

const exact: Tolerance = { rtol: 0, atol: 0 };

export const standardTolerances: Tolerances = {
  float64: { rtol: 1e-12, atol: 1e-13 },
  float32: { rtol: 1e-5, atol: 1e-6 },
  float16: { rtol: 1e-3, atol: 1e-6 },
  int32: exact,
  uint8: exact,
  bool: exact,
};

/** For results of chains of operations (gradients, second gradients): rounding adds up. */
export function loosened(tolerances: Tolerances, factor: number): Tolerances {
  const wider = (dtype: DType): Tolerance => ({
    rtol: tolerances[dtype].rtol * factor,
    atol: tolerances[dtype].atol * factor,
  });
  return { ...tolerances, float64: wider('float64'), float32: wider('float32'), float16: wider('float16') };
}

/** Elements as numbers: float16 travels as bits. */
function toNumbers(data: TypedArray, dtype: DType): number[] {
  return dtype === 'float16' ? Array.from(data, fromFloat16Bits) : Array.from(data);
}

/** Throws with the first element that is not close. NaN equals NaN, an infinity itself, −0 equals 0. */
export function expectClose(
  what: string,
  dtype: DType,
  actual: TypedArray,
  expected: TypedArray,
  tolerance: Tolerance,
): void {
  const [a, e] = [toNumbers(actual, dtype), toNumbers(expected, dtype)];
  if (a.length !== e.length) throw new Error(`${what}: ${a.length} elements, the reference has ${e.length}.`);
  const { rtol, atol } = isFloat(dtype) ? tolerance : exact;
  e.forEach((want, k) => {
    const got = a[k] ?? NaN;
    if (got === want || (Number.isNaN(got) && Number.isNaN(want))) return;
    if (Number.isFinite(want) && Math.abs(got - want) <= atol + rtol * Math.abs(want)) return;
    const parts = `Actual [${a.slice(0, 24).join(', ')}], reference [${e.slice(0, 24).join(', ')}]`;
    throw new Error(`${what}: element ${k} of ${e.length} (${dtype}) is ${got}, the reference has ${want}. ${parts}`);
  });
}
