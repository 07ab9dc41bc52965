interface Mark {
  readonly time: number;
  readonly seen: number;
}

const seconds = 1e3;

/** Samples per second of training, over the last seconds; what lies between two epochs does not count. */
export class Speed {
  /** What was told last; undefined where an epoch begins. */
  #last: Mark | undefined;
  /** Time and samples of all training so far, from one twentieth of a second to the next. */
  #marks: Mark[] = [{ time: 0, seen: 0 }];

  /** Undefined before there were two updates of one epoch. */
  get rate(): number | undefined {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    return first && last && last.time > first.time ? ((last.seen - first.seen) / (last.time - first.time)) * seconds : undefined; // prettier-ignore
  }

  /** So many samples of an epoch were seen at a time, in milliseconds. */
  mark(time: number, seen: number): void {
    const before = this.#last;
    this.#last = { time, seen };
    if (!before || seen < before.seen) return;
    const [last, one] = [this.#marks.at(-1) ?? before, this.#marks.at(-2)];
    const now = { time: last.time + time - before.time, seen: last.seen + seen - before.seen };
    if (one && now.time - one.time < 0.05 * seconds) this.#marks.pop();
    this.#marks.push(now);
    while (this.#marks.length > 2 && now.time - (this.#marks[0]?.time ?? 0) > 5 * seconds) this.#marks.shift();
  }

  /** What lies before is of another epoch. */
  pause(): void {
    this.#last = undefined;
  }
}
