// The commands of a device, in order. They gather in a batch and are submitted together: when it is large enough, or when somebody waits.
// A batch is encoded only then, so that its pipelines may compile meanwhile.

import { OutOfMemoryError } from '@rushlight/core/kernel';
import type { Block } from './gpu-buffer.ts';
import { parameterBytes, type Pipeline, type Pipelines } from './pipelines.ts';
import type { Profiler, TimedDispatch } from './profiler.ts';

interface Dispatch {
  readonly pipeline: Pipeline;
  readonly group: GPUBindGroup;
  /** Where its parameters begin in the ring, in bytes. */
  readonly at: number;
  readonly x: number;
  readonly y: number;
  readonly timed: TimedDispatch | undefined;
}

interface Copy {
  readonly from: GPUBuffer;
  readonly fromByte: number;
  readonly to: GPUBuffer;
  readonly toByte: number;
  readonly bytes: number;
}

type Command = Dispatch | Copy;

/** A bind group, and the blocks that know its key. */
interface Bound {
  readonly group: GPUBindGroup;
  readonly blocks: readonly Block[];
}

/** What was submitted together. */
interface Submission {
  readonly done: Promise<void>;
  readonly end: () => void;
}

/** Parameters of one batch. */
const ringBytes = 2 ** 20;
/** What is written to buffers that the batch names, per batch. */
const uploadBytes = 2 ** 22;
/** A batch of so many dispatches is submitted by itself, or of so much work (operations, about): a GPU shall not be kept from it. */
const enoughDispatches = 256;
const enoughWork = 2e10;
/** Bind groups that are kept: memory comes from the pool in ever new combinations, as the collector pleases. */
const mostGroups = 4096;
/** A loop that reads nothing is kept so many submissions ahead of the GPU. */
const mostAhead = 3;

const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;

export class Queue {
  readonly device: GPUDevice;
  private readonly pipelines: Pipelines;
  private readonly ring: GPUBuffer;
  /** The parameters of the batch at hand, as words of either kind. */
  readonly ints = new Int32Array(ringBytes / 4);
  readonly floats = new Float32Array(this.ints.buffer);
  private readonly slot: number;
  /** While kernels are timed. */
  profiler: Profiler | undefined;
  private readonly upload: GPUBuffer;
  private readonly groups = new Map<string, Bound>();
  private commands: Command[] = [];
  private ringUsed = 0;
  private uploadUsed = 0;
  private dispatches = 0;
  private work = 0;
  /** The batch at hand: blocks that carry it are named by a command that is not submitted. */
  private batch = 1;
  /** What went wrong and was not told yet. */
  private failure: Error | undefined;
  /** What was told last, and how often something was. */
  private lastTold: Error | undefined;
  told = 0;
  /** Of what is done on the device when its outcome is known. */
  private outcome: Promise<void> = Promise.resolve();
  /** How many submissions there were: a step of training needs one at most. */
  submissions = 0;
  /** The submissions that are not done, in their order. */
  private readonly unfinished: Submission[] = [];

  constructor(device: GPUDevice, pipelines: Pipelines) {
    this.device = device;
    this.pipelines = pipelines;
    this.slot = Math.max(device.limits.minUniformBufferOffsetAlignment, 16);
    this.ring = device.createBuffer({ label: 'parameters', size: ringBytes + parameterBytes, usage: usage.uniform | usage.copyTarget }); // prettier-ignore
    this.upload = device.createBuffer({ label: 'uploads', size: uploadBytes, usage: usage.copySource | usage.copyTarget }); // prettier-ignore
  }

  /** Memory for kernels. `isVoid` is called later where there was none: then nothing can be done with what this gives. */
  makeBlock(bytes: number, isVoid: () => void): GPUBuffer {
    return this.makeBuffer(bytes, usage.storage | usage.copySource | usage.copyTarget, isVoid);
  }

  /** A buffer; that there was no memory for it is told at the next await. */
  private makeBuffer(size: number, use: GPUBufferUsageFlags, isVoid?: () => void): GPUBuffer {
    const { device } = this;
    device.pushErrorScope('out-of-memory');
    const made = device.createBuffer({ size, usage: use });
    this.note([device.popErrorScope()], isVoid);
    return made;
  }

