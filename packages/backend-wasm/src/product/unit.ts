// What the functions of a product's units have in common: they take the launch, the number of the unit and the thread's block.

import { FunctionBuilder, i32, type Callable, type I32, type Local } from '../assembler/index.ts';
import type { Emitter } from '../emitter.ts';
import { threadBlock } from '../machine.ts';
import type { Arithmetic } from './arithmetic.ts';
import { packFunction } from './pack.ts';
import { readers, type ProductStructure, type Readers, type Variant } from './variant.ts';

/** What the code of a product is made from. */
export interface Recipe {
  readonly e: Emitter;
  readonly structure: ProductStructure;
  readonly variant: Variant;
  readonly arithmetic: Arithmetic;
  /** Functions that were written for other modules of the machine. */
  readonly library: Map<string, FunctionBuilder>;
  /** The function that makes rows of the output from rows of sums. */
  readonly finish: Callable;
}

/** The function of a unit while it is written. */
export interface UnitFunction extends Readers {
  readonly fn: FunctionBuilder;
  readonly launch: Local<'i32'>;
  readonly unit: Local<'i32'>;
  /** The thread's own memory: packed columns, packed rows, sums. */
  readonly scratch: Local<'i32'>;
}

export function unitFunction({ e, structure }: Recipe, write: (u: UnitFunction) => void): Callable {
  const fn = new FunctionBuilder(['i32', 'i32', 'i32']);
  const [launch, unit, thread] = [fn.param('i32', 0), fn.param('i32', 1), fn.param('i32', 2)] as const;
  const scratch = fn.name(i32.load(thread, threadBlock.scratch));
  write({ fn, launch, unit, scratch, ...readers(fn, launch, structure.ends.length) });
  return e.module.add(fn);
}

/** A unit's part of the output. */
export interface UnitBlock {
  readonly batch: Local<'i32'>;
  readonly row: Local<'i32'>;
  readonly rowEnd: Local<'i32'>;
  readonly column: Local<'i32'>;
  readonly columns: Local<'i32'>;
}

export function unitBlock({ fn, plan }: UnitFunction, number: I32): UnitBlock {
  const block = fn.name(number);
  const column = fn.name(i32.mul(i32.remU(block, plan('columnBlocks')), plan('columnBlock')));
  const rest = fn.name(i32.divU(block, plan('columnBlocks')));
  const row = fn.name(i32.mul(i32.remU(rest, plan('rowBlocks')), plan('rowBlock')));
  const left = fn.name(i32.sub(plan('columns'), column));
  const rowEnd = fn.name(i32.add(row, plan('rowBlock')));
  return {
    batch: fn.name(i32.divU(rest, plan('rowBlocks'))),
    row,
    rowEnd: fn.name(minimum(rowEnd, plan('rows'))),
    column,
    columns: fn.name(minimum(left, plan('columnBlock'))),
  };
}

/** A factor from a step of its depth on: what its table of depth counts from, and that table. */
export function depthFrom({ plan }: UnitFunction, side: 'a' | 'b', from: I32, depth: I32): { origin: I32; table: I32 } {
  return {
    origin: i32.add(from, i32.mul(depth, plan(`${side}Step`))),
    table: i32.add(plan(`${side}Depth`), i32.mul(depth, plan(`${side}Entry`))),
  };
}

/** The function that packs so many lanes of either factor: see `packFunction`. */
export const packer = (recipe: Recipe, lanes: number): Callable =>
  common(recipe, `pack ${lanes}`, ({ e, structure, arithmetic }) =>
    packFunction(e, structure.factor, arithmetic, lanes),
  );

/** A function that calls no other and is the same in all modules that multiply this dtype: it is written once. */
export function common(recipe: Recipe, name: string, write: (recipe: Recipe) => FunctionBuilder): Callable {
  const { e, library, structure } = recipe;
  const key = `${structure.factor} ${name}`;
  return e.shared(key, () => {
    const fn = library.get(key) ?? write(recipe);
    library.set(key, fn);
    return fn;
  });
}

/** An entry of a table of integers. */
export const entry = (table: I32, index: I32): I32 => i32.load(entryAt(table, index));
export const entryAt = (table: I32, index: I32): I32 => i32.add(table, i32.shl(index, i32.const(2)));

export const minimum = (x: Local<'i32'>, y: Local<'i32'>): I32 => i32.select(i32.ltS(x, y), x, y);
export const times = (x: I32, factor: number): I32 => i32.mul(x, i32.const(factor));
