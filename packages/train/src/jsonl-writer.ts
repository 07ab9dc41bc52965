import { ValueError } from '@rushlight/core';
import { SinkQueue, type Sink } from './sink.ts';

/** JSON has no NaN and no infinities, and would make them null. */
const named = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

/**
 * Records as lines of JSON, UTF-8, each ended by a newline. NaN and infinities become the texts "NaN", "Infinity" and "-Infinity".
 * Throws ValueError for a record that JSON cannot hold. https://jsonlines.org
 */
export function jsonlLines(records: Iterable<unknown>): Uint8Array<ArrayBuffer> {
  let text = '';
  for (const record of records) text += `${lineOf(record)}\n`;
  return new TextEncoder().encode(text);
}

function lineOf(record: unknown): string {
  const refuse = (why: string): ValueError =>
    new ValueError(
      'jsonlLines',
      `a record cannot be written as JSON: ${why}. Pass plain objects of numbers and texts.`,
    );
  let line: string | undefined;
  try {
    line = JSON.stringify(record, named);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  if (line === undefined) throw refuse(`it is ${typeof record === 'function' ? 'a function' : String(record)}`);
  return line;
}

/**
 * Writes records as lines of JSON, see `jsonlLines`. After a write that failed all later ones reject with its error, since the last
 * line may be there in part.
 *
 * @example
 * const log = new JsonlWriter(appendSink('run/log.jsonl'));
 * await log.write({ step: 100, loss: 0.31 });
 */
export class JsonlWriter {
  readonly #queue: SinkQueue;

  constructor(sink: Sink) {
    this.#queue = new SinkQueue(sink);
  }

  /** Writes one line. Rejects with ValueError for a record that JSON cannot hold, and with the sink's error. */
  async write(record: unknown): Promise<void> {
    await this.#queue.append(jsonlLines([record]));
  }
}
