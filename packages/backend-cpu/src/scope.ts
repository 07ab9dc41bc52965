// Loop nests under construction. A scope is a place inside a nest: its loops from the outermost in, and for every level
// the block of statements that runs there. What is computed is put into the outermost block where it can be, and once:
// that is all the hoisting there is.

import { type Code, type Statement, type Value, apply, isTrivial, number, param, plus, times, zero } from './code.ts';
import type { ArrayDeclaration } from './code.ts';

/** Statements that run at one place, and what they have already computed there, by what it stands for. */
export class Block {
  readonly statements: Statement[];
  readonly known = new Map<object, Value>();

  constructor(statements: Statement[] = []) {
    this.statements = statements;
  }
}

/** An index that is linear in the loop counters: base + Σ counter · step of its dim (+ what a level adds). */
export interface Affine {
  readonly base: Value;
  /** By dim; absent where the index does not move. */
  readonly steps: readonly (Value | undefined)[];
  readonly added?: { readonly level: number; readonly value: Value };
}

/** The counters of one function and the arrays that it names. */
export class CodeBuilder {
  private locals = 0;
  readonly arrays: ArrayDeclaration[] = [];
  readonly root = new Block();
  private readonly params = new Map<string, Value>();

  local(): number {
    return this.locals++;
  }

  array(declaration: ArrayDeclaration): number {
    return this.arrays.push(declaration) - 1;
  }

  /** A number of the launch, read once. */
  param(...path: (string | number)[]): Value {
    const key = path.join();
    const known = this.params.get(key);
    if (known) return known;
    const value = this.name(this.root, param(...path));
    this.params.set(key, value);
    return value;
  }

  size(dim: number): Value {
    return this.param('sizes', dim);
  }

  /** The value as a local of the block, unless it is as short as one. */
  name(block: Block, value: Value): Value {
    return isTrivial(value) ? value : this.variable(block, value);
  }

  variable(block: Block, value: Value): Value & { kind: 'local' } {
    const id = this.local();
    block.statements.push({ kind: 'let', id, value });
    return { kind: 'local', id };
  }

  finish(): Code {
    return { locals: this.locals, arrays: this.arrays, body: this.root.statements };
  }
}

/** The row-major number of a position in the dims from `from` to `to`. */
export function rowMajor(code: CodeBuilder, from: number, to: number): Affine {
  const steps: (Value | undefined)[] = [];
  let step: Value = number(1);
  for (let d = to - 1; d >= from; d--) {
    steps[d] = step;
    if (d > from) step = code.name(code.root, times(step, code.size(d)));
  }
  return { base: zero, steps };
}

export interface LoopRange {
  readonly dim: number;
  readonly from?: Value;
  readonly to: Value;
  readonly step?: number;
  /** How many steps the body of an innermost loop takes at a time. */
  readonly lanes?: number;
}

/** Emits the body of a loop in a scope: `lane` counts its copies, where there are several. */
type LoopBody = (inner: Scope, lane: number) => void;

export class Scope {
  readonly code: CodeBuilder;
  readonly loops: readonly { readonly dim: number; readonly counter: Value }[];
  readonly blocks: readonly Block[];
  /** Coordinates of guards that are known to be inside. */
  readonly inside: ReadonlySet<Affine>;

  constructor(
    code: CodeBuilder,
    loops: Scope['loops'] = [],
    blocks: readonly Block[] = [code.root],
    inside: ReadonlySet<Affine> = new Set(),
  ) {
    this.code = code;
    this.loops = loops;
    this.blocks = blocks;
    this.inside = inside;
  }

  get depth(): number {
    return this.loops.length;
  }

  /** The innermost block. */
  get block(): Block {
    return this.at(this.depth);
  }

  /** The block of a level. */
  at(level: number): Block {
    return this.blocks[level] ?? this.code.root;
  }

  push(statement: Statement): void {
    this.block.statements.push(statement);
  }

  /** The scope inside one more loop, whose body is `block`. */
  enter(dim: number, counter: Value, block = new Block()): Scope {
    return new Scope(this.code, [...this.loops, { dim, counter }], [...this.blocks, block], this.inside);
  }

  /** Emits the loops around what `body` emits. */
  within(ranges: readonly LoopRange[], body: LoopBody): void {
    const [range, ...rest] = ranges;
    if (!range) return body(this, 0);
    const { dim, from = zero, step = 1, lanes = 1 } = range;
    const to = this.code.name(this.block, range.to);
    if (lanes === 1) return this.loop({ dim, from, to, step }, 1, (inner) => inner.within(rest, body));
    const excess = apply('mod', 'float64', apply('sub', 'float64', to, from), number(lanes));
    const whole = this.code.name(this.block, apply('sub', 'float64', to, excess));
    this.loop({ dim, from, to: whole, step: lanes }, lanes, body);
    this.loop({ dim, from: whole, to, step: 1 }, 1, body);
  }

  /** Emits one loop, whose body is emitted for each of its lanes. */
  private loop({ dim, from, to, step }: Required<Omit<LoopRange, 'lanes'>>, lanes: number, body: LoopBody): void {
    const id = this.code.local();
    const statements: Statement[] = [];
    for (let lane = 0; lane < lanes; lane++) {
      body(this.enter(dim, plus({ kind: 'local', id }, number(lane)), new Block(statements)), lane);
    }
    this.push({ kind: 'for', id, from, to, step, body: statements });
  }

  /** The same scope, where more coordinates are known to be inside. */
  knowing(inside: Iterable<Affine>): Scope {
    return new Scope(this.code, this.loops, this.blocks, new Set([...this.inside, ...inside]));
  }

  /** Emits what `body` emits under a condition. */
  when(condition: Value, body: (inner: Scope) => void): void {
    const inner = new Scope(this.code, this.loops, [...this.blocks.slice(0, -1), new Block()], this.inside);
    body(inner);
    this.push({ kind: 'if', condition, body: inner.block.statements });
  }

  /** The innermost level at which the index changes. */
  levelOf(affine: Affine): number {
    for (let level = this.depth; level > 0; level--) {
      if (affine.added?.level === level || affine.steps[this.loops[level - 1]?.dim ?? -1]) return level;
    }
    return 0;
  }

  /** The index here, its outer part named in the outer blocks. */
  index(affine: Affine, level = this.depth): Value {
    if (level === 0) return affine.base;
    const block = this.at(level);
    const known = block.known.get(affine);
    if (known) return known;
    const loop = this.loops[level - 1];
    const step = loop && affine.steps[loop.dim];
    const outer = this.index(affine, level - 1);
    const moved = step && loop ? plus(outer, times(loop.counter, step)) : outer;
    const value = affine.added?.level === level ? plus(moved, affine.added.value) : moved;
    // A neighbour's index in the innermost loop is an addition, which the engine folds into the access.
    const named = level === this.depth && step?.kind === 'number' ? value : this.code.name(block, value);
    block.known.set(affine, named);
    return named;
  }

  /** The index as one expression, for where it is hardly ever needed: of the first position inside the loops of a level. */
  inline(affine: Affine, level = this.depth): Value {
    return this.loops.slice(0, level).reduce((sum, { dim, counter }) => {
      const step = affine.steps[dim];
      return step ? plus(sum, times(counter, step)) : sum;
    }, affine.base);
  }
}
