// Ranges for indexing: what `start:end:step` is in Python.

/** A range of positions of a dim, made by `slice` and understood by `x.index([…])`. */
export class Slice {
  readonly start: number | null;
  readonly end: number | null;
  readonly step: number;

  constructor(start: number | null, end: number | null, step: number) {
    this.start = start;
    this.end = end;
    this.step = step;
  }
}

/**
 * Positions start, start + step, … before end, for `x.index([…])`: what `start:end:step` is in Python. Bounds left out (or
 * null) are those of the dim, negative ones count from the end.
 *
 * @example
 * x.index([slice(0, 3, 2), slice(-2)]); // x[0:3:2, -2:]
 */
export function slice(start?: number | null, end?: number | null, step?: number | null): Slice {
  return new Slice(start ?? null, end ?? null, step ?? 1);
}
