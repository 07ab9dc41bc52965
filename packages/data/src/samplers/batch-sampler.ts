import { ValueError } from '@rushlight/core';
import { checkCount } from '../check-options.ts';
import { Sampler, type Order } from './sampler.ts';

/**
 * Groups of `batchSize` numbers from another sampler, the last one smaller unless `dropLast`.
 * Throws a ValueError unless batchSize is a positive integer.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.BatchSampler
 */
export class BatchSampler extends Sampler<number[]> {
  /** The order of the single samples. */
  readonly sampler: Order;
  /** How many make a group. */
  readonly batchSize: number;
  /** Whether a last group that is smaller is left out. */
  readonly dropLast: boolean;

  constructor(sampler: Order, batchSize: number, dropLast: boolean) {
    super();
    checkCount('BatchSampler', 'batchSize', batchSize);
    this.sampler = sampler;
    this.batchSize = batchSize;
    this.dropLast = dropLast;
  }

  get length(): number {
    const { length } = this.sampler;
    if (length === undefined) {
      throw new ValueError('BatchSampler', 'its sampler has no length. Give the sampler one.');
    }
    return this.dropLast ? Math.floor(length / this.batchSize) : Math.ceil(length / this.batchSize);
  }

  *[Symbol.iterator](): Iterator<number[]> {
    let batch: number[] = [];
    for (const index of this.sampler) {
      batch.push(index);
      if (batch.length === this.batchSize) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }
}
