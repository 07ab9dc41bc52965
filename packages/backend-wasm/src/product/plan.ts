// What is decided once for all launches of one geometry: the variant of the code, the cuts, and the words and tables that the kernel
// reads. A launch then only says where its operands are.

import type { Kernel } from '../machine.ts';
import { isNative, type Arithmetic } from './arithmetic.ts';
import { blocksOf, fewRows, workOf, type Blocks } from './blocks.ts';
import { isThin, type Extent } from './cut-depth.ts';
import { roundUp } from './even-parts.ts';
import { sharedRows } from './multiply-unit.ts';
import { panelSlack } from './pack.ts';
import { unpadded, isDense, padded, plain, type Table, type Written } from './table.ts';
import { planWords, type ColumnClass, type PlanNumber, type PlanTable, type ProductStructure, type Variant } from './variant.ts'; // prettier-ignore

/** One factor: element (lane, depth) of product `batch` lies at batch[…] + lanes[…] + depth[…] from its operand. */
interface Factor {
  readonly lanes: Table;
  readonly depth: Table;
  readonly batch: Int32Array;
}

/** An extra operand of the epilogue, or the output. */
interface End {
  readonly rows: Table;
  readonly columns: Table;
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
  /** The bytes of its words and tables, and where they lie; 0 when they had to go. */
  readonly bytes: number;
  address: number;
  /** The launch that it was used in last. */
  lastUse: number;
  readonly units: number;
  readonly work: number;
  /** Panels of rows to pack before, and the bytes they take; none where each unit packs its own. */
  readonly packUnits: number;
  readonly packUnitWork: number;
  readonly packedBytes: number;
  /** Sums of all pieces. */
  readonly partialBytes: number;
  /** Where packed rows and sums of pieces are, in the launch at hand. */
  packed: number;
  partial: number;
  readonly blocks: number;
  readonly blockWork: number;
  /** Bytes of scratch memory for each thread. */
  readonly scratch: number;
  readonly kernel: Kernel;
}

/** A plan that lies nowhere yet, and what writes its words and tables. */
export interface Draft {
  readonly plan: Omit<Plan, 'kernel'>;
  write(to: Int32Array): void;
}

const classOf = ({ columns }: End): ColumnClass => (columns.step === 0 ? '0' : columns.denseByFour ? '1' : 's');

const extentOf = ({ a, b }: Product): Extent => ({
  rows: a.lanes.count,
  columns: b.lanes.count,
  depth: a.depth.count,
  batches: a.batch.length,
});

/** The same product with its factors exchanged. */
function exchanged({ a, b, ends, swapped = false }: Product): Product {
  const exchange = ({ rows, columns, batch }: End): End => ({ rows: columns, columns: rows, batch });
  return { a: b, b: a, ends: ends.map(exchange), swapped: !swapped };
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
  const better = !out.columns.denseByFour && out.rows.denseByFour;
  return (depth >= deep && gain > 1.25) || (better && (depth < deep || gain > 0.8)) ? exchanged(product) : product;
}

function innerOf({ a, b }: Product, { factor }: ProductStructure): Variant['inner'] {
  if (!isNative(factor)) return 'packed';
  if (a.lanes.count <= fewRows) {
    if (b.lanes.mostlyDense && b.lanes.count >= 4) return 'lanes';
    if (a.depth.count >= 4 && a.depth.denseByFour && b.depth.denseByFour) return 'depth';
  }
  return isDense(a.depth) ? 'inPlace' : 'packed';
}

