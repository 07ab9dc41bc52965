import {
  DeviceLostError, dtypes, OutOfMemoryError,
  type Backend, type BackendFactory, type Buffer, type DType, type Launch, type MemoryUse, type Program, type TypedArray,
} from '@rushlight/core/kernel'; // prettier-ignore
import { hasRelaxedSimd, whyNoSimd } from './features.ts';
import { Heap, type Views } from './heap.ts';
import { Machine } from './machine.ts';
import { limitFor, planBudget } from './plan-budget.ts';
import { revectorize } from './revectorize.ts';
import { makeRunner } from './runners.ts';
import { openCrew, planThreads, type OpenedCrew } from './threads/index.ts';
import { elementBytes, WasmBuffer } from './wasm-buffer.ts';

/** With less than this nothing worth doing fits. */
const leastBudget = 2 ** 26;

export interface WasmOptions {
  /**
   * How many threads compute, this one included: by default one per core, 8 at most. More than one takes SharedArrayBuffer, which a
   * page has if it is cross-origin isolated.
   */
  readonly threads?: number;
  /** Bytes that buffers may take before tensors are spilled: by default a quarter of the machine's memory, 3 GiB at most. */
  readonly budget?: number;
  /** Multiply-add rounded once where the engine has it, the default, or never. */
  readonly relaxed?: boolean;
  /**
   * Lets V8 in Node make 256-bit operations of pairs, which about doubles products and changes no bit of a result. It sets an
   * experimental flag of the whole process, so it is off by default; where it does not help, or a trial of 0.25 s goes wrong,
   * `description` says so.
   */
  readonly revectorize?: boolean;
}

/**
 * The WebAssembly backend: kernels are compiled at run time to 128-bit vector code, and shared by threads. Throws where the engine has
 * no WebAssembly with SIMD, and RangeError for options out of range.
 *
 * @example
 * await useBackend(wasm({ threads: 4 }));
 */
export function wasm(options: WasmOptions = {}): BackendFactory {
  return { name: 'wasm', create: () => openWasm(options) };
}

async function openWasm(options: WasmOptions): Promise<Backend> {
  const missing = whyNoSimd();
  if (missing) throw new Error(`wasm: ${missing}. Use the cpu backend.`);
  const [plan, planned] = await Promise.all([planThreads(options.threads), planBudget(options.budget)]);
  const relaxed = (options.relaxed ?? true) && hasRelaxedSimd();
  // First, as code that was compiled before stays as it is.
  const narrow = options.revectorize ? await revectorize(relaxed) : 'not asked for';
  const { heap, budget } = reserve(planned, plan.threads > 1, options.budget !== undefined);
  const opened = await openCrew({ threads: plan.threads, memory: heap.memory });
  const machine = new Machine({ relaxed, wide: narrow === undefined }, heap, opened.crew);
  const notes = [
    plan.reason,
    budget < planned && `wasm: a budget of ${budget} bytes, since this engine has no room for more.`,
    options.revectorize && narrow && `wasm: no 256-bit operations, since ${narrow}.`,
  ];
  return new WasmBackend(
    machine,
    budget,
    opened,
    notes.filter((note) => typeof note === 'string'),
  );
}

/** Room for addresses, which some hosts give less of than they have memory: of a budget that nobody asked for, half will do, and so on. */
function reserve(budget: number, shared: boolean, isWanted: boolean): { heap: Heap; budget: number } {
  try {
    return { heap: new Heap({ limit: limitFor(budget), shared }), budget };
  } catch (error) {
    if (!(error instanceof OutOfMemoryError) || isWanted || budget / 2 < leastBudget) throw error;
    return reserve(Math.floor(budget / 2), shared, isWanted);
  }
}

