import type { Buffer, DType, TypedArray } from '@rushlight/core/kernel';

/** A buffer of this backend: a typed array, which may be longer than the buffer where it comes from the pool. */
export class CpuBuffer implements Buffer {
  readonly dtype: DType;
  readonly length: number;
  data: TypedArray;
  /** The backend that made it; undefined once it is freed. */
  owner: object | undefined;

  constructor(dtype: DType, length: number, data: TypedArray, owner: object) {
    this.dtype = dtype;
    this.length = length;
    this.data = data;
    this.owner = owner;
  }
}

/** The memory behind a buffer that `run` has found to be its backend's own. */
export function dataOf(buffer: Buffer): TypedArray {
  return (buffer as CpuBuffer).data;
}
