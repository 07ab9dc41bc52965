// Stable sort of long rows of u32 keys, digit by digit from the lowest: counts of each digit in blocks of a row, sums over them, and every
// element goes where its digit's sum says. On a GPU a block is what a workgroup loads, ranked in shared memory; on a CPU, where barriers
// are slow, what one thread goes through.

import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import { Shader, type Kernel } from '../wgsl/shader.ts';
import { scanWorkgroup, type SharedValues } from './workgroup-scan.ts';

/** Keys, and where they were in their rows before. */
export interface Sorted {
  readonly keys: GpuBuffer;
  readonly positions: GpuBuffer;
}

/** One pass over one digit. */
interface Pass {
  readonly rows: number;
  readonly length: number;
  /** Blocks of a row, and elements of a block. */
  readonly blocks: number;
  readonly span: number;
  /** The lowest bit of the digit. */
  readonly shift: number;
}

/** A word on the device: keys, positions and counts are u32. */
export const word = 'uint8';

interface Kernels {
  readonly count: Kernel<Pass>;
  readonly sums: Kernel<Pass>;
  /** `first`: positions are not there yet, an element's is where it lies. */
  readonly place: { readonly first: Kernel<Pass>; readonly next: Kernel<Pass> };
}

interface Schedule {
  /** Bits of a digit. */
  readonly bits: number;
  readonly threads: number;
  span(length: number): number;
  /** Workgroups for so many blocks. */
  groups(blocks: number): number;
  /** Workgroups that sum the counts of so many rows. */
  rowGroups(rows: number): number;
  kernels(machine: Machine): Kernels;
}

const perThread = 4;
/** Counts that a thread sums at once. */
const perSum = 16;

const byWorkgroups: Schedule = {
  bits: 4,
  threads: 256,
  span: () => 256 * perThread,
  groups: (blocks) => blocks,
  rowGroups: (rows) => rows,
  kernels: ({ features }) => {
    const place = (first: boolean): Kernel<Pass> => placeByWorkgroups(new Shader(features, 256), first);
    return {
      count: countByWorkgroups(new Shader(features, 256)),
      sums: sumByWorkgroups(new Shader(features, 256)),
      place: { first: place(true), next: place(false) },
    };
  },
};

const byThreads: Schedule = {
  bits: 8,
  threads: 8,
  span: (length) => Math.max(4096, Math.ceil(length / 64)),
  groups: (blocks) => Math.ceil(blocks / 8),
  rowGroups: (rows) => Math.ceil(rows / 8),
  kernels: ({ features }) => {
    const place = (first: boolean): Kernel<Pass> => placeByThreads(new Shader(features, 8), first);
    return {
      count: countByThreads(new Shader(features, 8)),
      sums: sumByThreads(new Shader(features, 8)),
      place: { first: place(true), next: place(false) },
    };
  },
};

export class RadixSort {
  private readonly machine: Machine;
  private readonly schedule: Schedule;
  private kernels: Kernels | undefined;

  constructor(machine: Machine) {
    this.machine = machine;
    this.schedule = machine.features.software ? byThreads : byWorkgroups;
  }

  /** Sorts rows of `length` keys that differ in their lowest `bits` alone. The keys given are scratch afterwards; all memory is borrowed. */
  sort(keys: GpuBuffer, rows: number, length: number, bits: number): Sorted {
    const { machine, schedule } = this;
    const { count, sums, place } = (this.kernels ??= schedule.kernels(machine));
    const span = schedule.span(length);
    const blocks = Math.ceil(length / span);
    const size = rows * length;
    const counts = machine.borrow(word, rows * blocks * 2 ** schedule.bits);
    const groups = schedule.groups(rows * blocks);
    const ownWork = size * 16;
    let from: Sorted | undefined;
    let to: Sorted = { keys: machine.borrow(word, size), positions: machine.borrow(word, size) };
    for (let shift = 0; shift < bits; shift += schedule.bits) {
      const pass: Pass = { rows, length, blocks, span, shift };
      const source = from?.keys ?? keys;
      machine.dispatch(count, pass, [source, counts], groups, ownWork);
      machine.dispatch(sums, pass, [counts], schedule.rowGroups(rows));
      if (from)
        machine.dispatch(place.next, pass, [source, counts, to.keys, to.positions, from.positions], groups, ownWork);
      else machine.dispatch(place.first, pass, [source, counts, to.keys, to.positions], groups, ownWork);
      [from, to] = [to, from ?? { keys, positions: machine.borrow(word, size) }];
    }
    if (!from) throw new RangeError(`webgpu: keys of ${bits} bits cannot be sorted.`);
    return from;
  }
}

