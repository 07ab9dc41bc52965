// What is decided once for all launches of one geometry: the variant of the code, the cuts, and the words and tables that the kernel
// reads. A launch then only says where its operands are.

import type { Kernel } from '../machine.ts';
import { elementBytes } from '../wasm-buffer.ts';
import { isNative, type Arithmetic } from './arithmetic.ts';
import { blocksOf, fewRows, roundUp, workOf, type Blocks, type Extent } from './blocks.ts';
import { sharedRows } from './multiply-unit.ts';
import { panelSlack } from './pack.ts';
import { planWords, type ColumnClass, type PlanNumber, type PlanTable, type ProductStructure, type Variant } from './variant.ts'; // prettier-ignore

/** One factor: element (lane, depth) of product `batch` lies at batch[…] + lanes[…] + depth[…] elements from its operand. */
interface Factor {
  readonly lanes: Int32Array;
  readonly depth: Int32Array;
  readonly batch: Int32Array;
}

/** An extra operand of the epilogue, or the output. */
interface End {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly batch: Int32Array;
}

/** A batch of products; `swapped` where its rows are what the launch calls columns. */
export interface Product {
  readonly a: Factor;
  readonly b: Factor;
  readonly ends: readonly End[];
  readonly swapped?: boolean;
}

export interface Plan {
  readonly variant: Variant;
  readonly swapped: boolean;
  /** Its words and tables, and where they lie; 0 while they do not. */
  readonly words: Int32Array;
  address: number;
  lastUse: number;
  readonly units: number;
  readonly work: number;
  /** Panels of rows to pack before, and the bytes they take; none where each unit packs its own. */
  readonly panels: number;
  readonly panelWork: number;
  readonly packedBytes: number;
  /** Sums of all pieces. */
  readonly partialBytes: number;
  readonly blocks: number;
  readonly blockWork: number;
  /** Bytes of scratch memory for each thread. */
  readonly scratch: number;
  kernel?: Kernel;
}

function inBytes(table: Int32Array, size: number): Int32Array {
  const result = new Int32Array(table.length);
  for (let k = 0; k < table.length; k++) result[k] = (table[k] ?? 0) * size;
  return result;
}

/** Whether neighbouring entries differ by 1, in groups of four or all of them. */
function isDense(table: Int32Array, group = table.length): boolean {
  for (let k = 1; k < table.length; k++) {
    if (k % group !== 0 && (table[k] ?? 0) - (table[k - 1] ?? 0) !== 1) return false;
  }
  return true;
}

/** Whether at least half of the groups of four are neighbours. */
function isMostlyDense(table: Int32Array): boolean {
  let dense = 0;
  for (let k = 0; k + 3 < table.length; k += 4) if ((table[k + 3] ?? 0) - (table[k] ?? 0) === 3) dense++;
  return dense * 8 >= table.length;
}

/** The step from each entry to the next, if it is always the same. */
function evenStep(table: Int32Array): number | undefined {
  const step = (table[1] ?? 0) - (table[0] ?? 0);
  for (let k = 2; k < table.length; k++) if ((table[k] ?? 0) - (table[k - 1] ?? 0) !== step) return undefined;
  return table.length > 1 ? step : 0;
}

const classOf = ({ columns }: End): ColumnClass => (evenStep(columns) === 0 ? '0' : isDense(columns, 4) ? '1' : 's');

const extentOf = ({ a, b }: Product): Extent => ({
  rows: a.lanes.length,
  columns: b.lanes.length,
  depth: a.depth.length,
  batches: a.batch.length,
});

/** The same product with its factors exchanged. */
function exchanged({ a, b, ends, swapped = false }: Product): Product {
  const turned = ends.map(({ rows, columns, batch }) => ({ rows: columns, columns: rows, batch }));
  return { a: b, b: a, ends: turned, swapped: !swapped };
}

/** Depth from which it pays to store columns one by one, if that makes better tiles. */
const deep = 64;

/** The time of a step of depth, about: panels are whole tiles, and a panel of rows takes as long as four at least. */
const timeOf = (rows: number, columns: number, tile: Arithmetic): number =>
  Math.max(rows, 4) * Math.ceil(columns / tile.columns);