  private note(scopes: readonly Promise<GPUError | null>[], failed?: () => void): void {
    const before = this.outcome;
    this.outcome = Promise.all(scopes).then(
      (errors) => {
        const error = errors.find(Boolean);
        if (!error) return before;
        this.failure ??= asError(error);
        failed?.();
        return before;
      },
      () => before, // of a device that is lost, which is told by itself
    );
  }

  /** Where the words of the next dispatch begin, in bytes: they are to be written to `ints` and `floats`. */
  parameters(count: number): number {
    const bytes = Math.ceil((count * 4) / this.slot) * this.slot;
    if (this.ringUsed + bytes > ringBytes) this.submit();
    const at = this.ringUsed;
    this.ringUsed += bytes;
    return at;
  }

  /** Queues a dispatch of `workgroups` that names these blocks, with the parameters at a place that `parameters` gave. */
  dispatch(pipeline: Pipeline, blocks: readonly Block[], at: number, workgroups: number, work: number): void {
    const most = this.device.limits.maxComputeWorkgroupsPerDimension;
    const y = Math.ceil(workgroups / most);
    const x = Math.ceil(workgroups / y);
    for (const block of blocks) block.batch = this.batch;
    this.commands.push({
      pipeline,
      group: this.group(pipeline.access, blocks),
      at,
      x,
      y,
      timed: this.profiler?.timed(),
    });
    this.dispatches++;
    this.work += work;
    // Looked at now and then: while pipelines compile it may be long.
    if (this.work < enoughWork && (this.dispatches < enoughDispatches || this.dispatches % 32 !== 0)) return;
    if (this.commands.every((command) => !('pipeline' in command) || command.pipeline.compiled)) this.submit();
  }

  private group(access: string, blocks: readonly Block[]): GPUBindGroup {
    let key = access;
    for (const { id } of blocks) key += ` ${id}`;
    const known = this.groups.get(key);
    if (known) return known.group;
    const entries: GPUBindGroupEntry[] = [
      { binding: 0, resource: { buffer: this.ring, size: parameterBytes } },
      ...blocks.map(({ gpu }, k) => ({ binding: k + 1, resource: { buffer: gpu } })),
    ];
    const group = this.device.createBindGroup({ layout: this.pipelines.layout(access), entries });
    if (this.groups.size >= mostGroups) {
      const [oldest = ''] = this.groups.keys();
      this.forget(oldest);
    }
    this.groups.set(key, { group, blocks });
    for (const block of blocks) block.groups.add(key);
    return group;
  }

  private forget(key: string): void {
    for (const block of this.groups.get(key)?.blocks ?? []) block.groups.delete(key);
    this.groups.delete(key);
  }

  /** Writes whole words to the beginning of a block, after everything that is queued. */
  write(block: Block, data: ArrayBufferView): void {
    const bytes = data.byteLength;
    if (bytes === 0) return;
    const queue = this.device.queue;
    if (block.batch === this.batch && bytes <= uploadBytes - this.uploadUsed) {
      const fromByte = this.uploadUsed;
      queue.writeBuffer(this.upload, fromByte, data.buffer, data.byteOffset, bytes);
      this.uploadUsed += Math.ceil(bytes / 16) * 16;
      this.commands.push({ from: this.upload, fromByte, to: block.gpu, toByte: 0, bytes });
      return;
    }
    if (block.batch === this.batch) this.submit();
    queue.writeBuffer(block.gpu, 0, data.buffer, data.byteOffset, bytes);
  }

  /** Queues a copy of whole words to a buffer that will be mapped. */
  copy(block: Block, fromByte: number, to: GPUBuffer, toByte: number, bytes: number): void {
    if (bytes === 0) return;
    block.batch = this.batch;
    this.commands.push({ from: block.gpu, fromByte, to, toByte, bytes });
  }

  /** A buffer to be read on the host. */
  makeStaging(bytes: number): GPUBuffer {
    return this.makeBuffer(bytes, usage.mapRead | usage.copyTarget);
  }

