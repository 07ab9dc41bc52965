// What a run shows, whoever looks: lines for a log, JSON for programs, a live picture for a terminal.

import type { train } from 'rushlight';
import type { Summary } from './summarize-model.ts';

/** What is known of a run before it begins. */
export interface RunInfo {
  readonly task: 'classification' | 'regression';
  /** Where the run is kept. */
  readonly folder: string;
  /** What computes. */
  readonly device: { readonly name: string; readonly description: string };
  readonly model: Summary;
  readonly data: DataInfo;
  /** Epochs that the run has in all, those before a resumption included. */
  readonly epochs: number;
  /** Batches of an epoch. */
  readonly batches: number;
  /** Batches that make one update of the weights. */
  readonly accumulate: number;
  /** Updates of the weights from one line of a log to the next. */
  readonly logInterval: number;
  /** Where a resumed run goes on: epochs and updates that are over. */
  readonly resumed?: { readonly epoch: number; readonly step: number };
}

interface DataInfo {
  /** In a few words, for people: what it is and how many samples it has. */
  readonly description: string;
  /** Samples of an epoch, and of the evaluation after it. */
  readonly trainSamples: number;
  readonly testSamples: number;
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
 * Each epoch has an evaluation, with the metrics of its task.
 */
export interface View {
  start(info: RunInfo): void;
  /** Reads the loss where it shows it: wait for what it returns. */
  step(event: train.StepEvent): Promise<void> | void;
  /** So many samples of an evaluation are over. */
  evaluating?(samples: number): void;
  epoch(event: train.EpochEvent): void;
  /** The device was lost: what was told of later steps will be told again. */
  resumed(event: train.ResumedEvent): void;
  /** Something that the user may want to know. */
  note(line: string): void;
  end(summary: RunSummary): void;
}

/** What is measured after each epoch: of a classification the accuracy, in 0…1, of a regression R² and the mean absolute error. */
export type MetricName = 'loss' | 'accuracy' | 'r2' | 'mae';

/** Where a view writes. */
export interface Output {
  write(text: string): unknown;
}

/** Whether the update of an event is one that a log tells of: the first of an epoch, and each `logInterval`th after it. */
export function isLogged({ batch }: train.StepEvent, { accumulate, logInterval }: RunInfo): boolean {
  return (Math.ceil(batch / accumulate) - 1) % logInterval === 0;
}

/** What happened to the device, in a line. */
export const resumedLine = ({ reason, step, device }: train.ResumedEvent): string =>
  `${device.name === 'webgpu' ? 'GPU' : 'Device'} lost: ${reason.replace(/\.$/, '')}. Going on from step ${step} on ${device.name}.`;

/** A number of the evaluation of an epoch. */
export const metricOf = ({ evaluation }: train.EpochEvent, name: MetricName): number => Number(evaluation?.[name]);
