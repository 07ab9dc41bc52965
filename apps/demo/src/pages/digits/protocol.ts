// What the page and its worker say to each other of digits.

import type { HeldOutReport } from './held-out.ts';

/** Images and labels in IDX files of the visitor's. */
export interface ChosenFiles {
  readonly images: Blob;
  readonly labels: Blob;
  /** Tells one choice from another. */
  readonly id: number;
}

export interface DigitsConfig {
  readonly filters: number;
  readonly size: number;
  readonly batch: number;
  readonly seed: number;
  /** Instead of the embedded digits. */
  readonly files?: ChosenFiles;
}

export interface DigitsView {
  /** The first layer's, one after the other, each row after row. */
  readonly filters: Float32Array;
  /** The side of each. */
  readonly size: number;
  readonly report: HeldOutReport;
}

export type DigitsQuestion =
  /** What there is to learn from. */
  | { readonly kind: 'facts' }
  /** What a drawing is: its ink, 0 to 255, row after row. */
  | { readonly kind: 'drawing'; readonly ink: Uint8Array; readonly width: number; readonly height: number }
  /** What 28 × 28 pixels are. */
  | { readonly kind: 'digit'; readonly digit: Uint8Array }
  /** What an IDX file is. */
  | { readonly kind: 'inspect'; readonly file: Blob; readonly name: string };

export interface Facts {
  readonly training: number;
  readonly heldOut: number;
  /** One of each class that is not trained on: 784 pixels each. */
  readonly samples: readonly Uint8Array[];
}

export interface Reading {
  /** As the network was shown it, 28 × 28; undefined where nothing is drawn. */
  readonly digit: Uint8Array | undefined;
  readonly probabilities: readonly number[];
}
