// A running `vmap`: how many lanes it has, and since when. Lanes outlive it in the graph of its results.

/** One call of `vmap`. */
export class Level {
  /** The number of lanes. */
  readonly size: number;
  /** Of the storage that was made last before it began: what is older belongs to all lanes together. */
  readonly start: number;
  /** How many others it runs inside of. */
  readonly depth: number;

  constructor(size: number, start: number) {
    this.size = size;
    this.start = start;
    this.depth = running.length;
  }

  /** Whether its function runs now. */
  get isRunning(): boolean {
    return running[this.depth] === this;
  }

  /** Runs its function. */
  run<T>(fn: () => T): T {
    running.push(this);
    try {
      return fn();
    } finally {
      running.pop();
    }
  }
}

const running: Level[] = [];
