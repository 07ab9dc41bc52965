// What a scan goes along: a line for each row, of values that come with the position they are from.

import type { DType } from '@rushlight/core/kernel';
import { accumulated, combine, identity, wins, type Combination } from '../indexed/combine.ts';
import type { Shader } from '../wgsl/shader.ts';
import { valueType } from '../wgsl/value-types.ts';

/** Terms of a value and of the position that it is from, where these are asked for. */
export interface Entry {
  readonly value: string;
  readonly position: string;
}

/** A line of elements in memory. Its methods push statements. */
export interface Line {
  /** Begins the row of that number, a u32 term. */
  begin(row: string): void;
  load(k: string): Entry;
  store(k: string, entry: Entry): void;
}

/** How a scan combines, in one shader. */
export class Combining<S> {
  readonly dtype: DType;
  readonly type: string;
  readonly positions: boolean;
  readonly identity: Entry;
  private readonly shader: Shader<S>;
  private readonly reduce: Combination;

  constructor(shader: Shader<S>, reduce: Combination, dtype: DType, positions: boolean) {
    this.shader = shader;
    this.reduce = reduce;
    this.dtype = accumulated(dtype);
    this.type = valueType(this.dtype);
    this.positions = positions;
    this.identity = { value: identity(shader, reduce, this.dtype), position: '0u' };
  }

  /** Declares a variable that begins as `entry`. */
  declare(name: string, { value, position }: Entry = this.identity): Entry {
    this.shader.push(`var ${name}: ${this.type} = ${value};`);
    if (this.positions) this.shader.push(`var ${name}Position = ${position};`);
    return { value: name, position: this.positions ? `${name}Position` : '0u' };
  }

  /** Statements that combine `earlier` and `later` and put the result into a variable or an element of an array. */
  into(target: Entry, earlier: Entry, later: Entry): string[] {
    const { shader, reduce, dtype, positions } = this;
    const value = `${target.value} = ${combine(shader, reduce, dtype, earlier.value, later.value)};`;
    if (!positions || reduce === 'sum' || reduce === 'prod') return [value];
    // Of equals the last position counts, so that it is decided before the value changes.
    const isLater = wins(shader, reduce, dtype, earlier.value, later.value, true);
    return [`${target.position} = select(${earlier.position}, ${later.position}, ${isLater});`, value];
  }

  /** Statements that put `entry` into a variable or an element of an array. */
  set(target: Entry, entry: Entry): string[] {
    const value = `${target.value} = ${entry.value};`;
    return this.positions ? [value, `${target.position} = ${entry.position};`] : [value];
  }
}
