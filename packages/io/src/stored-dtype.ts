// The element types of safetensors, and what becomes of them here.

import { fromFloat16Bits } from '@rushlight/core/kernel';
import type { DType, TypedArray } from '@rushlight/core';

/** An element type under the format's own name. */
export type StoredDType = keyof typeof storedBits;

/** The bits that an element of each type takes in a file. */
export const storedBits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export function isStoredDType(name: unknown): name is StoredDType {
  return typeof name === 'string' && Object.hasOwn(storedBits, name);
}

/** The types of what is saved, in the order in which files hold them: the widest first, so that each tensor is aligned. */
export const savedAs = {
  float64: 'F64',
  float32: 'F32',
  int32: 'I32',
  float16: 'F16',
  uint8: 'U8',
  bool: 'BOOL',
} as const satisfies Record<DType, StoredDType>;

/** An integer that no int32 holds. */
interface Misfit {
  readonly value: bigint;
  readonly position: number;
}

/** How the elements of a type are read: as which dtype, and from which bytes. */
export interface Decoder {
  readonly dtype: DType;
  decode(bytes: Uint8Array): TypedArray | Misfit;
}

/** The bytes in a buffer of their own, which begins where typed arrays may begin. Engines are little-endian, as the format is. */
const own = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

const decoder = (dtype: DType, decode: Decoder['decode']): Decoder => ({ dtype, decode });

/** 64-bit integers as int32: the low word, where the high one is nothing but its sign. */
function narrow(bytes: Uint8Array, isSigned: boolean): Int32Array | Misfit {
  const buffer = own(bytes);
  const words = new Int32Array(buffer);
  const narrowed = new Int32Array(words.length / 2);
  for (let k = 0; k < narrowed.length; k++) {
    const [low = 0, high = 0] = [words[2 * k], words[2 * k + 1]];
    if (high !== (isSigned ? low >> 31 : 0) || (!isSigned && low < 0)) {
      const value = isSigned ? new BigInt64Array(buffer)[k] : new BigUint64Array(buffer)[k];
      return { value: value ?? 0n, position: k };
    }
    narrowed[k] = low;
  }
  return narrowed;
}

function narrowUint32(bytes: Uint8Array): Int32Array | Misfit {
  const values = new Int32Array(own(bytes));
  const position = values.findIndex((value) => value < 0);
  return position < 0 ? values : { value: BigInt((values[position] ?? 0) >>> 0), position };
}

/** Float32 numbers whose upper halves these are. */
function widenBfloat16(bytes: Uint8Array): Float32Array {
  const halves = new Uint16Array(own(bytes));
  const bits = new Uint32Array(halves.length);
  for (let k = 0; k < halves.length; k++) bits[k] = (halves[k] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

/** Eight bits of 4 exponent and 3 fraction bits: no infinities, and all ones are NaN. https://arxiv.org/abs/2209.05433 */
function fromE4M3(byte: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> 3) & 15;
  const fraction = byte & 7;
  if (exponent === 15 && fraction === 7) return NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

function widenBytes(valueOf: (byte: number) => number): Decoder['decode'] {
  return (bytes) => {
    const table = Float32Array.from({ length: 256 }, (_, byte) => valueOf(byte));
    return Float32Array.from(bytes, (byte) => table[byte] ?? 0);
  };
}

/** The types that can be loaded. What is narrower than a dtype of ours is widened without loss. */
export const decoders: Readonly<Partial<Record<StoredDType, Decoder>>> = {
  BOOL: decoder('bool', (bytes) => Uint8Array.from(bytes, (byte) => (byte === 0 ? 0 : 1))),
  U8: decoder('uint8', (bytes) => new Uint8Array(bytes)),
  I8: decoder('int32', (bytes) => Int32Array.from(new Int8Array(own(bytes)))),
  I16: decoder('int32', (bytes) => Int32Array.from(new Int16Array(own(bytes)))),
  U16: decoder('int32', (bytes) => Int32Array.from(new Uint16Array(own(bytes)))),
  I32: decoder('int32', (bytes) => new Int32Array(own(bytes))),
  U32: decoder('int32', narrowUint32),
  I64: decoder('int32', (bytes) => narrow(bytes, true)),
  U64: decoder('int32', (bytes) => narrow(bytes, false)),
  F8_E4M3: decoder('float32', widenBytes(fromE4M3)),
  // The upper byte of a float16.
  F8_E5M2: decoder(
    'float32',
    widenBytes((byte) => fromFloat16Bits(byte << 8)),
  ),
  F16: decoder('float16', (bytes) => new Uint16Array(own(bytes))),
  BF16: decoder('float32', widenBfloat16),
  F32: decoder('float32', (bytes) => new Float32Array(own(bytes))),
  F64: decoder('float64', (bytes) => new Float64Array(own(bytes))),
};
