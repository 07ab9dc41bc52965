// What is to be learnt: samples to train and to test with, and how others are made into the same.

import type { data, Tensor } from 'rushlight';
import type { Settings } from '../config/fields.ts';

type Samples = data.Dataset<[input: Tensor, target: Tensor]>;

/** How an input is made of a file, as a run keeps it. */
export type Card =
  | { readonly kind: 'table'; readonly schema: unknown }
  | {
      readonly kind: 'images';
      readonly classes: readonly string[];
      readonly shape: readonly [channels: number, height: number, width: number];
      /** Per channel. */
      readonly mean: readonly number[];
      readonly std: readonly number[];
      /** White strokes on black, in the middle: pictures are made so before they are shown to the model. */
      readonly isDigit: boolean;
    }
  | { readonly kind: 'points'; readonly classes: readonly string[] };

export interface Task {
  /** In a few words, for people. */
  readonly description: string;
  readonly kind: 'classification' | 'regression';
  readonly train: Samples;
  readonly test: Samples;
  /** The shape of one input, without the batch. */
  readonly inputShape: readonly number[];
  readonly outputs: number;
  /** Names of the classes; none for a number. */
  readonly classes: readonly string[];
  /** What a unit of the target is in the user's numbers. */
  readonly targetScale: number;
  readonly card: Card;
  /** What it is trained with if nobody says otherwise. */
  readonly defaults: Defaults;
  /** What a user may want to know. */
  readonly notes: readonly string[];
}

/** What a run is told if nobody says otherwise. */
export type Defaults = Required<
  Pick<Settings, 'model' | 'hidden' | 'epochs' | 'batchSize' | 'lr' | 'optimizer' | 'scheduler'>
> &
  Pick<Settings, 'weightDecay'>;

export const imageDefaults: Defaults = {
  model: 'cnn', hidden: [128], epochs: 6, batchSize: 64, lr: 0.004, optimizer: 'adam', scheduler: 'step',
}; // prettier-ignore

/** Points in the plane: plenty of them, and a boundary that winds. */
export const pointDefaults: Defaults = {
  model: 'mlp', hidden: [64, 32], epochs: 100, batchSize: 32, lr: 0.005, optimizer: 'adamw', scheduler: 'cosine',
}; // prettier-ignore

/** Tables have few rows: a small network, not for long, and held back. */
export const tableDefaults: Defaults = {
  model: 'mlp', hidden: [128], epochs: 40, batchSize: 32, lr: 0.01, optimizer: 'adamw', scheduler: 'cosine', weightDecay: 0.3,
}; // prettier-ignore
