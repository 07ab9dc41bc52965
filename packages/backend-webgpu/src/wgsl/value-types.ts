// What elements are in memory and in expressions. There are no bytes in a storage buffer: a bool or uint8 takes a word.

import { describe, type DType } from '@rushlight/core/kernel';

/** The WGSL type of a value while an expression computes with it. Halves are computed with as f32. */
export type ValueType = 'f32' | 'i32' | 'u32' | 'bool';

export function valueType(dtype: DType): ValueType {
  switch (dtype) {
    case 'float32':
    case 'float16':
      return 'f32';
    case 'int32':
      return 'i32';
    case 'uint8':
      return 'u32';
    case 'bool':
      return 'bool';
    default:
      throw new TypeError(`webgpu: there is no ${dtype} in WGSL.`);
  }
}

/** The WGSL type of an element of a storage buffer. */
export function storedType(dtype: DType): 'f32' | 'f16' | 'i32' | 'u32' {
  if (dtype === 'float16') return 'f16';
  const type = valueType(dtype);
  return type === 'bool' ? 'u32' : type;
}

/** Bytes of an element on the device. */
export function elementBytes(dtype: DType): number {
  return describe(dtype).bits === 16 ? 2 : 4;
}
