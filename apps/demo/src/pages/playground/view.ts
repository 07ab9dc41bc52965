// What is to be seen of a run: plain data, from the worker to the page.

import type { SetName } from './config.ts';
import type { Score } from './score.ts';

/** Places along a side of the picture, and of the small ones of the units. */
export const gridSide = 64;
export const tileSide = 28;

export interface LayerView {
  /** Units, and inputs of each with the bias as the last. */
  readonly rows: number;
  readonly cols: number;
  /** `[rows, cols]`. */
  readonly weights: Float32Array;
  /** Of the loss over all training points. */
  readonly gradients: Float32Array;
  /** What each unit comes to before the activation, in a picture each: `[rows, tileSide, tileSide]`. */
  readonly units: Float32Array;
}

export interface PlaygroundView {
  readonly step: number;
  /** Which set the points are of. */
  readonly set: SetName;
  readonly classes: number;
  /** Probabilities, row by row from the top: `[gridSide, gridSide, classes]`. */
  readonly grid: Float32Array;
  /** x and y of each point, those for training first. */
  readonly places: Float32Array;
  readonly labels: Int32Array;
  /** How many of the points are for training. */
  readonly trained: number;
  /** Undefined where there are no points. */
  readonly train: Score | undefined;
  readonly test: Score | undefined;
  readonly layers: readonly LayerView[];
}
