import { ValueError } from '@rushlight/core';
import type { Order } from './samplers/sampler.ts';

/** The samples of batch after batch, as a sampler gives them. */
export interface BatchOrder {
  next(): IteratorResult<readonly number[]>;
  close(): void;
}

/** From where to where a sampler is asked: see `batchOrder`. */
export interface BatchOrderOptions {
  /** How many batches may be under way at once. */
  readonly prefetch: number;
  /** The number of the batch to begin with. */
  readonly from: number;
  /** Called when the batches before `from` are passed over. */
  readonly passed: (() => void) | undefined;
}

/**
 * What a sampler gives from batch `from` on. Where batches are fetched ahead and it has an end, all is drawn at first: neither the
 * count nor the place of a resumed run shall change when it draws. Nothing is drawn before `next` is called; that throws a ValueError
 * if the epoch has fewer batches.
 */
export function batchOrder(
  sampler: Order<readonly number[]>,
  { prefetch, from, passed }: BatchOrderOptions,
): BatchOrder {
  const order = sampler[Symbol.iterator]();
  const ready: IteratorResult<readonly number[]>[] = [];
  // How far the sampler is ahead of the batches.
  const lead = prefetch && Math.max(prefetch, lengthOf(sampler) + 1);
  const begin = () => {
    for (let passing = 0; passing < from; passing++) if (order.next().done) throw tooFar(from, passing);
    // At `from` the sampler was as far ahead as this when the epoch was interrupted.
    while (ready.length < lead && !ready.at(-1)?.done) ready.push(order.next());
    if (from > 0) passed?.();
  };
  let taken = 0;
  let hasBegun = false;
  return {
    next() {
      if (!hasBegun) {
        hasBegun = true;
        begin();
      }
      // Not by shift, which moves all that follow.
      return ready[taken++] ?? order.next();
    },
    close() {
      order.return?.();
    },
  };
}

/** That the epoch ends before batch `from`. */
export function tooFar(from: number, count: number): ValueError {
  return new ValueError('DataLoader', `from is ${from}, but the epoch has ${count} batches. Pass at most ${count}.`);
}

/** Of a sampler that has a length, else 0. */
function lengthOf(sampler: Order<unknown>): number {
  try {
    return Number.isFinite(sampler.length) ? (sampler.length ?? 0) : 0;
  } catch (error) {
    if (error instanceof ValueError) return 0; // a BatchSampler of one that has none
    throw error;
  }
}
