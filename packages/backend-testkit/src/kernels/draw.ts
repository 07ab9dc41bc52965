// Choices of a random launch, drawn from fast-check so that a failing one can be replayed and made smaller.

import fc from 'fast-check';

/** fast-check finds an arbitrary again by its maker, quickly, or by comparing its arguments with all that there were. */
const ranges = new Map<string, () => fc.Arbitrary<number>>();

function rangeOf(min: number, max: number): () => fc.Arbitrary<number> {
  const name = `${min} ${max}`;
  const known = ranges.get(name);
  if (known) return known;
  const made = (): fc.Arbitrary<number> => fc.integer({ min, max });
  ranges.set(name, made);
  return made;
}

export class Draw {
  readonly #value: fc.GeneratorValue;

  constructor(value: fc.GeneratorValue) {
    this.#value = value;
  }

  int(min: number, max: number): number {
    return this.#value(rangeOf(min, max));
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.int(1, 100) <= percent;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)] as T;
  }

  list<T>(min: number, max: number, make: (k: number) => T): T[] {
    return Array.from({ length: this.int(min, max) }, (_, k) => make(k));
  }

  /** The numbers of an array from one drawn seed: drawing each would take most of the time. */
  sequence(): (n: number) => number {
    let state = this.int(1, 2 ** 31 - 2);
    return (n) => {
      state = (state * 48271) % 2147483647;
      return state % n;
    };
  }

  /** Sizes of `rank` dims with no more than `limit` elements: often small, sometimes 0, 1 or long. */
  sizes(rank: number, limit = 400): number[] {
    let rest = limit;
    return Array.from({ length: rank }, () => {
      const kind = this.int(1, 100);
      const size = kind <= 4 ? 0 : kind <= 14 ? 1 : kind <= 22 ? this.int(20, 300) : this.int(2, 9);
      const taken = Math.min(rest, size);
      rest = Math.max(1, Math.floor(rest / Math.max(1, taken)));
      return taken;
    });
  }
}