/** Very few rows or columns are to be rows, else columns of the output are to be neighbours, unless tiles would be mostly empty. */
function turned(product: Product, arithmetic: Arithmetic): Product {
  const { rows, columns, depth } = extentOf(product);
  const out = product.ends.at(-1);
  if (!out) return product;
  if (Math.min(rows, columns) <= fewRows) return columns < rows ? exchanged(product) : product;
  const gain = timeOf(rows, columns, arithmetic) / timeOf(columns, rows, arithmetic);
  const better = !isDense(out.columns, 4) && isDense(out.rows, 4);
  return (depth >= deep && gain > 1.25) || (better && (depth < deep || gain > 0.8)) ? exchanged(product) : product;
}

function innerOf({ a, b }: Product, { factor }: ProductStructure): Variant['inner'] {
  if (!isNative(factor)) return 'packed';
  if (a.lanes.length <= fewRows) {
    if (isMostlyDense(b.lanes) && b.lanes.length >= 4) return 'lanes';
    if (a.depth.length >= 4 && isDense(a.depth, 4) && isDense(b.depth, 4)) return 'depth';
  }
  return isDense(a.depth) ? 'inPlace' : 'packed';
}

export function makePlan(given: Product, structure: ProductStructure, arithmetic: Arithmetic): Plan {
  const product = turned(given, arithmetic);
  const extent = extentOf(product);
  const inner = innerOf(product, structure);
  const blocks = blocksOf(extent, inner, arithmetic);
  const out = product.ends.at(-1) as End;
  const outStep = evenStep(out.rows);
  const { epilogue, ends } = structure;
  const direct =
    (inner === 'packed' || inner === 'inPlace') && blocks.pieces === 1 && outStep !== undefined && isDense(out.columns) &&
    epilogue.op === 'input' && epilogue.value === 0 && epilogue.dtype === arithmetic.dtype && ends.at(-1) === arithmetic.dtype; // prettier-ignore
  const variant: Variant = { inner, ends: product.ends.map(classOf), direct };
  return { variant, swapped: product.swapped ?? false, address: 0, lastUse: 0, ...cut(product, extent, blocks, variant, structure, arithmetic, outStep ?? 0) }; // prettier-ignore
}

/** Which of the different first factors each product of the batch has. */
function distinct(batch: Int32Array): { offsets: Int32Array; which: Int32Array } {
  if (batch.length === 1) return { offsets: batch, which: new Int32Array(1) };
  const known = new Map<number, number>();
  const which = batch.map((offset) => {
    const number = known.get(offset) ?? known.size;
    known.set(offset, number);
    return number;
  });
  return { offsets: Int32Array.from(known.keys()), which };
}

/** What packing an element takes, in nanoseconds, about. */
const packWork = 0.15;
/** Packing again, in nanoseconds, that is not worth a pass of its own. */
const packedAgain = 2000;
/** Rows that take more memory than this are packed again and again. */
const mostPackedBytes = 64 * 1024 * 1024;

