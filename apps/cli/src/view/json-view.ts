// A run for programs: one JSON object per line.

import type { train } from 'rushlight';
import { isLogged, type Output, type RunInfo, type RunSummary, type View } from './view.ts';

/**
 * A number that is not finite, which JSON does not have, is null, and a field beside says which: `"loss":null,"lossText":"NaN"`.
 * Inside of arrays it is null alone.
 */
type JsonNumber = number | null;

/** The first line. */
interface JsonStart {
  readonly event: 'start';
  readonly task: 'classification' | 'regression';
  /** Where the run is kept; null for one that keeps nothing. */
  readonly folder: string | null;
  readonly device: { readonly name: string; readonly description: string };
  /** Null where the model could not be summarized. `bytes` is what parameters and buffers take. */
  readonly model: {
    readonly name: string;
    readonly parameters: number;
    readonly trainable: number;
    readonly bytes: number;
  } | null;
  readonly data: string;
  readonly classes: readonly string[];
  readonly epochs: number;
  /** Batches of an epoch; null where that is not known. */
  readonly batches: number | null;
  /** Where a resumed run goes on, counted as in the lines that follow; null for a new one. */
  readonly resumed: { readonly epoch: number; readonly step: number } | null;
}

/** An update of the weights: the first of an epoch and each `--log-interval`th after it. */
interface JsonStep {
  readonly event: 'step';
  /** From 1 on. */
  readonly epoch: number;
  /** Updates since the beginning, this one included. */
  readonly step: number;
  /** Batches of the epoch that are over, of how many; null where that is not known. */
  readonly batch: number;
  readonly batches: number | null;
  /** Samples of the epoch before this batch, of how many; null where that is not known. */
  readonly seen: number;
  readonly samples: number | null;
  /** Of the batch, before the update. */
  readonly loss: JsonNumber;
  /** Learning rates, by group of parameters. */
  readonly lr: readonly JsonNumber[];
  /** Since the run's first line. */
  readonly seconds: number;
}

/** An epoch and its evaluation are over. */
interface JsonEpoch {
  readonly event: 'epoch';
  readonly epoch: number;
  readonly step: number;
  /** The mean over the epoch's samples, each before the update that it took part in. */
  readonly loss: JsonNumber;
  /** The loss and the metrics on the samples for evaluation, by name; null without such. */
  readonly evaluation: Readonly<Record<string, unknown>> | null;
  readonly lr: readonly JsonNumber[];
  /** Whether no epoch before was better. */
  readonly best: boolean;
  /** The epoch took so many, evaluation included. */
  readonly seconds: number;
}

/** The last line. */
interface JsonEnd {
  readonly event: 'end';
  readonly outcome: 'done' | 'stopped' | 'failed';
  /** Why it was stopped or failed; null where nobody said. */
  readonly reason: string | null;
  /** Epochs that are over in all, and the best of those told of here; null if none was better than those before. */
  readonly epochs: number;
  readonly best: number | null;
  readonly seconds: number;
}

export type JsonLine = JsonStart | JsonStep | JsonEpoch | JsonEnd;

export interface JsonViewOptions {
  /** The time in milliseconds, from any beginning. Default performance.now. */
  readonly now?: () => number;
}

/** Writes a JSON object per line on `out`, and notes on `err`. */
export class JsonView implements View {
  readonly #out: Output;
  readonly #err: Output;
  readonly #now: () => number;
  #info: RunInfo | undefined;
  #began = 0;
  #best: number | null = null;

  constructor(out: Output, err: Output, { now = () => performance.now() }: JsonViewOptions = {}) {
    this.#out = out;
    this.#err = err;
    this.#now = now;
  }

  start(info: RunInfo): void {
    this.#info = info;
    this.#began = this.#now();
    const { task, folder, device, model, data, epochs, batches, resumed } = info;
    this.#write({
      event: 'start',
      task,
      folder: folder ?? null,
      device: { name: device.name, description: device.description },
      model: model
        ? { name: model.name, parameters: model.parameters, trainable: model.trainable, bytes: model.bytes }
        : null,
      data: data.description,
      classes: data.classes,
      epochs,
      batches: batches ?? null,
      resumed: resumed ?? null,
    });
  }

  async step(event: train.StepEvent): Promise<void> {
    if (!this.#info || !isLogged(event, this.#info)) return;
    const { epoch, step, batch, batches = null, seen, samples = null, lr } = event;
    const loss = await event.loss.item();
    const seconds = Math.round(this.#now() - this.#began) / 1e3;
    this.#write({ event: 'step', epoch, step, batch, batches, seen, samples, loss, lr, seconds });
  }

  epoch({ epoch, step, loss, evaluation, lr, isBest, seconds }: train.EpochEvent): void {
    if (isBest) this.#best = epoch;
    const values = evaluation ? finite(evaluation) : null;
    this.#write({ event: 'epoch', epoch, step, loss, evaluation: values, lr, best: isBest, seconds });
  }

  note(line: string): void {
    this.#err.write(`${line}\n`);
  }

  end({ outcome, reason, epochs, seconds }: RunSummary): void {
    this.#write({ event: 'end', outcome, reason: reason ?? null, epochs, best: this.#best, seconds });
  }

  #write(line: JsonLine): void {
    this.#out.write(`${JSON.stringify(finite({ ...line }))}\n`);
  }
}

/** With null for numbers that are not finite, and their text beside. */
function finite(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
      if (typeof value !== 'number' || Number.isFinite(value)) return [[name, value]];
      return [[name, null], [`${name}Text`, String(value)]]; // prettier-ignore
    }),
  );
}
