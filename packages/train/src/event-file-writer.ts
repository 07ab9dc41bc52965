import { ValueError } from '@rushlight/core';
import { eventRecord, type Event } from './event-record.ts';
import { SinkQueue, type Sink } from './sink.ts';

const fileVersion = 'brain.Event:2';

/** How an event file is written. */
export interface EventFileWriterOptions {
  /** The time of an event, in seconds since 1970. Default: now. */
  readonly now?: () => number;
}

const seconds = (): number => Date.now() / 1000;

/**
 * A name for an event file, by which TensorBoard finds it: `events.out.tfevents.<seconds>.<suffix>`. Files of one folder are read in
 * the order of their names.
 */
export function eventFileName({
  now = seconds(),
  suffix = 'rushlight',
}: { now?: number; suffix?: string } = {}): string {
  return `events.out.tfevents.${String(Math.floor(now)).padStart(10, '0')}.${suffix}`;
}

/**
 * Writes what TensorBoard shows. The file begins with its version, which the first value brings along. After a write that failed all
 * later ones reject with its error, since the last record may be there in part.
 *
 * Every method rejects with ValueError for a step that is no integer ≥ 0 or a tag that is empty, and with the sink's error.
 * https://pytorch.org/docs/1.13/tensorboard.html
 *
 * @example
 * const events = new EventFileWriter(appendSink(`runs/first/${eventFileName()}`));
 * await events.addScalar('loss/train', 0.31, 100);
 */
export class EventFileWriter {
  readonly #queue: SinkQueue;
  readonly #now: () => number;
  #isBegun = false;

  constructor(sink: Sink, { now = seconds }: EventFileWriterOptions = {}) {
    this.#queue = new SinkQueue(sink);
    this.#now = now;
  }

  /** A number, which is stored as float32; NaN and infinities are allowed. SummaryWriter.add_scalar */
  async addScalar(tag: string, value: number, step: number): Promise<void> {
    await this.addValues({ [tag]: value }, step);
  }

  /** Several numbers of one step, in one event. */
  async addValues(values: Readonly<Record<string, number>>, step: number): Promise<void> {
    const summary = Object.entries(values).map(([tag, scalar]) => {
      if (typeof scalar === 'number') return { tag, scalar };
      throw new ValueError('EventFileWriter', `${JSON.stringify(tag)} is a ${typeof scalar}. Pass a number.`);
    });
    if (summary.length > 0) await this.#write({ values: summary }, step);
  }

  /** A text, which TensorBoard shows as Markdown under `<tag>/text_summary`: hyperparameters, notes. SummaryWriter.add_text */
  async addText(tag: string, text: string, step = 0): Promise<void> {
    await this.#write({ values: [{ tag: tag && `${tag}/text_summary`, text }] }, step);
  }

  /**
   * Says that a run goes on at this step: TensorBoard forgets what was written before of it and of later ones, also
   * in other files of the folder. Of a checkpoint of step 300 that is `addStart(301)`. SummaryWriter's purge_step
   */
  async addStart(step: number): Promise<void> {
    await this.#write({ isStart: true }, step);
  }

  async #write(content: Event['content'], step: number): Promise<void> {
    if (!Number.isSafeInteger(step) || step < 0) {
      throw new ValueError('EventFileWriter', `the step is ${step}. Pass an integer >= 0.`);
    }
    if ('values' in content && content.values.some(({ tag }) => tag === '')) {
      throw new ValueError('EventFileWriter', 'a tag is empty. Give what is written a name.');
    }
    const wallTime = this.#now();
    const record = eventRecord({ wallTime, step, content });
    if (this.#isBegun) return this.#queue.append(record);
    this.#isBegun = true;
    const version = eventRecord({ wallTime, content: { fileVersion } });
    const both = new Uint8Array(version.length + record.length);
    both.set(version);
    both.set(record, version.length);
    return this.#queue.append(both);
  }
}
