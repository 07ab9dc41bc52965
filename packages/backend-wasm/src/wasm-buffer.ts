import { describe, type Buffer, type DType } from '@rushlight/core/kernel';

/** A buffer of this backend: an address in its memory. */
export class WasmBuffer implements Buffer {
  readonly dtype: DType;
  readonly length: number;
  readonly address: number;
  /** The backend that made it; undefined once it is freed. */
  owner: object | undefined;

  constructor(dtype: DType, length: number, address: number, owner: object) {
    this.dtype = dtype;
    this.length = length;
    this.address = address;
    this.owner = owner;
  }
}

/** Bytes of an element in memory, as on the host. */
export const elementBytes = (dtype: DType): number => bytesPerElement[dtype];

const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: describe('float32').array.BYTES_PER_ELEMENT,
  float64: describe('float64').array.BYTES_PER_ELEMENT,
  float16: describe('float16').array.BYTES_PER_ELEMENT,
  int32: describe('int32').array.BYTES_PER_ELEMENT,
  uint8: describe('uint8').array.BYTES_PER_ELEMENT,
  bool: describe('bool').array.BYTES_PER_ELEMENT,
};

/** The address of a buffer that `run` has found to be its backend's own. */
export const addressOfBuffer = (buffer: Buffer): number => (buffer as WasmBuffer).address;
