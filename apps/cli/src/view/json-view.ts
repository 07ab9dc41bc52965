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
  /** Where the run is kept. */
  readonly folder: string;
  readonly device: { readonly name: string; readonly description: string };
  /** `bytes` is what parameters and buffers take. */
  readonly model: {
    readonly name: string;
    readonly parameters: number;
    readonly trainable: number;
    readonly bytes: number;
  };
  readonly data: string;
  readonly classes: readonly string[];
  readonly epochs: number;
  /** Batches of an epoch. */
  readonly batches: number;
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
  /** Batches of the epoch that are over, of how many. */
  readonly batch: number;
  readonly batches: number;
  /** Samples of the epoch before this batch, of how many. */
  readonly seen: number;
  readonly samples: number;
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
  /** The loss and the metrics on the samples for evaluation, by name. */
  readonly evaluation: Readonly<Record<string, unknown>>;
  readonly lr: readonly JsonNumber[];
  /** Whether no epoch before was better. */
  readonly best: boolean;
  /** The epoch took so many, evaluation included. */
  readonly seconds: number;
}

/** The device was lost, and the run goes on from an earlier step: later ones are told again. */
interface JsonResumed {
  readonly event: 'resumed';
  /** Why it was lost. */
  readonly reason: string;
  /** Where the run goes on. */
  readonly device: { readonly name: string; readonly description: string };
  /** In which epoch, and after which step. */
  readonly epoch: number;
  readonly step: number;
  /** Since the run's first line. */
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

export type JsonLine = JsonStart | JsonStep | JsonEpoch | JsonResumed | JsonEnd;

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
    const { task, folder, device, data, epochs, batches, resumed } = info;
    const { name, parameters, trainable, bytes } = info.model;
    this.#write({
      event: 'start',
      task,
      folder,
      device: { name: device.name, description: device.description },
      model: { name, parameters, trainable, bytes },
      data: data.description,
      classes: data.classes,
      epochs,
      batches,
      resumed: resumed ?? null,
    });
  }

  async step(event: train.StepEvent): Promise<void> {
    if (!this.#info || !isLogged(event, this.#info)) return;
    const { epoch, step, batch, seen, lr } = event;
    const { batches, data } = this.#info;
    const loss = await event.loss.item();
    const seconds = (this.#now() - this.#began) / 1e3;
    this.#write({
      event: 'step',
      epoch,
      step,
      batch,
      batches,
      seen,
      samples: data.trainSamples,
      loss,
      lr,
      seconds: rounded(seconds),
    });
  }

  epoch({ epoch, step, loss, evaluation = { loss: NaN }, lr, isBest, seconds }: train.EpochEvent): void {
    if (isBest) this.#best = epoch;
    this.#write({
      event: 'epoch',
      epoch,
      step,
      loss,
      evaluation: finite(evaluation),
      lr,
      best: isBest,
      seconds: rounded(seconds),
    });
  }

  resumed({ reason, device: { name, description }, epoch, step }: train.ResumedEvent): void {
    const seconds = rounded((this.#now() - this.#began) / 1e3);
    this.#write({ event: 'resumed', reason, device: { name, description }, epoch, step, seconds });
  }

  note(line: string): void {
    this.#err.write(`${line}\n`);
  }

  end({ outcome, reason, epochs, seconds }: RunSummary): void {
    this.#write({ event: 'end', outcome, reason: reason ?? null, epochs, best: this.#best, seconds: rounded(seconds) });
  }

  #write(line: JsonLine): void {
    this.#out.write(`${JSON.stringify(finite({ ...line }))}\n`);
  }
}

/** To milliseconds. */
const rounded = (seconds: number): number => Math.round(seconds * 1e3) / 1e3;

/** With null for numbers that are not finite, and their text beside. */
function finite(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, unknown][] => {
      if (typeof value !== 'number' || Number.isFinite(value)) return [[name, value]];
      return [[name, null], [`${name}Text`, String(value)]]; // prettier-ignore
    }),
  );
}
