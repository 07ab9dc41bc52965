// A checkpoint is of a place between two steps. In the midst of one, running statistics and generators are ahead of the weights.

/** Lets what wants to look at a run wait for the step that is under way, and the next step wait for it. */
export class StepGate {
  #step: Promise<void> | undefined;
  #finish: (() => void) | undefined;
  readonly #looking = new Set<Promise<unknown>>();

  /** A step begins, once nobody looks any more. */
  async begin(): Promise<void> {
    while (this.#looking.size > 0) await Promise.allSettled(this.#looking);
    this.#step = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** What begins to look waits, as during a step; who looks already is not waited for. */
  close(): void {
    this.#step ??= new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** The step is over, or was given up. */
  end(): void {
    this.#step = undefined;
    this.#finish?.();
  }

  /** Calls `fn` between two steps; the next one waits for what it returns. */
  async between<T>(fn: () => Promise<T>): Promise<T> {
    const look = async (): Promise<T> => {
      while (this.#step) await this.#step;
      return fn();
    };
    const looked = look();
    this.#looking.add(looked);
    try {
      return await looked;
    } finally {
      this.#looking.delete(looked);
    }
  }
}
