// What all kernels of a product have in common: where things lie, and what becomes of a sum.

import type { DType } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import { Lowering } from '../wgsl/lower-expr.ts';
import { applyCast } from '../wgsl/operations.ts';
import { Shader, type Binding } from '../wgsl/shader.ts';
import { valueType } from '../wgsl/value-types.ts';
import type { End, Factor } from './product.ts';
import { sumDtype, sumType, type ProductStructure, type Variant, type Work } from './structure.ts';

/** A factor: `lane(index)` is the i32 address of a lane at depth 0, `depth(k)` what a depth adds; `load(address)` an element. */
export interface FactorTerms {
  lane(index: string): string;
  depth(k: string): string;
  load(address: string): string;
}

/** The sums of one block, piece and batch: the terms of what is computed. */
export interface Place {
  readonly rowBlock: string;
  readonly columnBlock: string;
  readonly batch: string;
  readonly piece: string;
}

export class Frame {
  readonly shader: Shader<Work>;
  readonly type: 'f32' | 'i32' | 'u32';
  readonly rows: string;
  readonly columns: string;
  /** The table of offsets along the depth. */
  private readonly table: Binding | undefined;
  private readonly bindings: readonly Binding[];
  private readonly stored: readonly Binding[];
  private readonly variant: Variant;
  private readonly structure: ProductStructure;
  private readonly sizes = new Map<string, string>();
  /** The coordinates of the batch at hand. */
  private batch: readonly string[] = [];

  constructor(features: Features, structure: ProductStructure, variant: Variant, threads: number) {
    const shader = new Shader<Work>(features, threads);
    this.shader = shader;
    this.variant = variant;
    this.structure = structure;
    this.type = sumType(structure.factors[0]);
    this.rows = shader.word('u32', ({ extent }) => extent.rows);
    this.columns = shader.word('u32', ({ extent }) => extent.columns);
    const { factors } = structure;
    const sums = sumDtype(factors[0]);
    const isFinish = variant.kind === 'finish';
    const ordered = variant.isTurned ? [factors[1], factors[0]] : factors;
    this.bindings = isFinish ? [shader.buffer(sums, 'read')] : ordered.map((dtype) => shader.buffer(dtype, 'read'));
    this.table = !isFinish && variant.tables.includes(true) ? shader.buffer('int32', 'read') : undefined;
    this.stored = variant.isPartial ? [shader.buffer(sums, 'write')] : this.ends();
  }

  private ends(): Binding[] {
    const { shader, variant: { sharing }, structure: { ends } } = this; // prettier-ignore
    const own: Binding[] = [];
    sharing.forEach((first, k) => own.push(own[first] ?? shader.buffer(ends[k] as DType, 'read')));
    return [...own, shader.buffer(ends.at(-1) as DType, 'write')];
  }

  word(read: (work: Work) => number): string {
    return this.shader.word('u32', read);
  }

  /** The sums that are not finished. */
  get sums(): Binding {
    return this.bindings[0] as Binding;
  }

  /** Divides the number of a block, of which there are so many in `total`: columns are the fastest, pieces the slowest. */
  place(index: string): Place {
    const { shader } = this;
    const columnBlocks = this.word((work) => work.columnBlocks);
    const rowBlocks = this.word((work) => work.rowBlocks);
    const line = shader.let(`${index} / ${columnBlocks}`);
    const columnBlock = shader.let(`${index} - ${line} * ${columnBlocks}`);
    const plane = shader.let(`${line} / ${rowBlocks}`);
    const rowBlock = shader.let(`${line} - ${plane} * ${rowBlocks}`);
    const { batch, piece } = this.enter(plane);
    return { rowBlock, columnBlock, batch, piece };
  }

  /** Names the coordinates of the batch. */
  private enter(plane: string): { batch: string; piece: string } {
    const { shader } = this;
    const batches = this.word(({ extent }) => extent.batches);
    const piece = this.variant.isPartial ? shader.let(`${plane} / ${batches}`) : '0u';
    const batch = this.variant.isPartial ? shader.let(`${plane} - ${piece} * ${batches}`) : plane;
    this.batch = this.coordinates(batch, 'batch', this.variant.batchRank);
    return { batch, piece };
  }

