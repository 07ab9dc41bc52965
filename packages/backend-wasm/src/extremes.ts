// The largest or smallest of many float32. The instruction that lets NaN through is many on most processors: the one that does not
// is one, and whether there was a NaN is noted beside it.

import { f32x4, v128, type Local, type V128 } from './assembler/index.ts';
import { identity, type Cell } from './cell.ts';
import type { Emitter } from './emitter.ts';
import { named, type Vec } from './vector.ts';

export class Extremes {
  private readonly e: Emitter;
  private readonly choose: (x: V128, y: V128) => V128;
  private readonly best: Local<'v128'>;
  private readonly isNaN: Local<'v128'>;

  /** Of nothing, from here on. */
  constructor(e: Emitter, reduce: 'max' | 'min') {
    this.e = e;
    this.choose = reduce === 'max' ? f32x4.pmax : f32x4.pmin;
    this.best = e.fn.name(identity(e, reduce, 'float32')[0] as Local<'v128'>);
    this.isNaN = e.fn.name(e.i32(0));
  }

  add(values: readonly Vec[]): void {
    const { fn } = this.e;
    const vectors = values.map(([x]) => x as Local<'v128'>);
    fn.set(this.isNaN, vectors.reduce<V128>((any, x) => v128.or(any, f32x4.ne(x, x)), this.isNaN)); // prettier-ignore
    // The running one comes first: of it and a NaN, it stays.
    fn.set(this.best, this.choose(this.best, pairwise(vectors, this.choose)));
  }

  result(): Cell {
    return { total: named(this.e, [v128.bitselect(this.e.f32(NaN), this.best, this.isNaN)]), position: undefined };
  }
}

function pairwise(values: readonly V128[], join: (x: V128, y: V128) => V128): V128 {
  const half = Math.ceil(values.length / 2);
  if (values.length === 1) return values[0] as V128;
  return join(pairwise(values.slice(0, half), join), pairwise(values.slice(half), join));
}
