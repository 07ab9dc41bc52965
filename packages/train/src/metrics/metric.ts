import { ValueError, type Tensor } from '@rushlight/core';

/** What a metric may amount to: a number, one per class or output, or a matrix. */
export type MetricValue = number | readonly number[] | readonly (readonly number[])[];

/**
 * A measure of outputs beside targets, over any number of batches. Sums are kept on the device: a batch costs no reading, and what it
 * leaves does not grow.
 */
export interface Metric<Value extends MetricValue = MetricValue> {
  /** Counts a batch. Gradients are not recorded, and neither tensor is kept. */
  update(output: Tensor, target: Tensor): void;
  /** The value over all that was counted; may be asked at any time. Rejects with ValueError if that is nothing. */
  compute(): Promise<Value>;
  /** Forgets what was counted, and frees it. */
  reset(): void;
}

/** What `compute` of `op` throws before there is anything. */
export function nothingCounted(op: string, what = 'nothing was counted'): ValueError {
  return new ValueError(op, `${what}. Call update(output, target) with some samples before compute().`);
}
