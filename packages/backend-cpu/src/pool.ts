// Freed memory, kept for reuse in size classes: four to each power of two, so that growing sequences reuse it too and
// at most a fifth of a block lies idle.

import { type DType, OutOfMemoryError, type TypedArray, describe } from '@rushlight/core/kernel';

type ArrayConstructor = ReturnType<typeof describe>['array'];

export class Pool {
  bytes = 0;
  count = 0;
  private readonly limit: number;
  private readonly kept = new Map<ArrayConstructor, Map<number, TypedArray[]>>();

  /** Keeps at most `limit` bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** An array of at least `length` elements. */
  take(dtype: DType, length: number): TypedArray {
    const make = describe(dtype).array;
    const size = sizeClass(length);
    const reused = this.kept.get(make)?.get(size)?.pop();
    if (!reused) return this.make(make, size);
    this.bytes -= reused.byteLength;
    this.count--;
    return reused;
  }

  private make(make: ArrayConstructor, size: number): TypedArray {
    try {
      return new make(size);
    } catch {
      this.drop();
    }
    try {
      return new make(size);
    } catch {
      const bytes = size * make.BYTES_PER_ELEMENT;
      throw new OutOfMemoryError(
        `cpu: no memory for ${size} elements (${bytes} bytes). Free tensors or use smaller batches.`,
      );
    }
  }

  give(data: TypedArray): void {
    if (data.length === 0 || this.bytes + data.byteLength > this.limit) return;
    const make = data.constructor as ArrayConstructor;
    let sizes = this.kept.get(make);
    if (!sizes) this.kept.set(make, (sizes = new Map()));
    const same = sizes.get(data.length);
    if (same) same.push(data);
    else sizes.set(data.length, [data]);
    this.bytes += data.byteLength;
    this.count++;
  }

  drop(): void {
    this.kept.clear();
    this.bytes = 0;
    this.count = 0;
  }
}

function sizeClass(length: number): number {
  if (length <= 8 || length > 2 ** 30) return length;
  const unit = 2 ** (29 - Math.clz32(length - 1));
  return Math.ceil(length / unit) * unit;
}