const counting: SharedValues = {
  names: ['part'],
  types: ['u32'],
  combine: ([later], [earlier]) => [`${later} += ${earlier};`],
};

/** The words of a pass. */
function passWords(shader: Shader<Pass>) {
  return {
    length: shader.word('u32', (pass) => pass.length),
    blocks: shader.word('u32', (pass) => pass.blocks),
    span: shader.word('u32', (pass) => pass.span),
    allBlocks: shader.word('u32', (pass) => pass.rows * pass.blocks),
    rows: shader.word('u32', (pass) => pass.rows),
    shift: shader.word('u32', (pass) => pass.shift),
  };
}

function countByWorkgroups(shader: Shader<Pass>): Kernel<Pass> {
  const { length, blocks, span, allBlocks, shift } = passWords(shader);
  const keys = shader.buffer(word, 'read').name;
  const counts = shader.buffer(word, 'write').name;
  shader.declare('var<workgroup> found: array<atomic<u32>, 16>;');
  shader.push(
    `let row = group / ${blocks};`,
    `let block = group - row * ${blocks};`,
    'if (lane < 16u) { atomicStore(&found[lane], 0u); }',
    'workgroupBarrier();',
    `if (group < ${allBlocks}) {`,
    `let end = min(${length}, (block + 1u) * ${span});`,
    `for (var k = block * ${span} + lane; k < end; k += 256u) {`,
    `atomicAdd(&found[(${keys}[row * ${length} + k] >> ${shift}) & 15u], 1u);`,
    '}',
    '}',
    'workgroupBarrier();',
    `if (lane < 16u && group < ${allBlocks}) { ${counts}[(row * 16u + lane) * ${blocks} + block] = atomicLoad(&found[lane]); }`,
  );
  return shader.finish('sort: count digits');
}

/** Replaces the counts of a row by the sums of those before. */
function sumByWorkgroups(shader: Shader<Pass>): Kernel<Pass> {
  const { blocks, rows } = passWords(shader);
  const counts = shader.buffer(word, 'write').name;
  shader.declare('var<workgroup> part: array<u32, 256>;');
  shader.push(
    `let size = 16u * ${blocks};`,
    'let row = group * size;',
    'var before = 0u;',
    `for (var start = 0u; start < size; start += ${256 * perSum}u) {`,
    `let first = start + lane * ${perSum}u;`,
    `let end = select(0u, min(size, first + ${perSum}u), group < ${rows});`,
    'var sum = 0u;',
    `for (var k = first; k < end; k++) { sum += ${counts}[row + k]; }`,
    'part[lane] = sum;',
  );
  scanWorkgroup(shader, counting);
  shader.push(
    'sum = before + part[lane] - sum;',
    'for (var k = first; k < end; k++) {',
    `let own = ${counts}[row + k];`,
    `${counts}[row + k] = sum;`,
    'sum += own;',
    '}',
    'before += part[255];',
    'workgroupBarrier();',
    '}',
  );
  return shader.finish('sort: sum counts');
}

/**
 * Ranks the elements of a block among those of the same digit. Each thread counts its own consecutive ones: the counts of digits d and
 * d + 8 share a word, and of one word the threads follow each other, so that a scan over all gives the ranks.
 */