function cut(
  product: Product,
  extent: Extent,
  blocks: Blocks,
  { inner }: Variant,
  structure: ProductStructure,
  arithmetic: Arithmetic,
  outStep: number,
) {
  const { rows, columns, depth, batches } = extent;
  const { bytes, rows: height, columns: panelColumns } = arithmetic;
  const elements = elementBytes(structure.factor);
  const units = batches * blocks.rowBlocks * blocks.columnBlocks;
  const firsts = distinct(product.a.batch);
  const again = (blocks.columnBlocks * batches) / Math.max(1, firsts.offsets.length) - 1;
  const panelsOfRows = Math.ceil(rows / height);
  const lastPanel = lastPanelOf(rows, blocks, height);
  const panelBytes = roundUp(depth * height * bytes + panelSlack, 16);
  const allPanels = firsts.offsets.length * panelsOfRows;
  const packsBefore =
    inner === 'packed' && again * rows * depth * packWork > packedAgain && allPanels * panelBytes <= mostPackedBytes;
  const width = blocks.columnBlock * bytes;
  const keeps = blocks.pieces > 1 || blocks.chunk < blocks.pieceDepth;
  const partialBytes = blocks.pieces > 1 ? blocks.rowBlock * width : 0;
  const thin = inner === 'lanes' || inner === 'depth';
  // Few rows are not packed; there, sums of a chunk wait to be added.
  const scratchRows = thin
    ? roundUp(fewRows * width + panelSlack, 64)
    : roundUp(roundUp(blocks.columnBlock, panelColumns) * blocks.chunk * bytes + panelSlack, 64);
  const scratchSums = scratchRows + (inner === 'packed' ? roundUp(height * blocks.chunk * bytes + panelSlack, 64) : 0);
  const scratch = scratchSums + (keeps && blocks.pieces === 1 ? blocks.rowBlock : Math.max(height, fewRows)) * width + panelSlack; // prettier-ignore
  const numbers: Record<PlanNumber, number> = {
    ...blocks, rows, columns, depth, width, sumStep: keeps ? width : 0, outStep: outStep * bytes, partialBytes, panelBytes,
    panels: panelsOfRows, lastPanel, scratchRows, scratchSums, bRamp: Number(isDense(product.b.lanes)),
  }; // prettier-ignore
  const lanes = (table: Int32Array, step: number, last?: number): Int32Array =>
    padded(inBytes(table, elements), elements, step, last);
  const tables: Partial<Record<PlanTable, Int32Array>> = {
    aLanes: lanes(product.a.lanes, height, lastPanel),
    aDepth: padded(inBytes(product.a.depth, elements), 0, 1),
    aBatch: inBytes(product.a.batch, elements),
    aPacked: firsts.which,
    aDistinct: inBytes(firsts.offsets, elements),
    bLanes: lanes(product.b.lanes, panelColumns),
    bDepth: padded(inBytes(product.b.depth, elements), 0, 1),
    bBatch: inBytes(product.b.batch, elements),
  };
  product.ends.forEach((end, k) => {
    const size = elementBytes(structure.ends[k] ?? structure.factor);
    tables[`rows ${k}`] = inBytes(end.rows, size);
    tables[`columns ${k}`] = padded(inBytes(end.columns, size), size, 4);
    tables[`batch ${k}`] = inBytes(end.batch, size);
  });
  return {
    words: assembled(structure.ends.length, numbers, tables),
    scratch,
    units: units * blocks.pieces,
    work: workOf(Math.min(rows, blocks.rowBlock) * blocks.columnBlock * blocks.pieceDepth, arithmetic) + blocks.columnBlock * blocks.pieceDepth * packWork, // prettier-ignore
    panels: packsBefore ? allPanels : 0,
    panelWork: depth * height * packWork,
    packedBytes: packsBefore ? allPanels * panelBytes + panelSlack : 0,
    partialBytes: units * blocks.pieces * partialBytes,
    blocks: units,
    blockWork: blocks.rowBlock * blocks.columnBlock * blocks.pieces * 0.2,
  };
}

/** Where the last panel of rows begins. */
function lastPanelOf(rows: number, { rowBlock, rowBlocks }: Blocks, height: number): number {
  const inBlock = rows - (rowBlocks - 1) * rowBlock;
  const rest = inBlock % height;
  const shares = inBlock > height && rest > 0 && rest <= sharedRows;
  return shares ? rows - Math.floor((height + rest) / 2) : (Math.ceil(rows / height) - 1) * height;
}

/**
 * A table that may be read beyond its end, in panels of `step` entries and in groups of four of them. Where there are no more
 * elements, what is read must be memory all the same: neighbours to the end of a group, then the panel's first group again.
 */
function padded(table: Int32Array, bytes: number, step: number, lastPanel?: number): Int32Array {
  const count = table.length;
  const result = new Int32Array(count + Math.max(8, step + 4));
  result.set(table);
  if (count === 0) return result;
  const last = count - 1;
  const panel = lastPanel ?? last - (last % step);
  const goesOn = count === 1 ? bytes > 0 : (table[last] ?? 0) - (table[last - 1] ?? 0) === bytes;
  for (let k = count; k < result.length; k++) {
    const group = panel + ((k - panel) & ~3);
    const isNew = group >= count;
    result[k] = isNew ? (result[panel + ((k - panel) & 3)] ?? 0) : (result[k - 1] ?? 0) + (goesOn ? bytes : 0);
  }
  return result;
}

/** The words of a plan, tables behind the numbers. */
function assembled(
  ends: number,
  numbers: Record<PlanNumber, number>,
  tables: Partial<Record<PlanTable, Int32Array>>,
): Int32Array {
  const layout = planWords(ends);
  const lists = Object.entries(tables) as [PlanTable, Int32Array][];
  let at = roundUp(layout.names.length, 4);
  const words = new Int32Array(lists.reduce((sum, [, table]) => sum + table.length, at));
  for (const [name, value] of Object.entries(numbers)) words[layout.place(name as PlanNumber)] = value;
  for (const [name, table] of lists) {
    words[layout.place(name)] = 4 * at;
    words.set(table, at);
    at += table.length;
  }
  return words;
}
