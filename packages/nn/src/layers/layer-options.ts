import { ValueError, type Device, type DType } from '@rushlight/core';

/** Where the parameters of a layer are made, and of what dtype. */
export interface LayerOptions {
  readonly device?: Device | string;
  /** Default: the one of `setDefaultDtype`. */
  readonly dtype?: DType;
}

/** Refuses sizes that are no counts. */
export function checkCount(layer: string, name: string, value: number, least = 0): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ValueError(layer, `${name} is ${String(value)}. It must be an integer ≥ ${least}.`);
}
