// What a run shows, whoever looks: lines for a log, JSON for programs, a live picture for a terminal.

import type { train } from 'rushlight';
import type { Summary } from './summarize-model.ts';

/** What is known of a run before it begins. */
export interface RunInfo {
  readonly task: 'classification' | 'regression';
  /** Where the run is kept; undefined for one that keeps nothing. */
  readonly folder: string | undefined;
  /** What computes. */
  readonly device: { readonly name: string; readonly description: string };
  /** Undefined where the model could not be summarized. */
  readonly model: Summary | undefined;
  readonly data: DataInfo;
  /** Epochs that the run has in all, those before a resumption included. */
  readonly epochs: number;
  /** Batches of an epoch, where that is known. */
  readonly batches: number | undefined;
  /** Batches that make one update of the weights. Default 1. */
  readonly accumulate?: number;
  /** Updates of the weights from one line of a log to the next. */
  readonly logInterval: number;
  /** Where a resumed run goes on: epochs and updates that are over. */
  readonly resumed?: { readonly epoch: number; readonly step: number };
}

interface DataInfo {
  /** In a few words, for people: what it is and how many samples it has. */
  readonly description: string;
  /** Samples that each evaluation is on; undefined without any, or where that is not known. */
  readonly testSamples: number | undefined;
  /** Names of the classes; none for a regression. */
  readonly classes: readonly string[];
}

/** How a run ended. */
export interface RunSummary {
  readonly outcome: 'done' | 'stopped' | 'failed';
  /** Why, where it was stopped or failed: words without a full stop. Errors are told by whoever catches them; JSON says them too. */
  readonly reason?: string | undefined;
  /** Epochs that are over in all. */
  readonly epochs: number;
  /** From start to end. */
  readonly seconds: number;
}

/**
 * Something that shows a run. `start` comes first, `end` last and once, also where the run failed; notes may come at any time.
 * Of an evaluation's metrics, views know `accuracy` (in 0…1), `r2` and `mae` by name.
 */
export interface View {
  start(info: RunInfo): void;
  /** Reads the loss where it shows it: wait for what it returns. */
  step(event: train.StepEvent): Promise<void> | void;
  /** So many samples of an evaluation are over, of so many where that is known. */
  evaluating?(samples: number, of?: number): void;
  epoch(event: train.EpochEvent): void;
  /** Something that the user may want to know. */
  note(line: string): void;
  end(summary: RunSummary): void;
}

/** Where a view writes. */
export interface Output {
  write(text: string): unknown;
}

/** Whether the update of an event is one that a log tells of: the first of an epoch, and each `logInterval`th after it. */
export function isLogged({ batch }: train.StepEvent, { accumulate = 1, logInterval }: RunInfo): boolean {
  return (Math.ceil(batch / accumulate) - 1) % logInterval === 0;
}

/** A metric of an evaluation that is a number; undefined where there is none of that name. */
export function metricOf({ evaluation }: train.EpochEvent, name: string): number | undefined {
  const value = evaluation?.[name];
  return typeof value === 'number' ? value : undefined;
}