  destroy(block: Block): void {
    if (block.batch === this.batch) this.submit();
    for (const key of block.groups) this.forget(key);
    block.gpu.destroy();
  }

  /** Submits what is queued, once its pipelines are compiled. */
  async drain(): Promise<void> {
    for (;;) {
      const waited = this.commands.flatMap((c) => ('pipeline' in c && !c.pipeline.compiled && !c.pipeline.failure ? [c.pipeline.ready] : [])); // prettier-ignore
      if (waited.length === 0) break;
      await Promise.all(waited);
    }
    this.submit();
  }

  /** Submits what is queued; what is not compiled yet is waited for. */
  submit(): void {
    const { commands, device } = this;
    if (commands.length === 0) {
      this.ringUsed = 0; // of launches that threw before they were queued
      return;
    }
    this.commands = [];
    device.pushErrorScope('validation');
    device.pushErrorScope('internal');
    device.pushErrorScope('out-of-memory');
    device.queue.writeBuffer(this.ring, 0, this.ints, 0, this.ringUsed / 4);
    const encoder = device.createCommandEncoder();
    let pass: GPUComputePassEncoder | undefined;
    let current: GPUComputePipeline | undefined;
    const profilers = new Set<Profiler>();
    for (const command of commands) {
      if ('pipeline' in command) {
        const { pipeline, group, at, x, y, timed } = command;
        if (pipeline.failure) {
          this.failure ??= pipeline.failure;
          continue;
        }
        if (timed) {
          pass?.end();
          pass = current = undefined;
          profilers.add(timed.profiler);
          pass = encoder.beginComputePass({ timestampWrites: timed.profiler.pass(pipeline.label, timed.launch) });
        }
        pass ??= encoder.beginComputePass();
        const compiled = pipeline.compiled ?? pipeline.compileNow();
        if (compiled !== current) pass.setPipeline((current = compiled));
        pass.setBindGroup(0, group, [at]);
        pass.dispatchWorkgroups(x, y);
        if (timed) {
          pass.end(); // what comes after it is not of its time
          pass = current = undefined;
        }
      } else {
        pass?.end();
        pass = current = undefined;
        encoder.copyBufferToBuffer(command.from, command.fromByte, command.to, command.toByte, command.bytes);
      }
    }
    pass?.end();
    for (const profiler of profilers) profiler.close(encoder);
    device.queue.submit([encoder.finish()]);
    for (const profiler of profilers) profiler.submitted();
    this.note([device.popErrorScope(), device.popErrorScope(), device.popErrorScope()]);
    let end = (): void => {};
    const done = new Promise<void>((resolve) => (end = resolve));
    this.unfinished.push({ done, end });
    const ended = (): void => this.unfinished.shift()?.end();
    void device.queue.onSubmittedWorkDone().then(ended, ended);
    this.submissions++;
    this.batch++;
    this.ringUsed = this.uploadUsed = this.dispatches = this.work = 0;
  }

  /** Resolves when the GPU is few submissions behind. */
  async keepUp(): Promise<void> {
    const { length } = this.unfinished;
    if (length > mostAhead) await this.unfinished[length - 1 - mostAhead]?.done;
  }

  /** The device is gone, and with it what was submitted: nobody shall wait for its end. */
  abandon(): void {
    for (const { end } of this.unfinished.splice(0)) end();
  }

  /**
   * Rejects with what went wrong in what was submitted, of which all are told who wait for it: those who began when something had been
   * `told` as often as before this.
   */
  async settle(told: number): Promise<void> {
    await this.outcome;
    const { failure } = this;
    if (failure) {
      this.failure = undefined;
      this.lastTold = failure;
      this.told++;
    }
    if (this.told !== told && this.lastTold) throw this.lastTold;
  }
}

function asError(error: GPUError): Error {
  if (typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError) {
    return new OutOfMemoryError(
      `webgpu: the GPU has no memory left: ${error.message}. Use smaller batches, free tensors, or give the backend a smaller budget.`,
    );
  }
  return new Error(`webgpu: ${error.message}`);
}
