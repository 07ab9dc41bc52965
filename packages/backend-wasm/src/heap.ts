// The one memory that all buffers lie in, and who has which part of it. Blocks come in size classes, four to each power of two,
// and go back to the list of their class, so that a steady loop finds each block again. Where fresh memory has run out,
// neighbouring free blocks are merged, and what is asked for is cut from them. Small blocks, which often live long, lie together
// in slabs: scattered among large ones they would keep those from becoming one.

import { OutOfMemoryError } from '@rushlight/core/kernel';

const pageSize = 65536;
/**
 * Of every address. As many bytes precede each buffer and say how large its block is; four elements may be read where one is left,
 * though never written: what lies behind is the next block's, or left free.
 */
const alignment = 64;
/** Where small blocks are cut from; small are those that go so many times into one. */
const slabBytes = 2 ** 20;
const smallest = 16;
/** Tells the beginning of a block from other memory. */
const mark = 0x6c616d70;

export interface HeapOptions {
  /** Bytes that the memory may grow to. */
  readonly limit: number;
  readonly shared: boolean;
}

/** Views of the whole memory. Growing makes new ones. */
export interface Views {
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly maximumPages: number;
  views: Views;
  /** Freed blocks that wait in the list of their class; what was merged is as if never used. */
  pooledBytes = 0;
  pooledBlocks = 0;
  /** Releases what can be made again, before it is said that memory has run out. */
  onShortage: () => void = () => {};
  /** Everything from here on has never been used. */
  private top = alignment;
  private end: number;
  /** Whether the host refused when there was last something to grow for. */
  private isRefused = false;
  private readonly limit: number;
  private readonly slabSize: number;
  /** What is left of the latest slab. */
  private slab = { at: 0, size: 0 };
  /** Free blocks by class: where each begins. */
  private free: number[][] = [];
  /** Merged free blocks of any size. */
  private holes: { at: number; size: number }[] = [];

  constructor({ limit, shared }: HeapOptions) {
    this.maximumPages = Math.min(65536, Math.ceil(limit / pageSize) + 1);
    this.limit = this.maximumPages * pageSize;
    // A thirtieth of it at most.
    this.slabSize = Math.min(slabBytes, Math.floor(this.limit / 2048) * alignment);
    this.shared = shared;
    const initial = Math.min(16, this.maximumPages);
    try {
      this.memory = new WebAssembly.Memory({ initial, maximum: this.maximumPages, shared });
    } catch (error) {
      throw new OutOfMemoryError(
        `wasm: this engine has no room for a memory that may grow to ${this.limit} bytes (${String(error)}). Give a smaller \`budget\`.`,
      );
    }
    this.end = initial * pageSize;
    this.views = viewsOf(this.memory);
  }

  /** The address of at least `bytes` bytes. Throws OutOfMemoryError. */
  allocate(bytes: number): number {
    // The numbers of classes are made of 32 bits.
    if (bytes > this.limit - 3 * alignment) throw this.outOfMemory(bytes);
    let number = classOf(bytes);
    const size = sizeOfClass(number) + alignment;
    let block = this.free[number]?.pop();
    if (block !== undefined) {
      this.pooledBytes -= size;
      this.pooledBlocks--;
    } else block = this.fromSlab(size) ?? this.fromHoles(size) ?? this.fresh(size) ?? this.afterMerging(size);
    if (block === undefined) {
      this.onShortage();
      block = this.afterMerging(size);
    }
    if (block === undefined) {
      // Of no class, and told from those by its sign.
      number = -Math.ceil(bytes / alignment) - 1;
      block = this.afterMerging(-number * alignment);
    }
    if (block === undefined) throw this.outOfMemory(bytes);
    const { i32 } = this.views;
    i32[block >>> 2] = mark;
    i32[(block >>> 2) + 1] = number;
    return block + alignment;
  }

  private outOfMemory(bytes: number): OutOfMemoryError {
    this.merge();
    const free = this.holes.reduce((sum, hole) => sum + hole.size, this.limit - this.top);
    const [why, advice] =
      bytes > this.limit - 3 * alignment
        ? [`all of it is ${this.limit}`, 'Use smaller tensors, or give a larger `budget` (4 GiB at most)']
        : this.isRefused
          ? [
              `the host refuses more than the ${this.end} that it gave`,
              'Give a smaller `budget`, or use smaller batches',
            ]
          : [
              `of ${this.limit} bytes ${free} are free${free >= bytes + 2 * alignment ? ', and not in one piece' : ''}`,
              'Free tensors, use smaller batches, or give a larger `budget` (4 GiB at most)',
            ];
    return new OutOfMemoryError(`wasm: no memory for ${bytes} bytes: ${why}. ${advice}.`);
  }

