// What code for a product is made for beyond its program, and the words that code and launches agree on.

import type { ConvProgram, DType, Expr, MatmulProgram } from '@rushlight/core/kernel';
import type { FunctionBuilder, Local } from '../assembler/index.ts';
import { Words } from './words.ts';

/** What code is made of, for matmul and conv alike: the ends are the epilogue's extra operands, then the output. */
export interface ProductStructure {
  readonly factor: DType;
  readonly ends: readonly DType[];
  readonly epilogue: Expr;
}

export function structureOf({ inputs, output, epilogue }: MatmulProgram | ConvProgram): ProductStructure {
  const [{ dtype }, , ...extras] = inputs;
  return { factor: dtype, ends: [...extras, output].map((end) => end.dtype), epilogue };
}

/** How an end moves along the columns: not at all, by groups of four neighbours, or as a table says. */
export type ColumnClass = '0' | '1' | 's';

export interface Variant {
  /**
   * `packed`: both factors are. `inPlace`: rows are read where they lie. Few rows, which nothing is packed for: `lanes` are neighbours
   * in the other factor, or its `depth` is dense.
   */
  readonly inner: 'packed' | 'inPlace' | 'lanes' | 'depth';
  readonly ends: readonly ColumnClass[];
  /** The sums are the result, and made where the output lies. */
  readonly direct: boolean;
}

/** What a run of the kernel does. */
export const phases = { multiply: 0, pack: 1, sum: 2 } as const;

/** What every launch says: addresses, and which plan and phase of it to run. The scalars follow. */
export const launchWords = (ends: number) =>
  new Words(['plan', 'phase', 'packed', 'partial', 'a', 'b', ...indices(ends).map((k) => `end ${k}` as const)]);

/** The byte where a scalar lies. */
export const scalarPlace = (ends: number, k: number): number => 8 * (Math.ceil((6 + ends) / 2) + k);

const numbers = [
  'rows', 'depth', 'columns',
  // Units: of rows and columns, and of depth where it is cut in pieces whose sums are added at the end.
  'rowBlock', 'rowBlocks', 'columnBlock', 'columnBlocks', 'pieceDepth', 'pieces',
  // Depth that is packed at a time, and depth of a pass of the micro-kernel.
  'chunk', 'pass',
  // Bytes of a row of sums; from a row to the next, 0 where they do not stay; the same in the output; of all sums of a unit.
  'width', 'sumStep', 'outStep', 'partialBytes',
  // Packed rows: bytes of a panel, how many there are, and the row where the last one begins.
  'panelBytes', 'rowPanels', 'lastPanel',
  // Where rows and sums lie in scratch memory, behind the packed columns.
  'scratchRows', 'scratchSums',
  // Whether all columns of the second factor are neighbours.
  'bRamp',
  // Bytes from a step of depth to the next, in a factor and in its table: one of the two is 0.
  'aStep', 'aEntry', 'bStep', 'bEntry',
] as const; // prettier-ignore

/** Tables hold byte offsets. `aDistinct`: where each of the different first factors of the batch is; `aPacked`: which one it is. */
const tables = ['aLanes', 'aDepth', 'aBatch', 'aPacked', 'aDistinct', 'bLanes', 'bDepth', 'bBatch'] as const;

const planWordsOf = (ends: number) =>
  new Words([
    ...numbers,
    ...tables,
    ...indices(ends).flatMap((k) => [`rows ${k}`, `columns ${k}`, `batch ${k}`] as const),
  ]);

const knownPlanWords: ReturnType<typeof planWordsOf>[] = [];

/** What is the same in every launch of a geometry: sizes, blocks and tables, which are told by their distance from the words. */
export const planWords = (ends: number) => (knownPlanWords[ends] ??= planWordsOf(ends));

export type PlanNumber = (typeof numbers)[number];
export type PlanTable = Exclude<ReturnType<typeof planWords>['names'][number], PlanNumber>;

const isNumber = new Set<string>(numbers);

/** How a function of a unit reads the words of its launch and its plan. */
export function readers(fn: FunctionBuilder, launch: Local<'i32'>, ends: number) {
  const word = launchWords(ends).reader(fn, launch);
  return { word, plan: planWords(ends).reader(fn, word('plan'), (name) => !isNumber.has(name)) };
}

export type Readers = ReturnType<typeof readers>;

const indices = (count: number): number[] => Array.from({ length: count }, (_, k) => k);
