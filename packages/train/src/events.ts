// What a run tells as it goes: to callbacks first, then to whoever iterates over it.

import type { Device, Tensor } from '@rushlight/core';
import type { MetricValues } from './evaluate.ts';

/** The weights were updated. */
export interface StepEvent {
  /** Tells it from an epoch. */
  readonly kind: 'step';
  /** From 1 on. */
  readonly epoch: number;
  /** Updates of the weights since the beginning, this one included. */
  readonly step: number;
  /** Batches of the epoch that are over, this one included. */
  readonly batch: number;
  /** How many batches the epoch has, where that is known. */
  readonly batches: number | undefined;
  /** Samples of the epoch that were seen before this update. */
  readonly seen: number;
  /** How many samples the epoch has, where that is known. */
  readonly samples: number | undefined;
  /** Of the last batch: the loss, 0-dim, before the update. Read it where it is shown: reading waits for the device. */
  readonly loss: Tensor;
  /** What the model gave for the last batch. */
  readonly output: Tensor;
  /** What that should have been. */
  readonly target: Tensor;
  /** Learning rates of this update, by group. */
  readonly lr: readonly number[];
}

/** An epoch is over, and its evaluation. */
export interface EpochEvent {
  /** Tells it from a step. */
  readonly kind: 'epoch';
  /** From 1 on. */
  readonly epoch: number;
  /** Updates of the weights since the beginning. */
  readonly step: number;
  /** The mean loss of the epoch's samples, each before the update that it took part in; see `Criterion` for what batches weigh. */
  readonly loss: number;
  /** The loss and the metrics on the samples for evaluation; undefined without such. */
  readonly evaluation: MetricValues | undefined;
  /** Learning rates of the epoch's last update, by group. */
  readonly lr: readonly number[];
  /** Whether no epoch before was better by what the run watches. */
  readonly isBest: boolean;
  /** The epoch took so many seconds, evaluation included. After resuming: what has been since. */
  readonly seconds: number;
}

/** The device was lost, and the run goes on on another from where it was last kept: what came after that is done, and told, again. */
export interface ResumedEvent {
  /** Tells it from the others. */
  readonly kind: 'resumed';
  /** Why the device was lost. */
  readonly reason: string;
  /** Where it goes on. */
  readonly device: Device;
  /** In which epoch, from 1 on. */
  readonly epoch: number;
  /** Updates of the weights that are kept: the next is `step + 1`. */
  readonly step: number;
  /** Updates that had been asked for. */
  readonly reached: number;
}

/** What `trainer.run` yields, told apart by `kind`. */
export type TrainEvent = StepEvent | EpochEvent | ResumedEvent;
