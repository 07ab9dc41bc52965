// Memory of the device as the contract sees it, and the GPU's buffers behind it.

import type { Buffer, DType } from '@rushlight/core/kernel';
import { elementBytes } from './wgsl/value-types.ts';

/** A buffer of the GPU: it is handed out, taken back and handed out again. */
export interface Block {
  readonly gpu: GPUBuffer;
  readonly bytes: number;
  readonly id: number;
  /** The batch of commands that last named it. */
  batch: number;
  /** The keys of the bind groups that name it. */
  readonly groups: Set<string>;
  /** The device had no memory for it, which is told by itself: nobody shall have it again. */
  isVoid: boolean;
}

export class GpuBuffer implements Buffer {
  readonly dtype: DType;
  readonly length: number;
  readonly block: Block;
  /** The backend that it is of; undefined once it was freed. */
  owner: object | undefined;

  constructor(dtype: DType, length: number, block: Block, owner: object) {
    this.dtype = dtype;
    this.length = length;
    this.block = block;
    this.owner = owner;
  }

  /** Bytes of its elements. */
  get bytes(): number {
    return this.length * elementBytes(this.dtype);
  }
}
