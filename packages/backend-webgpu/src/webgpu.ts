import {
  DeviceLostError, hostArray,
  type Backend, type Buffer, type DType, type KernelTimes, type Launch, type MemoryUse, type Program, type TypedArray,
} from '@rushlight/core/kernel'; // prettier-ignore
import { findAdapter, infoOf, isSoftware, nameOf, noteLoss, type AdapterInfo } from './adapter.ts';
import { BlockPool } from './block-pool.ts';
import { Failures, statusBytes } from './failures.ts';
import type { WebGpuOptions } from './factory.ts';
import type { Features } from './features.ts';
import { GpuBuffer, type Block } from './gpu-buffer.ts';
import { Machine } from './machine.ts';
import { Pipelines } from './pipelines.ts';
import { Profiler } from './profiler.ts';
import { Queue } from './queue.ts';
import { subgroupLanes } from './subgroups.ts';
import { makeRunner } from './runners.ts';
import { elementBytes } from './wgsl/value-types.ts';
import { writeHalves } from './write-halves.ts';

/** What is asked of an adapter beyond what every device has, as much as it can give. */
const wantedLimits = [
  'maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupSizeX', 'maxComputeWorkgroupsPerDimension',
] as const; // prettier-ignore
const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

const defaultBudget = 2 ** 31;
/** What is larger is read in parts: a tensor may be as large as a buffer can be, and the status comes along. */
const mostRead = 2 ** 25;
/** Bytes of the buffers that are kept to be read again. */
const mostStaging = 2 ** 24;

interface Setup {
  readonly info: AdapterInfo;
  readonly features: Features;
  readonly budget: number;
}

export async function openWebGpu({ budget, ...wanted }: WebGpuOptions): Promise<WebGpuBackend> {
  if (budget !== undefined && !(budget > 0))
    throw new RangeError(`webgpu: the budget is ${budget}. It must be bytes, more than 0.`);
  const adapter = await findAdapter(wanted);
  const device = await adapter.requestDevice({
    label: 'rushlight',
    requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
  });
  const { deviceMemory = 8 } = (globalThis.navigator ?? {}) as { deviceMemory?: number };
  const info = infoOf(adapter);
  const features = await featuresOf(device, info);
  return new WebGpuBackend(device, {
    info,
    features,
    budget: budget ?? Math.min(defaultBudget, deviceMemory * 2 ** 28),
  });
}

async function featuresOf(device: GPUDevice, info: AdapterInfo): Promise<Features> {
  const { features, limits } = device;
  const software = isSoftware(info);
  return {
    f16: features.has('shader-f16'),
    // Kernels for the CPU leave threads alone.
    subgroupLanes: software ? 1 : await subgroupLanes(device, info),
    software,
    workgroupThreads: limits.maxComputeInvocationsPerWorkgroup,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    storageBuffers: limits.maxStorageBuffersPerShaderStage,
    bindingBytes: limits.maxStorageBufferBindingSize,
  };
}