  /** The coordinates of a row-major index along the axes of a group. */
  private coordinates(index: string, group: 'batch' | 'rows' | 'columns', rank: number): string[] {
    const { shader } = this;
    const result: string[] = [];
    let rest = index;
    for (let d = rank - 1; d > 0; d--) {
      const size = this.size(group, d);
      const next = shader.let(`${rest} / ${size}`);
      result.unshift(shader.let(`${rest} - ${next} * ${size}`));
      rest = next;
    }
    return rank > 0 ? [rest, ...result] : [];
  }

  private size(group: 'batch' | 'rows' | 'columns', d: number): string {
    const key = `${group} ${d}`;
    let word = this.sizes.get(key);
    if (word === undefined) this.sizes.set(key, (word = this.word(({ product }) => product[group][d] ?? 1)));
    return word;
  }

  private rowCoordinates(row: string): string[] {
    return this.coordinates(row, 'rows', this.variant.rowRank);
  }

  private columnCoordinates(column: string): string[] {
    return this.coordinates(column, 'columns', this.variant.columnRank);
  }

  /** Σ coordinate · stride, behind a start. */
  private address(start: string, coordinates: readonly string[], stride: (work: Work, d: number) => number): string {
    const parts = coordinates.map((at, d) => `i32(${at}) * ${this.shader.word('i32', (work) => stride(work, d))}`);
    return this.shader.let([start, ...parts].join(' + '));
  }

  /** The factor a (0) or b (1) of the batch at hand. */
  factor(which: 0 | 1): FactorTerms {
    const { shader, table } = this;
    const binding = this.bindings[which] as Binding;
    const of = ({ product }: Work): Factor => (which === 0 ? product.a : product.b);
    const start = shader.word('i32', (work) => work.offsets[which] + of(work).start);
    const base = this.address(start, this.batch, (work, d) => of(work).batch[d] ?? 0);
    const strides = Array.from({ length: which === 0 ? this.variant.rowRank : this.variant.columnRank }, (_, d) =>
      shader.word('i32', (work) => of(work).lanes[d] ?? 0),
    );
    const step = shader.word('i32', (work) => {
      const { depth } = of(work);
      return 'at' in depth ? depth.at : depth.step;
    });
    const isTable = this.variant.tables[which];
    return {
      lane: (index) => {
        const at = which === 0 ? this.rowCoordinates(index) : this.columnCoordinates(index);
        return shader.let([base, ...at.map((coordinate, d) => `i32(${coordinate}) * ${strides[d]}`)].join(' + '));
      },
      depth: (k) => (isTable && table ? table.load(`i32(${k}) + ${step}`) : `i32(${k}) * ${step}`),
      // A bool is multiplied as the number that it is in memory.
      load: (address) => (binding.dtype === 'bool' ? `${binding.name}[${address}]` : binding.load(address)),
    };
  }

  /** The depth of a piece: where it begins and ends. */
  piece({ piece }: Place): { start: string; end: string } {
    const { shader } = this;
    const depth = this.word(({ extent }) => extent.depth);
    if (!this.variant.isPartial) return { start: '0u', end: depth };
    const length = this.word(({ schedule }) => schedule.pieceDepth);
    const start = shader.let(`${piece} * ${length}`);
    return { start, end: shader.let(`min(${start} + ${length}, ${depth})`) };
  }

  /**
   * What stores sums of a block: `rows` and `columns` are the terms of their indices, each of which may be past the end. `sum(i, j)` is
   * the term of a sum.
   */
  store(
    { batch, piece }: Place,
    rows: readonly string[],
    columns: readonly string[],
    sum: (i: number, j: number) => string,
  ): void {
    const { shader, type } = this;
    const [put, bases] = this.variant.isPartial ? this.partial(batch, piece) : this.finished();
    const rowParts = rows.map((row) => {
      const at = this.rowCoordinates(row);
      return bases.map((base) => base.row(row, at));
    });
    const columnParts = columns.map((column) => {
      const at = this.columnCoordinates(column);
      return bases.map((base) => base.column(column, at));
    });
    rows.forEach((row, i) => {
      shader.push(`if (${row} < ${this.rows}) {`);
      columns.forEach((column, j) => {
        const addresses = bases.map((_, end) => `${rowParts[i]?.[end]} + ${columnParts[j]?.[end]}`);
        shader.push(
          `if (${column} < ${this.columns}) { ${put}(${['live', `${type}(${sum(i, j)})`, ...addresses].join(', ')}); }`,
        );
      });
      shader.push('}');
    });
  }

