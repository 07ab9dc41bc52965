// The kernel for large products on a GPU. A workgroup computes a tile of sums. Slices of both factors come to shared memory, vectors of
// four lanes, and every thread multiplies blocks of vectors in registers; the next slice is on its way from memory meanwhile.
// The four lanes of a vector are not neighbours: they lie a quarter of the tile apart, so that neighbouring threads load and store
// neighbouring elements one by one, and no alignment is asked of anybody.

import type { Features } from '../features.ts';
import type { Kernel } from '../wgsl/shader.ts';
import { Frame, type FactorTerms } from './frame.ts';
import type { ProductStructure, Variant, Work } from './structure.ts';

const four = [0, 1, 2, 3];
const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** One factor's way to shared memory. */
interface Side {
  readonly name: string;
  /** Vectors of a line, and with slack. */
  readonly vectors: number;
  readonly line: number;
  /** Reads the slice from a depth on into registers; past `end` it is zeros. */
  fetch(from: string, end: string): void;
  /** Puts what was read where all threads see it. */
  share(): void;
}

export function tileKernel(features: Features, structure: ProductStructure, variant: Variant): Kernel<Work> {
  const { block, threads, slice } = variant;
  const frame = new Frame(features, structure, variant, threads.rows * threads.columns);
  const { shader, type } = frame;
  const total = frame.word((work) => work.rowBlocks * work.columnBlocks * work.extent.batches * work.schedule.pieces);
  shader.push(`if (group >= ${total}) { return; }`);
  const place = frame.place('group');
  const { start, end } = frame.piece(place);
  const [height, width] = [block.rows * threads.rows, block.columns * threads.columns];
  const row0 = shader.let(`${place.rowBlock} * ${height}u`);
  const column0 = shader.let(`${place.columnBlock} * ${width}u`);
  const a = side(frame, 'tileA', frame.factor(0), { first: row0, count: height, last: `${frame.rows} - 1u` }, variant, variant.isDeep[0]); // prettier-ignore
  const b = side(frame, 'tileB', frame.factor(1), { first: column0, count: width, last: `${frame.columns} - 1u` }, variant, variant.isDeep[1]); // prettier-ignore
  // Threads of a subgroup form a block of 4 × 8: they read few different vectors.
  const across = threads.columns / 8;
  const x = shader.let(`(lane & 7u) + ((lane >> 5u) % ${across}u) * 8u`);
  const y = shader.let(`((lane >> 3u) & 3u) + ((lane >> 5u) / ${across}u) * 4u`);
  const [rowVectors, columnVectors] = [range(block.rows / 4), range(block.columns / 4)];
  for (const i of range(block.rows)) for (const v of columnVectors) shader.push(`var c${i}_${v} = vec4<${type}>();`);
  a.fetch(start, end);
  b.fetch(start, end);
  shader.push(`for (var first = ${start}; first < ${end}; first += ${slice}u) {`);
  a.share();
  b.share();
  shader.push('workgroupBarrier();', `let next = first + ${slice}u;`, `if (next < ${end}) {`);
  a.fetch('next', end);
  b.fetch('next', end);
  // Drivers that are programs would unroll this for seconds.
  const depth = features.software ? frame.word(({ schedule }) => schedule.slice) : `${slice}u`;
  shader.push('}', `for (var k = 0u; k < ${depth}; k++) {`);
  for (const u of rowVectors) shader.push(`let x${u} = ${a.name}[k * ${a.line}u + ${y} + ${u * threads.rows}u];`);
  for (const v of columnVectors) shader.push(`let y${v} = ${b.name}[k * ${b.line}u + ${x} + ${v * threads.columns}u];`);
  for (const u of rowVectors) {
    for (const e of four) for (const v of columnVectors) shader.push(`c${u * 4 + e}_${v} += x${u}[${e}] * y${v};`);
  }
  shader.push('}', 'workgroupBarrier();', '}');
  const lanesOf = (first: string, at: string, vectors: readonly number[], step: number, apart: number): string[] =>
    vectors.flatMap((v) => four.map((e) => shader.let(`${first} + ${at} + ${v * step + e * apart}u`)));
  const rows = lanesOf(row0, y, rowVectors, threads.rows, a.vectors);
  const columns = lanesOf(column0, x, columnVectors, threads.columns, b.vectors);
  frame.store(place, rows, columns, (i, j) => `c${i}_${j >> 2}[${j & 3}]`);
  return shader.finish(`product by tiles of ${height} x ${width}`);
}

function side(
  { shader, type }: Frame,
  name: string,
  factor: FactorTerms,
  lanes: { readonly first: string; readonly count: number; readonly last: string },
  { slice, threads }: Variant,
  isDeep: boolean,
): Side {
  const vectors = lanes.count / 4;
  const line = vectors + 1;
  const workers = threads.rows * threads.columns;
  const loads = range((vectors * slice) / workers);
  shader.declare(`var<workgroup> ${name}: array<vec4<${type}>, ${slice * line}>;`);
  // Which vectors and which depths this thread brings: neighbouring threads bring what are neighbours in memory.
  const across = isDeep ? slice : vectors;
  const inner = shader.let(`lane % ${across}u`);
  const outer = shader.let(`lane / ${across}u`);
  const later = (load: number): string => `${outer} + ${(load * workers) / across}u`;
  const addresses = (vector: string): string[] =>
    four.map((e) => factor.lane(shader.let(`min(${lanes.first} + ${vector} + ${e * vectors}u, ${lanes.last})`)));
  const shared = isDeep ? [] : addresses(inner);
  const jobs = loads.map((load) => {
    const register = shader.name('r');
    shader.push(`var ${register} = vec4<${type}>();`);
    return isDeep
      ? { register, depth: inner, vector: later(load), addresses: addresses(later(load)) }
      : { register, depth: later(load), vector: inner, addresses: shared };
  });
  return {
    name, vectors, line,
    fetch(from, end) {
      for (const { register, depth, addresses: starts } of jobs) {
        const k = shader.let(`${from} + ${depth}`);
        const offset = shader.let(factor.depth(k));
        const read = starts.map((address) => factor.load(`${address} + ${offset}`));
        shader.push(`${register} = select(vec4<${type}>(), vec4<${type}>(${read.join(', ')}), ${k} < ${end});`);
      }
    },
    share() {
      for (const { register, depth, vector } of jobs) shader.push(`${name}[(${depth}) * ${line}u + ${vector}] = ${register};`);
    },
  }; // prettier-ignore
}
