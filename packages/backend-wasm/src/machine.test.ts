import { OutOfMemoryError } from '@rushlight/core/kernel';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';
import { alone, Machine, threadBlock, type Crew, type Kernel } from './machine.ts';

const mebibyte = 2 ** 20;

/** A machine of three threads, and where the scratch memory of each lies. */
function threeThreads(limit: number): { machine: Machine; heap: Heap; scratch: () => number[] } {
  const heap = new Heap({ limit, shared: false });
  let threads = 0;
  const crew: Crew = { ...alone, size: 3, awake: true, run: (...[, , , , blocks]) => void (threads = blocks) };
  const machine = new Machine({ relaxed: false, wide: false }, heap, crew, { awake: 0, asleep: 0, grain: 1 });
  const kernel: Kernel = { id: 0, bytes: new Uint8Array(), run: () => {}, hosted: false };
  machine.run(kernel, 2, 1);
  const addressOf = (k: number): number =>
    heap.views.i32[(threads + k * threadBlock.size + threadBlock.scratch) / 4] ?? 0;
  return { machine, heap, scratch: () => [0, 1, 2].map(addressOf) };
}

test('checks that failed in a launch that threw are not those of the next', () => {
  const heap = new Heap({ limit: 8 * mebibyte, shared: false });
  const crew: Crew = {
    ...alone,
    size: 2,
    run(kernel, params, units, _chunk, threads) {
      heap.views.i32[(threads + threadBlock.size + threadBlock.failed) / 4] = 1;
      kernel.run(params, 0, units, threads);
    },
  };
  const machine = new Machine({ relaxed: false, wide: false }, heap, crew, { awake: 0, asleep: 0, grain: 1 });
  const kernel: Kernel = { id: 0, bytes: new Uint8Array(), run: () => {}, hosted: false };
  const run = (): void => {
    throw new WebAssembly.RuntimeError('unreachable');
  };
  expect(() => machine.run({ ...kernel, run }, 2, 1)).toThrow('unreachable');
  expect(machine.takeFailure()).toBeUndefined();
  machine.run(kernel, 2, 1);
  expect(machine.takeFailure()).toBeDefined();
});

test('after scratch memory that there was no room for, every thread has its own again', () => {
  const { machine, heap, scratch } = threeThreads(8 * mebibyte);
  machine.needScratch(mebibyte);
  // Room for two threads, and not for three.
  for (let again = 0; again < 2; again++) expect(() => machine.needScratch(3 * mebibyte)).toThrow(OutOfMemoryError);
  machine.needScratch(mebibyte);
  const others = Array.from({ length: 4 }, () => heap.allocate(mebibyte));
  expect(new Set([...others, ...scratch()]).size).toBe(7);
});
