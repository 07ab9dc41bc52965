import { describe, dtypes } from '@rushlight/core/kernel';
import type {
  Backend,
  BackendFactory,
  Buffer,
  DType,
  Launch,
  MemoryUse,
  Program,
  TypedArray,
} from '@rushlight/core/kernel';
import { CpuBuffer } from './cpu-buffer.ts';
import { emitClosures } from './emit-closures.ts';
import { canEmitFunctions, emitFunction } from './emit-function.ts';
import { Machine } from './machine.ts';
import { Pool } from './pool.ts';
import { makeRunner } from './runners.ts';

export interface CpuOptions {
  /**
   * How kernels become code: `function` compiles JavaScript source, `closures` builds closures, which a strict
   * Content-Security-Policy allows and which are slower. `auto`, the default, takes the first that is possible.
   */
  readonly codegen?: 'auto' | 'function' | 'closures';
  /** Bytes that buffers may take before tensors are spilled; 2 GiB by default. */
  readonly budget?: number;
}

/**
 * The plain JavaScript backend.
 *
 * @example
 * await useBackend(cpu());
 */
export function cpu(options: CpuOptions = {}): BackendFactory {
  return { name: 'cpu', create: () => new CpuBackend(options) };
}

class CpuBackend implements Backend {
  readonly name = 'cpu';
  readonly description: string;
  readonly limits: Backend['limits'];
  readonly lost = new Promise<string>(() => {});
  private readonly pool: Pool;
  private readonly machine: Machine;
  private readonly runners = new WeakMap<Program, (launch: Launch) => void>();
  private liveBytes = 0;
  private liveBuffers = 0;
  /** What its buffers carry; another one after `dispose`, so that none of them is its own any more. */
  private owner = {};
  private disposed = false;

  constructor({ codegen = 'auto', budget = 2 ** 31 }: CpuOptions) {
    this.limits = { dtypes, budget };
    this.pool = new Pool(budget / 4);
    const closures = codegen === 'closures' || (codegen === 'auto' && !canEmitFunctions());
    this.description = closures ? 'plain JavaScript, kernels as closures' : 'plain JavaScript';
    this.machine = new Machine(closures ? emitClosures : emitFunction, this.pool);
  }

  allocate(dtype: DType, length: number): Buffer {
    if (this.disposed) throw new Error('cpu: the backend was disposed. Create another one.');
    const data = this.pool.take(dtype, length);
    this.liveBytes += data.byteLength;
    this.liveBuffers++;
    return new CpuBuffer(dtype, length, data, this.owner);
  }

  free(buffer: Buffer): void {
    const own = this.own(buffer);
    this.liveBytes -= own.data.byteLength;
    this.liveBuffers--;
    this.pool.give(own.data);
    own.owner = undefined;
    own.data = nothing;
  }

  write(buffer: Buffer, data: TypedArray): void {
    this.own(buffer).data.set(data);
  }

  // Async, so that what is wrong with the buffer rejects; the copy is made before this returns.
  async read(buffer: Buffer, offset: number, length: number): Promise<TypedArray> {
    return this.readSync(buffer, offset, length);
  }

  readSync(buffer: Buffer, offset: number, length: number): TypedArray {
    return this.own(buffer).data.slice(offset, offset + length);
  }

  run(launch: Launch): void {
    const { program, operands } = launch;
    for (let k = 0; k < operands.length; k++) {
      const buffer = operands[k]?.buffer as CpuBuffer;
      if (buffer.owner !== this.owner) this.own(buffer);
    }
    let runner = this.runners.get(program);
    if (!runner) this.runners.set(program, (runner = makeRunner(program, this.machine)));
    runner(launch);
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  relieve(): Promise<void> {
    this.pool.drop();
    return Promise.resolve();
  }

  memory(): MemoryUse {
    const { liveBytes, liveBuffers } = this;
    return { liveBytes, liveBuffers, pooledBytes: this.pool.bytes, pooledBuffers: this.pool.count };
  }

  dispose(): void {
    this.disposed = true;
    this.owner = {};
    this.liveBytes = 0;
    this.liveBuffers = 0;
    this.pool.drop();
  }

  private own(buffer: Buffer): CpuBuffer {
    if (buffer instanceof CpuBuffer) {
      if (buffer.owner === this.owner) return buffer;
      if (buffer.owner === undefined)
        throw new Error(`cpu: a ${buffer.dtype} buffer of ${buffer.length} elements was freed before this use.`);
    }
    if (this.disposed) throw new Error('cpu: the backend was disposed. Create another one.');
    throw new Error(`cpu: a ${buffer.dtype} buffer of ${buffer.length} elements belongs to another backend.`);
  }
}

const nothing = new (describe('uint8').array)(0);
