/** A pair by its key, and how often it came when this was written down. */
interface Ranked {
  readonly key: number;
  readonly count: number;
}

/** The most frequent pair first, of equally frequent ones that of the lower key: a binary heap. */
export class PairQueue {
  readonly #heap: Ranked[] = [];

  push(pair: Ranked): void {
    const heap = this.#heap;
    let at = heap.push(pair) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (!other || !isBefore(pair, other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = pair;
  }

  /** Takes the first one out. */
  pop(): Ranked | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (!a) break;
      const isRight = b !== undefined && isBefore(b, a);
      const other = isRight ? b : a;
      if (!isBefore(other, last)) break;
      heap[at] = other;
      at = isRight ? left + 1 : left;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Ranked, b: Ranked): boolean {
  return a.count > b.count || (a.count === b.count && a.key < b.key);
}
