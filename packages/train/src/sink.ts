/** Where bytes go, one piece behind the other: a file, a request, a list. */
export interface Sink {
  /** Adds bytes at the end. Resolves when they are handed over; they may be changed afterwards. */
  append(bytes: Uint8Array): Promise<void>;
}

/** What writers of records share: pieces in the order in which they came, and none after one that failed. */
export class SinkQueue {
  readonly #sink: Sink;
  #last: Promise<void> = Promise.resolve();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Appends behind all that came before. Rejects if that or anything before it failed: a record may be there in part. */
  append(bytes: Uint8Array): Promise<void> {
    this.#last = this.#last.then(() => this.#sink.append(bytes));
    // Whoever called learns of a failure; nobody may be waiting here.
    this.#last.catch(() => undefined);
    return this.#last;
  }
}