function placeByWorkgroups(shader: Shader<Pass>, isFirst: boolean): Kernel<Pass> {
  const { length, blocks, span, allBlocks, shift } = passWords(shader);
  const [keys, counts, toKeys, toPositions] = [shader.buffer(word, 'read').name, shader.buffer(word, 'read').name, shader.buffer(word, 'write').name, shader.buffer(word, 'write').name]; // prettier-ignore
  const positions = isFirst ? undefined : shader.buffer(word, 'read').name;
  shader.declare('var<workgroup> ranks: array<u32, 2048>;');
  shader.declare('var<workgroup> part: array<u32, 256>;');
  shader.push(
    `let row = group / ${blocks};`,
    `let block = group - row * ${blocks};`,
    `let first = block * ${span} + lane * ${perThread}u;`,
    `let end = select(0u, ${length}, group < ${allBlocks});`,
    'for (var w = lane; w < 2048u; w += 256u) { ranks[w] = 0u; }',
    'workgroupBarrier();',
    `var own: array<u32, ${perThread}>;`,
    `var before: array<u32, ${perThread}>;`,
    `for (var e = 0u; e < ${perThread}u; e++) {`,
    'let k = first + e;',
    'if (k < end) {',
    `own[e] = ${keys}[row * ${length} + k];`,
    `let digit = (own[e] >> ${shift}) & 15u;`,
    'let at = (digit & 7u) * 256u + lane;',
    'let half = (digit >> 3u) * 16u;',
    'before[e] = (ranks[at] >> half) & 0xffffu;',
    'ranks[at] += 1u << half;',
    '}',
    '}',
    'workgroupBarrier();',
    'var sum = 0u;',
    'for (var w = lane * 8u; w < lane * 8u + 8u; w++) { sum += ranks[w]; }',
    'part[lane] = sum;',
  );
  scanWorkgroup(shader, counting);
  shader.push(
    'sum = part[lane] - sum;',
    'for (var w = lane * 8u; w < lane * 8u + 8u; w++) {',
    'let count = ranks[w];',
    'ranks[w] = sum;',
    'sum += count;',
    '}',
    'workgroupBarrier();',
    `for (var e = 0u; e < ${perThread}u; e++) {`,
    'let k = first + e;',
    'if (k < end) {',
    `let digit = (own[e] >> ${shift}) & 15u;`,
    'let at = (digit & 7u) * 256u;',
    'let half = (digit >> 3u) * 16u;',
    'let rank = before[e] + (((ranks[at + lane] - ranks[at]) >> half) & 0xffffu);',
    `let to = row * ${length} + ${counts}[(row * 16u + digit) * ${blocks} + block] + rank;`,
    `${toKeys}[to] = own[e];`,
    `${toPositions}[to] = ${positions === undefined ? 'k' : `${positions}[row * ${length} + k]`};`,
    '}',
    '}',
  );
  return shader.finish('sort: place');
}

/** The block that a thread goes through. */
function pushBlock(shader: Shader<Pass>, { length, blocks, span, allBlocks }: ReturnType<typeof passWords>): void {
  shader.push(
    `let thread = group * ${shader.threads}u + lane;`,
    `if (thread >= ${allBlocks}) { return; }`,
    `let row = thread / ${blocks};`,
    `let block = thread - row * ${blocks};`,
    `let first = block * ${span};`,
    `let end = min(${length}, first + ${span});`,
  );
}

function countByThreads(shader: Shader<Pass>): Kernel<Pass> {
  const words = passWords(shader);
  const { length, blocks, shift } = words;
  const keys = shader.buffer(word, 'read').name;
  const counts = shader.buffer(word, 'write').name;
  pushBlock(shader, words);
  shader.push(
    `for (var d = 0u; d < 256u; d++) { ${counts}[(row * 256u + d) * ${blocks} + block] = 0u; }`,
    'for (var k = first; k < end; k++) {',
    `let digit = (${keys}[row * ${length} + k] >> ${shift}) & 255u;`,
    `${counts}[(row * 256u + digit) * ${blocks} + block] += 1u;`,
    '}',
  );
  return shader.finish('sort: count digits');
}

function sumByThreads(shader: Shader<Pass>): Kernel<Pass> {
  const { blocks, rows } = passWords(shader);
  const counts = shader.buffer(word, 'write').name;
  shader.push(
    `let row = group * ${shader.threads}u + lane;`,
    `if (row >= ${rows}) { return; }`,
    `let end = (row + 1u) * 256u * ${blocks};`,
    'var sum = 0u;',
    `for (var k = row * 256u * ${blocks}; k < end; k++) {`,
    `let own = ${counts}[k];`,
    `${counts}[k] = sum;`,
    'sum += own;',
    '}',
  );
  return shader.finish('sort: sum counts');
}

function placeByThreads(shader: Shader<Pass>, isFirst: boolean): Kernel<Pass> {
  const words = passWords(shader);
  const { length, blocks, shift } = words;
  const [keys, counts, toKeys, toPositions] = [shader.buffer(word, 'read').name, shader.buffer(word, 'write').name, shader.buffer(word, 'write').name, shader.buffer(word, 'write').name]; // prettier-ignore
  const positions = isFirst ? undefined : shader.buffer(word, 'read').name;
  pushBlock(shader, words);
  shader.push(
    'for (var k = first; k < end; k++) {',
    `let key = ${keys}[row * ${length} + k];`,
    `let count = (row * 256u + ((key >> ${shift}) & 255u)) * ${blocks} + block;`,
    `let to = row * ${length} + ${counts}[count];`,
    `${counts}[count] += 1u;`,
    `${toKeys}[to] = key;`,
    `${toPositions}[to] = ${positions === undefined ? 'k' : `${positions}[row * ${length} + k]`};`,
    '}',
  );
  return shader.finish('sort: place');
}
