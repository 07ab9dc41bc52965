import { dtypes, type Backend, type BackendFactory, type Buffer, type DType, type Launch, type MemoryUse, type Program, type TypedArray } from '@rushlight/core/kernel'; // prettier-ignore
import { hasRelaxedSimd, hasSimd } from './features.ts';
import { Heap, type Views } from './heap.ts';
import { alone, Machine } from './machine.ts';
import { makeRunner } from './runners.ts';
import { elementBytes, WasmBuffer } from './wasm-buffer.ts';

export interface WasmOptions {
  /** Bytes that buffers may take before tensors are spilled. */
  readonly budget?: number;
  /** Fused multiply-add where the engine has it (the default), or never. */
  readonly relaxed?: boolean;
}

/**
 * The WebAssembly backend: kernels are compiled at run time, with vectors of 128 bits.
 *
 * @example
 * await useBackend(wasm());
 */
export function wasm(options: WasmOptions = {}): BackendFactory {
  return { name: 'wasm', create: () => new WasmBackend(options) };
}

class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly limits: Backend['limits'];
  readonly lost = new Promise<string>(() => {});
  private readonly heap: Heap;
  private readonly machine: Machine;
  private readonly runners = new WeakMap<Program, (launch: Launch) => void>();
  private liveBytes = 0;
  private liveBuffers = 0;
  private owner = {};
  private disposed = false;

  constructor({ budget = 2 ** 31, relaxed = true }: WasmOptions) {
    if (!hasSimd()) throw new Error('wasm: this engine has no WebAssembly with SIMD. Use the cpu backend.');
    this.limits = { dtypes, budget };
    this.heap = new Heap({ limit: Math.min(budget * 1.5 + 2 ** 26, 2 ** 32), shared: false });
    this.machine = new Machine({ relaxed: relaxed && hasRelaxedSimd(), wide: false }, this.heap, alone);
  }

  allocate(dtype: DType, length: number): Buffer {
    if (this.disposed) throw new Error('wasm: the backend was disposed. Create another one.');
    const address = this.heap.allocate(length * elementBytes(dtype));
    this.liveBytes += length * elementBytes(dtype);
    this.liveBuffers++;
    return new WasmBuffer(dtype, length, address, this.owner);
  }

  free(buffer: Buffer): void {
    const own = this.own(buffer);
    this.liveBytes -= own.length * elementBytes(own.dtype);
    this.liveBuffers--;
    this.heap.release(own.address);
    own.owner = undefined;
  }

  write(buffer: Buffer, data: TypedArray): void {
    const { dtype, address } = this.own(buffer);
    view(this.heap.views, dtype).set(data, address / elementBytes(dtype));
  }

  // Async, so that what is wrong with the buffer rejects; the copy is made before this returns.
  async read(buffer: Buffer, offset: number, length: number): Promise<TypedArray> {
    return this.readSync(buffer, offset, length);
  }

  readSync(buffer: Buffer, offset: number, length: number): TypedArray {
    const { dtype, address } = this.own(buffer);
    const start = address / elementBytes(dtype) + offset;
    return view(this.heap.views, dtype).slice(start, start + length);
  }

  run(launch: Launch): void {
    const { program, operands } = launch;
    for (let k = 0; k < operands.length; k++) {
      const buffer = operands[k]?.buffer as WasmBuffer;
      if (buffer.owner !== this.owner) this.own(buffer);
    }
    let runner = this.runners.get(program);
    if (!runner) this.runners.set(program, (runner = makeRunner(program, this.machine)));
    runner(launch);
  }

  supports({ kind }: Program): boolean {
    return kind !== 'conv' && kind !== 'scan' && kind !== 'sort';
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  relieve(): Promise<void> {
    this.heap.merge();
    return Promise.resolve();
  }

  memory(): MemoryUse {
    const { liveBytes, liveBuffers, heap } = this;
    return { liveBytes, liveBuffers, pooledBytes: heap.pooledBytes, pooledBuffers: heap.pooledBlocks };
  }

  dispose(): void {
    this.disposed = true;
    this.owner = {};
    this.liveBytes = 0;
    this.liveBuffers = 0;
    this.machine.dispose();
  }

  private own(buffer: Buffer): WasmBuffer {
    if (buffer instanceof WasmBuffer) {
      if (buffer.owner === this.owner) return buffer;
      if (buffer.owner === undefined)
        throw new Error(`wasm: a ${buffer.dtype} buffer of ${buffer.length} elements was freed before this use.`);
    }
    if (this.disposed) throw new Error('wasm: the backend was disposed. Create another one.');
    throw new Error(`wasm: a ${buffer.dtype} buffer of ${buffer.length} elements belongs to another backend.`);
  }
}

function view({ f32, f64, i32, u16, u8 }: Views, dtype: DType): TypedArray {
  return { float32: f32, float64: f64, float16: u16, int32: i32, uint8: u8, bool: u8 }[dtype];
}