export class WebGpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly description: string;
  readonly limits: Backend['limits'];
  readonly lost: Promise<string>;
  readonly queue: Queue;
  readonly machine: Machine;
  private readonly device: GPUDevice;
  private readonly pool: BlockPool;
  private readonly failures: Failures;
  private runners = new WeakMap<Program, (launch: Launch) => void>();
  /** Buffers that were read, by their size. */
  private readonly stagings = new Map<number, GPUBuffer[]>();
  private stagingBytes = 0;
  private liveBytes = 0;
  private liveBuffers = 0;
  /** What its buffers carry; another one after `dispose`, so that none of them is its own any more. */
  private owner = {};
  private isDisposed = false;
  private failure: DeviceLostError | undefined;
  private lastSerial = 0;

  constructor(device: GPUDevice, { info, features, budget }: Setup) {
    const pipelines = new Pipelines(device);
    this.device = device;
    this.queue = new Queue(device, pipelines);
    const { queue } = this;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    const largest = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4) * 4;
    this.pool = new BlockPool({ largest, make: (bytes, isVoid) => queue.makeBlock(bytes, isVoid), destroy: (block) => queue.destroy(block) }, budget); // prettier-ignore
    this.failures = new Failures(this.pool.take(statusBytes));
    this.machine = new Machine(features, { queue, pipelines, pool: this.pool, failures: this.failures });
    this.description = [
      nameOf(info),
      features.software && 'computed on the CPU',
      features.f16 ? 'float16' : 'no float16',
    ]
      .filter(Boolean)
      .join(', ');
    this.limits = {
      dtypes: features.f16 ? ['float32', 'float16', 'int32', 'uint8', 'bool'] : ['float32', 'int32', 'uint8', 'bool'],
      budget,
      elementBytes: { uint8: 4, bool: 4 },
      buffers: features.storageBuffers - 1,
    };
    this.lost = new Promise((resolve) => {
      void device.lost.then(({ message }) => {
        queue.abandon();
        if (this.isDisposed) return;
        noteLoss();
        const why = message || 'the GPU stopped';
        this.failure = new DeviceLostError(`webgpu: the device was lost: ${why}`);
        resolve(why);
      });
    });
  }

  private use(): void {
    if (this.isDisposed) throw new Error('webgpu: the backend was disposed. Create another one.');
    if (this.failure) throw this.failure;
  }

  allocate(dtype: DType, length: number): Buffer {
    this.use();
    const buffer = new GpuBuffer(dtype, length, this.pool.take(length * elementBytes(dtype)), this.owner);
    this.liveBytes += buffer.bytes;
    this.liveBuffers++;
    return buffer;
  }

  // Also of a lost one: collected tensors are freed when nobody is there to catch what is thrown.
  free(buffer: Buffer): void {
    const own = this.own(buffer);
    this.liveBytes -= own.bytes;
    this.liveBuffers--;
    own.owner = undefined;
    this.pool.give(own.block);
  }

  write(buffer: Buffer, data: TypedArray): void {
    this.use();
    const own = this.own(buffer);
    if (data.length > own.length)
      throw new RangeError(`webgpu: ${data.length} elements do not fit into a buffer of ${own.length}.`);
    if (own.dtype === 'float16' && data.length % 2 === 1) return writeHalves(this.machine, this.queue, own, data as Uint16Array); // prettier-ignore
    const words = data instanceof Uint8Array ? new Uint32Array(data) : data;
    // Of shared memory a copy: not every WebGPU takes it as it is.
    this.queue.write(own.block, words.buffer instanceof ArrayBuffer ? words : words.slice());
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<TypedArray> {
    this.use();
    const own = this.own(buffer);
    const { dtype } = own;
    if (!(offset >= 0 && length >= 0 && offset + length <= own.length))
      throw new RangeError(`webgpu: ${length} elements from ${offset} on are not in a buffer of ${own.length}.`);
    const size = elementBytes(dtype);
    const from = Math.floor((offset * size) / 4) * 4;
    const end = Math.ceil(((offset + length) * size) / 4) * 4;
    const words = new Uint8Array(end - from);
    const parts: Promise<void>[] = [];
    for (let at = 0; at === 0 || at < words.length; at += mostRead)
      parts.push(this.fetch(words.subarray(at, at + mostRead), own.block, from + at));
    await Promise.all(parts);
    const array = hostArray(dtype, length);
    const first = offset * size - from;
    if (array instanceof Uint8Array) array.set(new Uint32Array(words.buffer, first, length));
    else if (array instanceof Uint16Array) array.set(new Uint16Array(words.buffer, first, length));
    else if (array instanceof Int32Array) array.set(new Int32Array(words.buffer, first, length));
    else array.set(new Float32Array(words.buffer, first, length));
    return array;
  }

  /**
   * Waits for everything queued by now, and fills `target` with what is in a block then, from a byte on. Rejects with what went wrong.
   */
  private async fetch(target: Uint8Array, block?: Block, from = 0): Promise<void> {
    const { queue, failures } = this;
    const upTo = this.lastSerial;
    const told = { checks: failures.told, faults: queue.told };
    const head = failures.isOpen || target.length === 0 ? statusBytes : 0; // something, so that there is something to wait for
    const bytes = head + target.length;
    const staging = this.takeStaging(bytes);
    queue.copy(failures.status, 0, staging, 0, head);
    if (block) queue.copy(block, from, staging, head, target.length);
    try {
      await queue.drain();
      await staging.mapAsync(1 /* READ */, 0, bytes);
    } catch (cause) {
      staging.destroy();
      // It may be known a little later that the device is lost.
      if (!this.isDisposed) await Promise.race([this.lost, new Promise((resolve) => void setTimeout(resolve, 100))]);
      this.use();
      await queue.settle(told.faults);
      throw cause;
    }
    const mapped = staging.getMappedRange(0, bytes);
    const status = new Uint32Array(mapped.slice(0, head));
    target.set(new Uint8Array(mapped, head));
    staging.unmap();
    this.giveStaging(staging);
    await queue.settle(told.faults);
    if (head > 0) this.report(status, upTo, told.checks);
  }

  private takeStaging(bytes: number): GPUBuffer {
    const size = Math.max(bytes > mostStaging ? bytes : 2 ** Math.ceil(Math.log2(bytes)), 256);
    const kept = this.stagings.get(size)?.pop();
    if (!kept) return this.queue.makeStaging(size);
    this.stagingBytes -= size;
    return kept;
  }

  private giveStaging(staging: GPUBuffer): void {
    const { size } = staging;
    if (this.stagingBytes + size > mostStaging) return staging.destroy();
    this.stagingBytes += size;
    const same = this.stagings.get(size);
    if (same) same.push(staging);
    else this.stagings.set(size, [staging]);
  }

  /** Throws where a check failed. What is queued by now was queued behind it, and does nothing. */
  private report(status: Uint32Array, upTo: number, told: number): void {
    const { queue, failures } = this;
    const error = failures.find(status, upTo, told);
    if (!error) return;
    if (told === failures.told) {
      queue.submit();
      queue.write(failures.status, new Uint32Array(statusBytes / 4));
      failures.clear(error);
    }
    throw error;
  }

  run(launch: Launch): void {
    this.use();
    const { program, operands } = launch;
    for (const { buffer } of operands) this.own(buffer);
    const { machine } = this;
    this.lastSerial = machine.begin();
    try {
      let runner = this.runners.get(program);
      if (!runner) this.runners.set(program, (runner = makeRunner(program, machine)));
      if (this.queue.profiler) this.queue.profiler.launch = launch;
      runner(launch);
      const checks =
        program.kind === 'loop' ? program.checks.length > 0 : program.kind === 'gather' || program.kind === 'scatter';
      if (checks) this.failures.add(this.lastSerial, launch);
    } finally {
      machine.end();
      if (this.queue.profiler) this.queue.profiler.launch = undefined;
    }
  }

  async finish(): Promise<void> {
    this.use();
    await this.fetch(new Uint8Array());
  }

  async relieve(): Promise<void> {
    this.use();
    await this.queue.drain();
    // What is pooled will be asked for again: only what would keep others from the GPU is given up.
    this.pool.trim(Math.max((3 / 4) * this.limits.budget - this.liveBytes, 0));
    for (const staging of [...this.stagings.values()].flat()) staging.destroy();
    this.stagings.clear();
    this.stagingBytes = 0;
  }

  async keepUp(): Promise<void> {
    this.use();
    // A loop that reads nothing has to hear of a failed check, too.
    if (this.failures.areMany) await this.finish();
    else await this.queue.keepUp();
  }

  profile(): () => Promise<KernelTimes> {
    this.use();
    const profiler = new Profiler(this.device);
    this.queue.profiler = profiler;
    return async () => {
      if (this.queue.profiler === profiler) this.queue.profiler = undefined;
      await this.finish();
      return profiler.times();
    };
  }

  memory(): MemoryUse {
    const { liveBytes, liveBuffers, pool } = this;
    return { liveBytes, liveBuffers, pooledBytes: pool.pooledBytes, pooledBuffers: pool.pooledBlocks };
  }

  dispose(): void {
    this.isDisposed = true;
    this.owner = {};
    this.liveBytes = 0;
    this.liveBuffers = 0;
    this.runners = new WeakMap();
    this.device.destroy();
  }

  private own(buffer: Buffer): GpuBuffer {
    if (buffer instanceof GpuBuffer) {
      if (buffer.owner === this.owner) return buffer;
      if (buffer.owner === undefined)
        throw new Error(`webgpu: a ${buffer.dtype} buffer of ${buffer.length} elements was freed before this use.`);
    }
    if (this.isDisposed) this.use();
    throw new Error(`webgpu: a ${buffer.dtype} buffer of ${buffer.length} elements belongs to another backend.`);
  }
}
