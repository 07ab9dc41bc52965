// An odd number of halves: the GPU is written in words, and the other half of the last one shall stay as it is.

import type { GpuBuffer } from './gpu-buffer.ts';
import type { Machine } from './machine.ts';
import type { Queue } from './queue.ts';
import { Shader, type Kernel } from './wgsl/shader.ts';

let kernel: Kernel<number> | undefined;

function copyKernel(machine: Machine): Kernel<number> {
  const shader = new Shader<number>(machine.features, 64);
  const length = shader.word('u32', (count) => count);
  const from = shader.buffer('float16', 'read');
  const to = shader.buffer('float16', 'write');
  shader.push('let at = group * 64u + lane;', `if (at < ${length}) { ${to.name}[at] = ${from.name}[at]; }`);
  return shader.finish('write of halves');
}

/** Writes `data`, an odd number of elements, to the beginning of a float16 buffer. */
export function writeHalves(machine: Machine, queue: Queue, buffer: GpuBuffer, data: Uint16Array): void {
  const words = new Uint16Array(data.length + 1);
  words.set(data);
  const source = machine.borrow('float16', words.length);
  queue.write(source.block, words);
  kernel ??= copyKernel(machine);
  machine.dispatch(kernel, data.length, [source, buffer], Math.ceil(data.length / 64));
  machine.end();
}