export class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly limits: Backend['limits'];
  readonly lost: Promise<string>;
  /** Until it is disposed: a tensor that somebody still holds shall not hold the memory. */
  private machine: Machine | undefined;
  private runners = new WeakMap<Program, (launch: Launch) => void>();
  private readonly summary: string;
  /** What else there is to know about it, and about its threads. */
  private readonly notes: readonly (readonly string[])[];
  private liveBytes = 0;
  private liveBuffers = 0;
  /** What its buffers carry; another one after `dispose`, so that none of them is its own any more. */
  private owner = {};
  private failure: DeviceLostError | undefined;

  constructor(machine: Machine, budget: number, crew: OpenedCrew, notes: readonly string[]) {
    this.limits = { dtypes, budget };
    this.machine = machine;
    const { features, width } = machine;
    const vectors = features.wide ? '256-bit vectors' : '128-bit vectors';
    const arithmetic = features.relaxed ? ', fused multiply-add' : '';
    this.summary = `${width} ${width === 1 ? 'thread' : 'threads'}, ${vectors}${arithmetic}`;
    this.notes = [notes, crew.notes];
    this.lost = crew.lost;
    void crew.lost.then((why) => (this.failure ??= new DeviceLostError(`wasm: ${why}`)));
  }

  get description(): string {
    return [this.summary, ...this.notes.flat()].join('; ');
  }

  /** Throws where it was disposed or lost. */
  private use(): Machine {
    if (!this.machine) throw new Error('wasm: the backend was disposed. Create another one.');
    if (this.failure) throw this.failure;
    return this.machine;
  }

  allocate(dtype: DType, length: number): Buffer {
    const address = this.use().heap.allocate(length * elementBytes(dtype));
    this.liveBytes += length * elementBytes(dtype);
    this.liveBuffers++;
    return new WasmBuffer(dtype, length, address, this.owner);
  }

  // Also of a lost one: collected tensors are freed when nobody is there to catch what is thrown.
  free(buffer: Buffer): void {
    const own = this.own(buffer);
    this.liveBytes -= own.length * elementBytes(own.dtype);
    this.liveBuffers--;
    this.machine?.heap.release(own.address);
    own.owner = undefined;
  }

  write(buffer: Buffer, data: TypedArray): void {
    const { heap } = this.use();
    const { dtype, address, length } = this.own(buffer);
    if (data.length > length)
      throw new RangeError(`wasm: ${data.length} elements do not fit into a buffer of ${length}.`);
    view(heap.views, dtype).set(data, address / elementBytes(dtype));
  }

  // Async, so that what is wrong with the buffer rejects; the copy is made before this returns.
  async read(buffer: Buffer, offset: number, length: number): Promise<TypedArray> {
    return this.readSync(buffer, offset, length);
  }

  readSync(buffer: Buffer, offset: number, length: number): TypedArray {
    const { heap } = this.use();
    const { dtype, address, length: whole } = this.own(buffer);
    if (!(offset >= 0 && length >= 0 && offset + length <= whole))
      throw new RangeError(`wasm: ${length} elements from ${offset} on are not in a buffer of ${whole}.`);
    const start = address / elementBytes(dtype) + offset;
    const all = view(heap.views, dtype);
    // Made from an array it is not zeroed first, and not shared either, as a slice of shared memory would be.
    return new (all.constructor as new (source: TypedArray) => TypedArray)(all.subarray(start, start + length));
  }

  run(launch: Launch): void {
    const { program, operands } = launch;
    const machine = this.use();
    for (let k = 0; k < operands.length; k++) {
      const buffer = operands[k]?.buffer as WasmBuffer;
      if (buffer.owner !== this.owner) this.own(buffer);
    }
    try {
      let runner = this.runners.get(program);
      if (!runner) this.runners.set(program, (runner = makeRunner(program, machine)));
      runner(launch);
    } catch (error) {
      if (error instanceof DeviceLostError) this.failure ??= error;
      throw error instanceof WebAssembly.CompileError ? notCompiled(program, error) : error;
    } finally {
      machine.releaseBorrowed();
    }
  }

  async finish(): Promise<void> {
    this.use();
  }

  async relieve(): Promise<void> {
    this.use().heap.merge();
  }

  memory(): MemoryUse {
    const { liveBytes, liveBuffers } = this;
    const { pooledBytes, pooledBlocks: pooledBuffers } = this.machine?.heap ?? { pooledBytes: 0, pooledBlocks: 0 };
    return { liveBytes, liveBuffers, pooledBytes, pooledBuffers };
  }

  dispose(): void {
    this.owner = {};
    this.liveBytes = 0;
    this.liveBuffers = 0;
    this.machine?.dispose();
    this.machine = undefined;
    this.runners = new WeakMap();
  }

  private own(buffer: Buffer): WasmBuffer {
    if (buffer instanceof WasmBuffer) {
      if (buffer.owner === this.owner) return buffer;
      if (buffer.owner === undefined)
        throw new Error(`wasm: a ${buffer.dtype} buffer of ${buffer.length} elements was freed before this use.`);
    }
    this.use();
    throw new Error(`wasm: a ${buffer.dtype} buffer of ${buffer.length} elements belongs to another backend.`);
  }
}

function view(views: Views, dtype: DType): TypedArray {
  switch (dtype) {
    case 'float32':
      return views.f32;
    case 'float64':
      return views.f64;
    case 'float16':
      return views.u16;
    case 'int32':
      return views.i32;
    default:
      return views.u8;
  }
}

function notCompiled({ key }: Program, { message }: Error): WebAssembly.CompileError {
  return new WebAssembly.CompileError(
    `wasm: this engine does not compile the kernel of ${key}: ${message}. Use the cpu backend instead, and report this.`,
  );
}
