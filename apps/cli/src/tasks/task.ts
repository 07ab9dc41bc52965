// What is to be learnt: samples to train and to test with, and how others are made into the same.

import type { data, Tensor } from 'rushlight';
import type { DataMark } from './data-mark.ts';

export type Samples = data.Dataset<[input: Tensor, target: Tensor]>;

/** How an input is made of a file, as a run keeps it. */
export type Card = TableCard | ImagesCard | PointsCard;

export interface TableCard {
  readonly kind: 'table';
  /** What TableSchema.fromJSON takes. */
  readonly schema: unknown;
}

export interface ImagesCard {
  readonly kind: 'images';
  readonly classes: readonly string[];
  readonly shape: readonly [channels: number, height: number, width: number];
  /** Per channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** White strokes on black, in the middle: pictures are made so before they are shown to the model. */
  readonly isDigit: boolean;
}

interface PointsCard {
  readonly kind: 'points';
  readonly classes: readonly string[];
}

export interface Task {
  /** In a few words, for people. */
  readonly description: string;
  readonly kind: 'classification' | 'regression';
  readonly train: Samples;
  readonly test: Samples;
  /** By what the samples are known again; what is made from the seed needs none. */
  readonly mark: DataMark | undefined;
  /** The shape of one input, without the batch. */
  readonly inputShape: readonly number[];
  readonly outputs: number;
  /** Names of the classes; none for a number. */
  readonly classes: readonly string[];
  /** What a unit of the target is in the user's numbers. */
  readonly targetScale: number;
  readonly card: Card;
  /** What a user may want to know. */
  readonly notes: readonly string[];
}

/** How a task is loaded, besides its settings. */
export interface LoadOptions {
  /** Told while files come from the network. */
  readonly note: (line: string) => void;
  /** Stops a download. */
  readonly signal?: AbortSignal;
  /** How inputs were made when the run began: they are made so again, whatever the data has become. */
  readonly card?: Card;
}
