// Stable sort of rows of u32 keys that lie dense in memory: few of them by counting how many come before each, others by their digits.

import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import { Shader, type Kernel } from '../wgsl/shader.ts';
import { RadixSort, word, type Sorted } from './radix-sort.ts';

interface Rows {
  readonly rows: number;
  readonly length: number;
}

const threads = 64;

export class KeySort {
  private readonly machine: Machine;
  private readonly radix: RadixSort;
  /** Rows are short up to this length. */
  private readonly short: number;
  private ranks: Kernel<Rows> | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
    this.radix = new RadixSort(machine);
    this.short = machine.features.software ? 256 : 1024;
  }

  /** Sorts rows of `length` keys that differ in their lowest `bits` alone. The keys given are scratch afterwards; all memory is borrowed. */
  sort(keys: GpuBuffer, rows: number, length: number, bits: number): Sorted {
    const { machine } = this;
    if (length > this.short) return this.radix.sort(keys, rows, length, bits);
    const size = rows * length;
    const sorted = { keys: machine.borrow(word, size), positions: machine.borrow(word, size) };
    const kernel = (this.ranks ??= rankKernel(machine));
    const buffers = [keys, sorted.keys, sorted.positions];
    machine.dispatch(kernel, { rows, length }, buffers, Math.ceil(size / threads), size * length * 2);
    return sorted;
  }
}

function rankKernel({ features }: Machine): Kernel<Rows> {
  const shader = new Shader<Rows>(features, threads);
  const length = shader.word('u32', (subject) => subject.length);
  const size = shader.word('u32', (subject) => subject.rows * subject.length);
  const keys = shader.buffer(word, 'read').name;
  const toKeys = shader.buffer(word, 'write').name;
  const toPositions = shader.buffer(word, 'write').name;
  shader.push(
    `let n = group * ${threads}u + lane;`,
    `if (n < ${size}) {`,
    `let start = n / ${length} * ${length};`,
    `let key = ${keys}[n];`,
    'var place = start;',
    `for (var k = start; k < n; k++) { place += select(0u, 1u, ${keys}[k] <= key); }`,
    `for (var k = n + 1u; k < start + ${length}; k++) { place += select(0u, 1u, ${keys}[k] < key); }`,
    `${toKeys}[place] = key;`,
    `${toPositions}[place] = n - start;`,
    '}',
  );
  return shader.finish('sort: ranks');
}