  /** The function that stores a sum for later. */
  private partial(batch: string, piece: string): [string, EndTerms[]] {
    const { shader, type, stored } = this;
    const [to] = stored as [Binding];
    const name = shader.name('put');
    shader.fn(`fn ${name}(live: bool, sum: ${type}, at: i32)`, () => shader.push(to.store('at', 'sum')));
    const batches = this.word(({ extent }) => extent.batches);
    const plane = shader.let(`${piece} * ${batches} + ${batch}`);
    const first = shader.let(`${plane} * ${this.rows}`);
    return [
      name,
      [
        {
          row: (row) => shader.let(`i32((${first} + ${row}) * ${this.columns})`),
          column: (column) => `i32(${column})`,
        },
      ],
    ];
  }

  /** The function that applies the epilogue to a sum, and the addresses of the ends that it takes. */
  private finished(): [string, EndTerms[]] {
    const { shader, type, stored, structure } = this;
    const { epilogue, factors, scalars } = structure;
    const name = shader.name('put');
    const out = stored.at(-1) as Binding;
    const addresses = stored.map((_, k) => `e${k}: i32`);
    shader.fn(`fn ${name}(live: bool, sum: ${type}, ${addresses.join(', ')})`, () => {
      const lowering = new Lowering(shader, (leaf) => {
        if (leaf.op === 'scalar') return this.scalar(leaf.value, scalars[leaf.value] ?? leaf.dtype);
        if (leaf.op !== 'input') throw new TypeError(`webgpu: an epilogue holds ${leaf.op}.`);
        if (leaf.value > 0) return shader.let((stored[leaf.value - 1] as Binding).load(`e${leaf.value - 1}`));
        return factors[0] === 'uint8' ? '(sum & 255u)' : factors[0] === 'bool' ? '((sum & 1u) != 0u)' : 'sum';
      });
      const value = lowering.value(epilogue);
      const cast = epilogue.dtype === out.dtype ? value : applyCast(shader, epilogue.dtype, out.dtype, value);
      shader.push(out.store(`e${stored.length - 1}`, cast));
    });
    return [name, stored.map((_, k) => this.end(k))];
  }

  private scalar(slot: number, dtype: DType): string {
    const type = valueType(dtype);
    const read = ({ scalars }: Work): number => scalars[slot] ?? 0;
    return type === 'bool' ? `(${this.shader.word('u32', read)} != 0u)` : this.shader.word(type, read);
  }

  private end(k: number): EndTerms {
    const { shader, variant: { rowRank, columnRank } } = this; // prettier-ignore
    const of = ({ product }: Work): End => product.ends[k] as End;
    const base = this.address(shader.word('i32', (work) => (work.offsets[k + 2] ?? 0) + of(work).start), this.batch, (work, d) => of(work).batch[d] ?? 0); // prettier-ignore
    const words = (rank: number, read: (end: End) => readonly number[]): string[] =>
      Array.from({ length: rank }, (_, d) => shader.word('i32', (work) => read(of(work))[d] ?? 0));
    const rows = words(rowRank, (end) => end.rows);
    const columns = words(columnRank, (end) => end.columns);
    const sum = (start: string, at: readonly string[], strides: readonly string[]): string =>
      shader.let([start, ...at.map((coordinate, d) => `i32(${coordinate}) * ${strides[d]}`)].join(' + '));
    return {
      row: (_, at) => sum(base, at, rows),
      column: (_, at) => sum('0i', at, columns),
    };
  }
}

/** Where an end's rows and columns begin; both together are an address. */
interface EndTerms {
  row(row: string, coordinates: readonly string[]): string;
  column(column: string, coordinates: readonly string[]): string;
}
