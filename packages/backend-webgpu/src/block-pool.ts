// Buffers of the GPU by size class. The garbage collector feels none of them, so those that are given back are kept and handed out again,
// and destroyed when they are too many. A device runs its commands in order: what is queued is done before a block's next use.

import { OutOfMemoryError } from '@rushlight/core/kernel';
import type { Block } from './gpu-buffer.ts';

/** What the pool needs of a device. */
export interface BlockMaker {
  /** Bytes of the largest buffer. */
  readonly largest: number;
  /** A buffer. `isVoid` is called later where there was no memory for it, and nothing can be done with it. */
  make(bytes: number, isVoid: () => void): GPUBuffer;
  /** Destroys a block that no command names any more. */
  destroy(block: Block): void;
}

/** The smallest block. */
const least = 256;

/** `bytes` rounded up to one of four sizes per power of two: at most a fifth is lost. */
function blockBytes(bytes: number): number {
  if (bytes <= least) return least;
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

export class BlockPool {
  private readonly maker: BlockMaker;
  private readonly budget: number;
  private readonly waiting = new Map<number, Block[]>();
  private lastId = 0;
  /** Bytes of the blocks that are handed out. */
  private takenBytes = 0;
  pooledBytes = 0;
  pooledBlocks = 0;

  constructor(maker: BlockMaker, budget: number) {
    this.maker = maker;
    this.budget = budget;
  }

  /** A block of at least so many bytes. Throws OutOfMemoryError where no buffer can be as large. */
  take(bytes: number): Block {
    const { largest } = this.maker;
    if (bytes > largest) {
      throw new OutOfMemoryError(
        `webgpu: ${bytes} bytes are more than the ${largest} that this adapter allows in one buffer. Use smaller tensors.`,
      );
    }
    const size = Math.min(blockBytes(bytes), largest);
    const block = this.waiting.get(size)?.pop();
    this.takenBytes += size;
    if (block) {
      this.pooledBytes -= size;
      this.pooledBlocks--;
      return block;
    }
    if (this.takenBytes + this.pooledBytes > this.budget) this.trim(Math.max(this.budget - this.takenBytes, 0));
    const gpu = this.maker.make(size, () => {
      made.isVoid = true;
      this.trim(0); // it too, if it waits; and there may be room now
    });
    const made: Block = { gpu, bytes: size, id: ++this.lastId, batch: 0, groups: new Set(), isVoid: false };
    return made;
  }

  give(block: Block): void {
    this.takenBytes -= block.bytes;
    if (block.isVoid) return this.maker.destroy(block);
    this.pooledBytes += block.bytes;
    this.pooledBlocks++;
    const same = this.waiting.get(block.bytes);
    if (same) same.push(block);
    else this.waiting.set(block.bytes, [block]);
  }

  /** Destroys blocks that wait, the largest first, until they are at most so many bytes. */
  trim(most: number): void {
    for (const size of [...this.waiting.keys()].sort((x, y) => y - x)) {
      const blocks = this.waiting.get(size) ?? [];
      while (this.pooledBytes > most) {
        const block = blocks.shift(); // the one that waits for longest
        if (!block) break;
        this.pooledBytes -= size;
        this.pooledBlocks--;
        this.maker.destroy(block);
      }
      if (blocks.length === 0) this.waiting.delete(size);
    }
  }
}