export function draftPlan(given: Product, structure: ProductStructure, arithmetic: Arithmetic): Draft {
  const product = turned(given, arithmetic);
  const extent = extentOf(product);
  const inner = innerOf(product, structure);
  const blocks = blocksOf(extent, inner, arithmetic);
  const out = product.ends.at(-1) as End;
  const { epilogue, ends } = structure;
  const direct =
    (inner === 'packed' || inner === 'inPlace') && blocks.pieces === 1 && out.rows.step !== undefined && isDense(out.columns) &&
    epilogue.op === 'input' && epilogue.value === 0 && epilogue.dtype === arithmetic.dtype && ends.at(-1) === arithmetic.dtype; // prettier-ignore
  const variant: Variant = { inner, ends: product.ends.map(classOf), direct };
  const { write, ...rest } = cut(product, extent, blocks, inner, arithmetic);
  return {
    plan: { variant, swapped: product.swapped ?? false, address: 0, lastUse: 0, packed: 0, partial: 0, ...rest },
    write,
  };
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

function cut(product: Product, extent: Extent, blocks: Blocks, inner: Variant['inner'], arithmetic: Arithmetic) {
  const { rows, columns, depth, batches } = extent;
  const { bytes, rows: height, columns: panelColumns } = arithmetic;
  const units = batches * blocks.rowBlocks * blocks.columnBlocks;
  const { a, b, ends } = product;
  const firsts = inner === 'packed' ? distinct(a.batch) : { offsets: a.batch, which: a.batch };
  const again = (blocks.columnBlocks * batches) / Math.max(1, firsts.offsets.length) - 1;
  const rowPanels = Math.ceil(rows / height);
  const lastPanel = lastPanelOf(rows, blocks, height);
  const panelBytes = roundUp(depth * height * bytes + panelSlack, 16);
  const allPanels = firsts.offsets.length * rowPanels;
  const packsBefore =
    inner === 'packed' && again * rows * depth * packWork > packedAgain && allPanels * panelBytes <= mostPackedBytes;
  const width = blocks.columnBlock * bytes;
  const keeps = blocks.pieces > 1 || blocks.chunk < blocks.pieceDepth;
  const partialBytes = blocks.pieces > 1 ? blocks.rowBlock * width : 0;
  // Few rows are not packed; there, sums of a chunk wait to be added.
  const scratchRows = isThin(inner)
    ? roundUp(fewRows * width + panelSlack, 64)
    : roundUp(roundUp(blocks.columnBlock, panelColumns) * blocks.chunk * bytes + panelSlack, 64);
  const scratchSums = scratchRows + (inner === 'packed' ? roundUp(height * blocks.chunk * bytes + panelSlack, 64) : 0);
  const scratch = scratchSums + (keeps && blocks.pieces === 1 ? blocks.rowBlock : Math.max(height, fewRows)) * width + panelSlack; // prettier-ignore
  const numbers: Record<PlanNumber, number> = {
    ...blocks, rows, columns, depth, width, sumStep: keeps ? width : 0, outStep: ends.at(-1)?.rows.step ?? 0, partialBytes, panelBytes,
    rowPanels, lastPanel, scratchRows, scratchSums, bRamp: Number(isDense(b.lanes)), 
    aStep: a.depth.step ?? 0, aEntry: entryOf(a.depth), bStep: b.depth.step ?? 0, bEntry: entryOf(b.depth),
  }; // prettier-ignore
  const lists: Partial<Record<PlanTable, Written>> = {
    aLanes: padded(a.lanes, height, lastPanel),
    aDepth: unpadded(a.depth, blocks.chunk),
    aBatch: plain(a.batch),
    aPacked: plain(firsts.which),
    aDistinct: plain(firsts.offsets),
    bLanes: padded(b.lanes, panelColumns),
    bDepth: unpadded(b.depth, blocks.chunk),
    bBatch: plain(b.batch),
  };
  ends.forEach((end, k) => {
    lists[`rows ${k}`] = unpadded(end.rows);
    lists[`columns ${k}`] = padded(end.columns, 4);
    lists[`batch ${k}`] = plain(end.batch);
  });
  return {
    ...assembled(ends.length, numbers, lists),
    scratch,
    units: units * blocks.pieces,
    work: workOf(Math.min(rows, blocks.rowBlock) * blocks.columnBlock * blocks.pieceDepth, arithmetic) + blocks.columnBlock * blocks.pieceDepth * packWork, // prettier-ignore
    packUnits: packsBefore ? allPanels : 0,
    packUnitWork: depth * height * packWork,
    packedBytes: packsBefore ? allPanels * panelBytes + panelSlack : 0,
    partialBytes: units * blocks.pieces * partialBytes,
    blocks: units,
    blockWork: blocks.rowBlock * blocks.columnBlock * blocks.pieces * 0.2,
  };
}

/** Bytes of a step of depth in its table: none where that is of one chunk. */
const entryOf = ({ step }: Table): number => (step === undefined ? 4 : 0);

/** Where the last panel of rows begins. */
function lastPanelOf(rows: number, { rowBlock, rowBlocks }: Blocks, height: number): number {
  const inBlock = rows - (rowBlocks - 1) * rowBlock;
  const rest = inBlock % height;
  const shares = inBlock > height && rest > 0 && rest <= sharedRows;
  return shares ? rows - Math.floor((height + rest) / 2) : (Math.ceil(rows / height) - 1) * height;
}

/** The words of a plan, tables behind the numbers. */
function assembled(
  ends: number,
  numbers: Record<PlanNumber, number>,
  lists: Partial<Record<PlanTable, Written>>,
): { bytes: number; write(to: Int32Array): void } {
  const layout = planWords(ends);
  const tables = Object.entries(lists) as [PlanTable, Written][];
  const start = roundUp(layout.names.length, 4);
  return {
    bytes: 4 * tables.reduce((sum, [, { length }]) => sum + length, start),
    write: (to) => {
      let at = start;
      for (const [name, value] of Object.entries(numbers)) to[layout.place(name as PlanNumber)] = value;
      for (const [name, table] of tables) {
        to[layout.place(name)] = 4 * at;
        table.write(to.subarray(at, (at += table.length)));
      }
    },
  };
}
