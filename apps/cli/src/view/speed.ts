interface Mark {
  readonly time: number;
  readonly seen: number;
}

const seconds = 1e3;

/** Samples per second of training, over the last seconds; what lies between two epochs does not count. */
export class Speed {
  #marks: Mark[] = [];
  #rate: number | undefined;

  /** Undefined before there were two updates of one epoch. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /** So many samples of an epoch were seen at a time, in milliseconds. */
  mark(time: number, seen: number): void {
    const last = this.#marks.at(-1);
    if (last && seen < last.seen) this.#marks = [];
    else if (last && time - last.time < 0.05 * seconds) return;
    this.#marks.push({ time, seen });
    while (this.#marks.length > 2 && time - (this.#marks[0]?.time ?? 0) > 5 * seconds) this.#marks.shift();
    const [first] = this.#marks;
    if (first && time > first.time && seen > first.seen) this.#rate = ((seen - first.seen) / (time - first.time)) * seconds; // prettier-ignore
  }

  /** What lies before is of another epoch. */
  pause(): void {
    this.#marks = [];
  }
}