  release(at: number): void {
    const block = at - alignment;
    const { i32 } = this.views;
    if (i32[block >>> 2] !== mark) throw new Error(`wasm: no block begins at ${at}.`);
    i32[block >>> 2] = 0;
    const number = i32[(block >>> 2) + 1] as number;
    if (number < 0) {
      this.holes.push({ at: block, size: -number * alignment });
      return;
    }
    this.pooledBytes += sizeOfClass(number) + alignment;
    this.pooledBlocks++;
    (this.free[number] ??= []).push(block);
  }

  /** Of a small block: from a rest that is none of a large block, or from a slab. */
  private fromSlab(size: number): number | undefined {
    const { slabSize } = this;
    if (size * smallest > slabSize + smallest * alignment) return undefined;
    const rest = this.fromHoles(size, slabSize);
    if (rest !== undefined) return rest;
    if (this.slab.size < size) {
      const at = this.fromHoles(slabSize) ?? this.fresh(slabSize);
      if (at === undefined) return undefined;
      if (this.slab.size > 0) this.holes.push(this.slab);
      this.slab = { at, size: slabSize };
    }
    const { at } = this.slab;
    this.slab = { at: at + size, size: this.slab.size - size };
    return at;
  }

  private fresh(size: number): number | undefined {
    this.isRefused = false;
    const at = this.top;
    const needed = at + size;
    // Behind the last block, too, there must be something to read.
    if (needed + alignment > this.limit) return undefined;
    if (needed + alignment > this.end && !this.grow(needed + alignment)) return undefined;
    this.top = needed;
    return at;
  }

  /** By a quarter at least, or to what is needed; the host may refuse. */
  private grow(needed: number): boolean {
    const pages = Math.ceil(needed / pageSize);
    for (const wanted of [
      Math.min(this.maximumPages, Math.ceil(Math.max(pages, (this.end / pageSize) * 1.25))),
      pages,
    ]) {
      try {
        this.memory.grow(wanted - this.end / pageSize);
      } catch {
        continue;
      }
      this.end = wanted * pageSize;
      this.views = viewsOf(this.memory);
      return true;
    }
    this.isRefused = true;
    return false;
  }

  private fromHoles(size: number, most = Infinity): number | undefined {
    const k = this.holes.findIndex((hole) => hole.size >= size && hole.size < most);
    const hole = this.holes[k];
    if (!hole) return undefined;
    const { at } = hole;
    if (hole.size === size) this.holes.splice(k, 1);
    else this.holes[k] = { at: at + size, size: hole.size - size };
    return at;
  }

  private afterMerging(size: number): number | undefined {
    this.merge();
    return this.fromHoles(size) ?? this.fresh(size);
  }

  /** Empties the lists: neighbouring free blocks become one, and those at the end are as if never used. */
  merge(): void {
    const blocks = [...this.holes];
    if (this.slab.size > 0) blocks.push(this.slab);
    this.slab = { at: 0, size: 0 };
    this.free.forEach((list, number) => {
      for (const at of list) blocks.push({ at, size: sizeOfClass(number) + alignment });
    });
    blocks.sort((x, y) => x.at - y.at);
    this.free = [];
    this.pooledBytes = 0;
    this.pooledBlocks = 0;
    this.holes = [];
    for (const { at, size } of blocks) {
      const last = this.holes.at(-1);
      if (last && last.at + last.size === at) last.size += size;
      else this.holes.push({ at, size });
    }
    const last = this.holes.at(-1);
    if (last && last.at + last.size === this.top) {
      this.top = last.at;
      this.holes.pop();
    }
  }
}

function viewsOf({ buffer }: WebAssembly.Memory): Views {
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    i32: new Int32Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** The number of a size class: multiples of 64 bytes, then four to each power of two. */
function classOf(bytes: number): number {
  if (bytes <= 4 * alignment) return (bytes + alignment - 1) >>> 6;
  const exponent = 31 - Math.clz32(bytes - 1);
  return exponent * 4 + ((bytes - 1) >>> (exponent - 2)) + 1;
}

/** Bytes of a block of the class. */
function sizeOfClass(number: number): number {
  if (number <= 4) return number * alignment;
  // The number is 4 · exponent + quarters, of which there are 5 to 8.
  const exponent = Math.floor((number - 5) / 4);
  return (number - 4 * exponent) * 2 ** (exponent - 2);
}
