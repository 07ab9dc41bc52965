// Loop nests under construction. A scope is a place inside a nest: for every loop around it a level, whose block of statements
// stays open while inner levels are written. What is computed goes to the outermost level where it can be, and once: that
// is all the hoisting there is. At the level of the vectors each group of four elements has results of its own.

import type { Block, FunctionBuilder, I32, Local } from './assembler/index.ts';
import { i32 } from './assembler/index.ts';

/** Four neighbouring elements along the dim of the vectors: `offset` elements past the counter, `valid` of them there. */
export interface Group {
  readonly offset: number;
  /** Absent: all four. */
  readonly valid?: Local<'i32'>;
}

/** A loop around, or, outermost, none. */
export interface Level {
  readonly block: Block;
  readonly dim: number;
  readonly counter: Local<'i32'> | undefined;
  /** What was computed here already, by what it stands for. */
  readonly known: Map<object, unknown>;
  readonly knownByGroup: Map<Group, Map<object, unknown>>;
}

/** A linear function of the counters, in bytes or positions: base + Σ counter · step, and what is added at one level. */
export interface Affine {
  readonly base: I32;
  /** By dim; absent where it does not move. */
  readonly steps: readonly (I32 | undefined)[];
  readonly added?: { readonly level: number; readonly value: I32 };
}

export class Scope {
  readonly fn: FunctionBuilder;
  readonly levels: readonly Level[];
  /** The dim that vectors run along; −1 for none. */
  readonly lane: number;

  constructor(fn: FunctionBuilder, lane: number, levels?: readonly Level[]) {
    this.fn = fn;
    this.lane = lane;
    this.levels = levels ?? [levelAt(fn.entry, -1, undefined)];
  }

  get depth(): number {
    return this.levels.length - 1;
  }

  /** The scope inside a loop whose body is the function's block at hand. */
  enter(dim: number, counter: Local<'i32'>): Scope {
    return new Scope(this.fn, this.lane, [...this.levels, levelAt(this.fn.here, dim, counter)]);
  }

  at(level: number): Level {
    return this.levels[level] ?? (this.levels[0] as Level);
  }

  /** The innermost level at which the function of the counters changes. */
  levelOf({ steps, added }: Affine): number {
    for (let level = this.depth; level > 0; level--)
      if (steps[this.at(level).dim] || added?.level === level) return level;
    return 0;
  }

  /** What stands for `key` at a level, made there by `make` the first time; `group` where it differs from group to group. */
  once<T>(key: object, level: number, group: Group | undefined, make: () => T): T {
    const at = this.at(level);
    let known = at.known;
    if (group) {
      const own = at.knownByGroup.get(group);
      if (own) known = own;
      else at.knownByGroup.set(group, (known = new Map()));
    }
    const found = known.get(key);
    if (found !== undefined) return found as T;
    const made = this.fn.into(at.block, make);
    known.set(key, made);
    return made;
  }

  /** The value of the function at a level, of the first lane at the counter: its outer part is named at the outer levels. */
  value(affine: Affine, level = this.depth): I32 {
    const { dim, counter } = this.at(level);
    const step = affine.steps[dim];
    const terms: I32[] = [];
    if (step && counter) terms.push(i32.mul(counter, step));
    if (affine.added?.level === level) terms.push(affine.added.value);
    const outer = (): I32 => (level === 0 ? affine.base : this.value(affine, level - 1));
    if (terms.length === 0) return outer();
    return this.once(affine, level, undefined, () => this.fn.name(i32.add(outer(), ...terms)));
  }
}

function levelAt(block: Block, dim: number, counter: Local<'i32'> | undefined): Level {
  return { block, dim, counter, known: new Map(), knownByGroup: new Map() };
}
