// What the page and the worker that measures say to each other.

import type { Measured } from './measure.ts';

export const measurable = ['cpu', 'wasm', 'webgpu'] as const;
export type Measurable = (typeof measurable)[number];

/** Begins, once in a worker's life; ending the worker ends it. */
export interface Order {
  readonly backends: readonly Measurable[];
  /** Seconds for each number. */
  readonly seconds: number;
}

export type SpeedReport =
  | {
      readonly kind: 'device';
      readonly backend: Measurable;
      readonly description: string;
      /** Whether what calls itself a GPU is a program on the CPU. */
      readonly isSoftware: boolean;
    }
  /** The backend does not open here, for this reason. */
  | { readonly kind: 'unavailable'; readonly backend: Measurable; readonly reason: string }
  | { readonly kind: 'begin'; readonly backend: Measurable; readonly workload: string }
  | {
      readonly kind: 'result';
      readonly backend: Measurable;
      readonly workload: string;
      /** In the unit of the workload. */
      readonly value: number;
      readonly measured: Measured;
    }
  /** One workload could not be run; the next ones are. */
  | { readonly kind: 'failed'; readonly backend: Measurable; readonly workload: string; readonly reason: string }
  | { readonly kind: 'done' };
