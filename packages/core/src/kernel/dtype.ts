// Element types. A dtype is a name; `describe` tells what it means. Core counts elements: how many bytes an
// element takes on a device is the backend's business (WebGPU has no bytes), `bits` is only its information.

export type DType = 'float32' | 'float64' | 'float16' | 'int32' | 'uint8' | 'bool';

export type TypedArray = Float32Array | Float64Array | Uint16Array | Int32Array | Uint8Array;

export interface DTypeDescription {
  /** What arithmetic does: rounds (float), wraps at 32 or 8 bits (int), or is truth (bool). */
  readonly kind: 'float' | 'int' | 'bool';
  readonly bits: number;
  /** The host array that reads and writes use. float16 travels as its IEEE bits. */
  readonly array:
    | Float32ArrayConstructor
    | Float64ArrayConstructor
    | Uint16ArrayConstructor
    | Int32ArrayConstructor
    | Uint8ArrayConstructor;
}

const descriptions: Readonly<Record<DType, DTypeDescription>> = {
  float32: { kind: 'float', bits: 32, array: Float32Array },
  float64: { kind: 'float', bits: 64, array: Float64Array },
  float16: { kind: 'float', bits: 16, array: Uint16Array },
  int32: { kind: 'int', bits: 32, array: Int32Array },
  uint8: { kind: 'int', bits: 8, array: Uint8Array },
  bool: { kind: 'bool', bits: 1, array: Uint8Array },
};

/** Every dtype there is, widest floats first. */
export const dtypes = Object.keys(descriptions) as readonly DType[];

/** What a dtype means. */
export function describe(dtype: DType): DTypeDescription {
  return descriptions[dtype];
}

export function isFloat(dtype: DType): boolean {
  return descriptions[dtype].kind === 'float';
}

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(descriptions, value);
}

/** A zeroed host array of `length` elements of `dtype`. */
export function hostArray(dtype: DType, length: number): TypedArray {
  return new descriptions[dtype].array(length);
}
