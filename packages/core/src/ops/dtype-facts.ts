// What dtypes are, and which of several an operation computes in.

import { getDefaultDtype } from '../default-dtype.ts';
import { DTypeError } from '../errors.ts';
import { describe, isDType, isFloat, type DType } from '../kernel/index.ts';
import { resultType } from '../promotion.ts';

/** Refuses what is no dtype. */
export function checkDType(op: string, dtype: unknown): asserts dtype is DType {
  if (isDType(dtype)) return;
  const given = String(dtype);
  throw new DTypeError(
    op,
    given.startsWith('complex')
      ? `complex numbers (${given}) are out of scope. Keep real and imaginary parts as two tensors.`
      : `there is no dtype "${given}". Use float32, float64, float16, int32, uint8 or bool.`,
  );
}

const categories = { bool: 0, int: 1, float: 2 } as const;

/** Whether numbers of one dtype may be stored in another: floats not in integers, numbers not in bool. torch.can_cast */
export function canCast(from: DType, to: DType): boolean {
  checkDType('canCast', from);
  checkDType('canCast', to);
  return categories[describe(from).kind] <= categories[describe(to).kind];
}

/** The smallest dtype that two convert to. torch.promote_types */
export function promoteTypes(type1: DType, type2: DType): DType {
  checkDType('promoteTypes', type1);
  checkDType('promoteTypes', type2);
  return resultType({ dtype: type1, shape: [1] }, { dtype: type2, shape: [1] });
}

export interface FloatInfo {
  readonly dtype: DType;
  readonly bits: number;
  /** The difference between 1 and the next larger number. */
  readonly eps: number;
  readonly max: number;
  readonly min: number;
  /** The smallest positive number of full precision. */
  readonly tiny: number;
  /** The same as `tiny`. */
  readonly smallestNormal: number;
  /** 10 to minus the number of decimal digits that survive a round trip. */
  readonly resolution: number;
}

/** What a float dtype holds. Throws DTypeError for others. torch.finfo */
export function finfo(dtype: DType = getDefaultDtype()): FloatInfo {
  checkDType('finfo', dtype);
  if (!isFloat(dtype)) throw new DTypeError('finfo', `${dtype} is no float dtype. Use iinfo.`);
  const { bits } = describe(dtype);
  const [digits, reach, resolution] = bits === 64 ? [53, 1023, 1e-15] : bits === 32 ? [24, 127, 1e-6] : [11, 15, 1e-3];
  const max = 2 ** reach * (2 - 2 ** (1 - digits));
  const tiny = 2 ** (1 - reach);
  return { dtype, bits, eps: 2 ** (1 - digits), max, min: -max, tiny, smallestNormal: tiny, resolution };
}

export interface IntInfo {
  readonly dtype: DType;
  readonly bits: number;
  readonly max: number;
  readonly min: number;
}

/** What an integer dtype holds. Throws DTypeError for others. torch.iinfo */
export function iinfo(dtype: DType): IntInfo {
  checkDType('iinfo', dtype);
  const { bits, kind } = describe(dtype);
  if (kind !== 'int') throw new DTypeError('iinfo', `${dtype} is no integer dtype. Use finfo for floats.`);
  const [min, max] = bits === 8 ? [0, 255] : [-(2 ** 31), 2 ** 31 - 1];
  return { dtype, bits, max, min };
}
