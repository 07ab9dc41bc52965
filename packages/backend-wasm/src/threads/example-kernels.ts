// Kernels for the tests of threads, each with a machine of its own to run in.

import { f32, f32x4, i32, ModuleBuilder, v128 } from '../assembler/index.ts';
import { Heap } from '../heap.ts';
import { KernelFunctionBuilder, Machine, alone, threadBlock, type Crew, type Kernel } from '../machine.ts';

export interface Scene {
  readonly heap: Heap;
  readonly machine: Machine;
  /** Where the threads' blocks lie. */
  readonly threads: number;
  run(kernel: Kernel, units: number, chunk: number): void;
}

export const sharedHeap = (): Heap => new Heap({ limit: 1 << 28, shared: true });

/** What a backend would set up. */
export function scene(crew: Crew = alone, heap: Heap = sharedHeap()): Scene {
  const machine = new Machine({ relaxed: false, wide: false }, heap, alone);
  const threads = heap.allocate(32 * threadBlock.size);
  heap.views.u8.fill(0, threads, threads + 32 * threadBlock.size);
  return {
    heap,
    machine,
    threads,
    run: (kernel, units, chunk) => crew.run(kernel, machine.params, units, chunk, threads),
  };
}

function compile(
  { machine }: Scene,
  write: (fn: KernelFunctionBuilder, unit: ReturnType<typeof local>) => void,
): Kernel {
  const fn = new KernelFunctionBuilder();
  const unit = local(fn);
  fn.set(unit, fn.from);
  fn.while(unit, fn.to, 1, () => write(fn, unit));
  const module = new ModuleBuilder();
  module.add(fn, 'run');
  return machine.compile(module);
}

const local = (fn: KernelFunctionBuilder) => fn.local('i32');

/** y += k · x + `extra`, 64 elements to a unit: done twice it shows. */
export function scaling(at: Scene, x: number, y: number, k: number, extra = 0): Kernel {
  return compile(at, (fn, unit) => {
    fn.for(i32.const(64), (j) => {
      const offset = fn.name(i32.shl(i32.add(i32.mul(unit, i32.const(64)), j), i32.const(2)));
      const to = i32.add(i32.const(y), offset);
      const scaled = f32.add(f32.mul(f32.load(i32.add(i32.const(x), offset)), f32.const(k)), f32.const(extra));
      fn.do(f32.store(to, f32.add(f32.load(to), scaled)));
    });
  });
}

/** Takes its time: some nanoseconds times the first parameter; then marks its thread's block. */
export function busy(at: Scene): Kernel {
  return compile(at, (fn) => {
    const x = fn.name(f32x4.const(1));
    fn.for(i32.load(fn.launchParams, 0), () => fn.set(x, f32x4.mul(x, x)));
    fn.do(v128.store(fn.thread, x, 32));
  });
}

/** As `busy`, but in a thread other than the main one, or in that one, it writes outside of memory, never ends, or takes a tenth of a second. */
export function spoiled(at: Scene, where: 'main' | 'others', how: 'trap' | 'hang' | 'slow'): Kernel {
  return compile(at, (fn) => {
    const x = fn.name(f32x4.const(1));
    fn.for(i32.load(fn.launchParams, 0), () => fn.set(x, f32x4.mul(x, x)));
    const isMain = i32.eq(fn.thread, i32.const(at.threads));
    fn.if(where === 'main' ? isMain : i32.eqz(isMain), () => {
      if (how === 'trap') fn.do(v128.store(i32.const(-64), x));
      else if (how === 'hang') fn.loop((again) => fn.branch(again));
      else fn.for(i32.const(150_000_000), () => fn.set(x, f32x4.mul(x, x)));
    });
    fn.do(v128.store(fn.thread, x, 32));
  });
}
