// What the runners of kernels work with: they give a kernel, what its numbers are read from, and buffers, and the machine does the rest.

import type { DType } from '@rushlight/core/kernel';
import type { Failures } from './failures.ts';
import type { Features } from './features.ts';
import type { BlockPool } from './block-pool.ts';
import { GpuBuffer } from './gpu-buffer.ts';
import type { Pipeline, Pipelines } from './pipelines.ts';
import type { Queue } from './queue.ts';
import type { Kernel } from './wgsl/shader.ts';
import { elementBytes } from './wgsl/value-types.ts';

export class Machine {
  readonly features: Features;
  private readonly queue: Queue;
  private readonly pipelines: Pipelines;
  private readonly pool: BlockPool;
  private readonly failures: Failures;
  private readonly compiled = new WeakMap<Kernel<never>, Pipeline>();
  private readonly borrowed: GpuBuffer[] = [];
  private readonly own = {};
  /** The serial of the launch at hand. */
  private serial = 0;

  constructor(features: Features, parts: { queue: Queue; pipelines: Pipelines; pool: BlockPool; failures: Failures }) {
    this.features = features;
    this.queue = parts.queue;
    this.pipelines = parts.pipelines;
    this.pool = parts.pool;
    this.failures = parts.failures;
  }

  /** Begins a launch. */
  begin(): number {
    this.serial = this.serial >= 0xfffffffe ? 1 : this.serial + 1;
    return this.serial;
  }

  /** Ends it: what it borrowed is given back. */
  end(): void {
    for (const { block } of this.borrowed) this.pool.give(block);
    this.borrowed.length = 0;
  }

  /** Memory until the end of the launch, its contents undefined. */
  borrow(dtype: DType, length: number): GpuBuffer {
    const buffer = new GpuBuffer(dtype, length, this.pool.take(length * elementBytes(dtype)), this.own);
    this.borrowed.push(buffer);
    return buffer;
  }

  /** Memory that holds these numbers until it is dropped. */
  keep(numbers: Int32Array): GpuBuffer {
    const buffer = new GpuBuffer('int32', numbers.length, this.pool.take(numbers.byteLength), this.own);
    this.queue.write(buffer.block, numbers);
    return buffer;
  }

  drop({ block }: GpuBuffer): void {
    this.pool.give(block);
  }

  /**
   * Queues a kernel: its numbers are read from `subject`, `buffers` are its storage buffers in the order of their declaration.
   * `work` is about how many operations it comes to, where that is more than a few per thread.
   */
  dispatch<S>(kernel: Kernel<S>, subject: S, buffers: readonly GpuBuffer[], workgroups: number, work?: number): void {
    if (workgroups === 0) return;
    let pipeline = this.compiled.get(kernel);
    if (!pipeline) this.compiled.set(kernel, (pipeline = this.pipelines.get(kernel)));
    const { words, threads } = kernel;
    const { queue } = this;
    const at = queue.parameters(words.length);
    const first = at / 4;
    const { ints, floats } = queue;
    ints[first] = this.serial;
    for (let k = 1; k < words.length; k++) {
      const { type, read } = words[k] as (typeof words)[number];
      if (type === 'f32') floats[first + k] = read(subject);
      else ints[first + k] = read(subject); // a u32 wraps to the same bits
    }
    const blocks = new Array<GpuBuffer['block']>(buffers.length + 1);
    for (let k = 0; k < buffers.length; k++) blocks[k] = (buffers[k] as GpuBuffer).block;
    blocks[buffers.length] = this.failures.status;
    queue.dispatch(pipeline, blocks, at, workgroups, work ?? workgroups * threads * 8);
  }
}
