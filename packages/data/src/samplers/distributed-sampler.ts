import { drawPermutation, Generator, ValueError } from '@rushlight/core';
import { checkCount, checkWhole } from '../check-options.ts';
import { Sampler, type Sized } from './sampler.ts';

/** Options of a DistributedSampler. */
export interface DistributedSamplerOptions {
  /** Among how many runs the samples are dealt out. */
  readonly numReplicas: number;
  /** Which of them this is, from 0 on. */
  readonly rank: number;
  /** Another random order every epoch, if `setEpoch` is called before it. Default true. */
  readonly shuffle?: boolean;
  /** What the order is made from, together with the epoch: the same for all runs. Default 0. */
  readonly seed?: number;
  /** Leave out samples until all runs have as many. Default false: some come twice instead. */
  readonly dropLast?: boolean;
}

/**
 * The samples of one of several runs that share a data set: every `numReplicas`th of an order that is the same for all of them, and
 * PyTorch's for the same seed and epoch. There are no process groups here that know how many runs there are, so both numbers are
 * given. Throws a ValueError for a rank that is none of the runs, or for what is no count.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.distributed.DistributedSampler
 *
 * @example
 * const sampler = new DistributedSampler(dataset, { numReplicas: 4, rank });
 * const loader = new DataLoader(dataset, { batchSize: 32, sampler });
 * for (let epoch = 0; epoch < 10; epoch++) {
 *   sampler.setEpoch(epoch);
 *   for await (const batch of loader) step(batch);
 * }
 */
export class DistributedSampler extends Sampler {
  /** What numbers are dealt out for. */
  readonly dataSource: Sized;
  /** Among how many runs. */
  readonly numReplicas: number;
  /** Which of them this is. */
  readonly rank: number;
  /** Whether the order is random. */
  readonly shuffle: boolean;
  /** What the order is made from, together with the epoch. */
  readonly seed: number;
  /** Whether samples are left out that do not go up. */
  readonly dropLast: boolean;
  /** The epoch that `setEpoch` has set, 0 at first. */
  #epoch = 0;

  constructor(
    dataSource: Sized,
    { numReplicas, rank, shuffle = true, seed = 0, dropLast = false }: DistributedSamplerOptions,
  ) {
    super();
    checkCount('DistributedSampler', 'numReplicas', numReplicas);
    if (!Number.isInteger(rank) || rank < 0 || rank >= numReplicas) {
      throw new ValueError(
        'DistributedSampler',
        `rank ${rank} is none of ${numReplicas} replicas. Pass an integer from 0 to ${numReplicas - 1}.`,
      );
    }
    if (!Number.isSafeInteger(seed)) {
      throw new ValueError('DistributedSampler', `seed should be an integer, but is ${seed}. Pass one below 2^53.`);
    }
    this.dataSource = dataSource;
    this.numReplicas = numReplicas;
    this.rank = rank;
    this.shuffle = shuffle;
    this.seed = seed;
    this.dropLast = dropLast;
  }

  /** The epoch that the next iteration is of. */
  get epoch(): number {
    return this.#epoch;
  }

  get length(): number {
    const { length } = this.dataSource;
    return this.dropLast ? Math.floor(length / this.numReplicas) : Math.ceil(length / this.numReplicas);
  }

  /** Says which epoch comes next, so that it has an order of its own. Throws a ValueError unless it is a whole number. */
  setEpoch(epoch: number): void {
    checkWhole('DistributedSampler', 'epoch', epoch);
    this.#epoch = epoch;
  }

  *[Symbol.iterator](): Iterator<number> {
    const { dataSource, length, numReplicas, rank, seed } = this;
    const count = dataSource.length;
    const order = this.shuffle
      ? drawPermutation(new Generator().manualSeed(seed + this.#epoch), 'int32', count)
      : undefined;
    // Where some are missing at the end, the order begins anew.
    for (let k = 0, place = rank; k < length; k++, place += numReplicas) yield order?.[place % count] ?? place % count;
  }
}
