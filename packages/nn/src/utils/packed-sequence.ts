// Sequences of different lengths without padding: the first step of all of them, then the second of those that have one, and so
// on. What recurrent layers take and give in place of a padded batch.

import {
  indexSelect, isDType, isTensor, ShapeError, show, tensor, ValueError, type Device, type DType, type Tensor,
} from '@rushlight/core'; // prettier-ignore

export interface PackedSequenceOptions {
  /** Which sequence of the batch stands at each place, the longest first. Default null: they were sorted. */
  readonly sortedIndices?: readonly number[] | null;
  /** The place of each sequence of the batch. Default the inverse of sortedIndices. */
  readonly unsortedIndices?: readonly number[] | null;
}

/** The order whose effect the given one takes back. */
function inverse(order: readonly number[]): number[] {
  const back: number[] = [];
  order.forEach((from, place) => (back[from] = place));
  return back;
}

function checkOrder(name: string, order: readonly number[], batch: number): void {
  const sorted = order.toSorted((a, b) => a - b);
  if (sorted.length === batch && sorted.every((n, k) => n === k)) return;
  throw new ValueError('PackedSequence', `${name} is ${show(order)}. It must be an order of 0 … ${batch - 1}.`);
}

/**
 * Sequences of different lengths, step after step: `data` [Σ batchSizes, *] has the elements of the first step, then those of the
 * second, …, the longest sequence first in each; `batchSizes` says how many sequences have each step. Made by packPaddedSequence
 * and packSequence. Throws ShapeError or ValueError for counts that do not fit. torch.nn.utils.rnn.PackedSequence
 */
export class PackedSequence {
  readonly data: Tensor;
  readonly batchSizes: readonly number[];
  readonly sortedIndices: readonly number[] | null;
  readonly unsortedIndices: readonly number[] | null;

  constructor(
    data: Tensor,
    batchSizes: readonly number[],
    { sortedIndices = null, unsortedIndices }: PackedSequenceOptions = {},
  ) {
    if (!isTensor(data)) throw new ValueError('PackedSequence', `the data are ${String(data)}. They must be a tensor.`);
    const sizes = [...batchSizes];
    if (sizes.length === 0 || sizes.some((n, t) => !Number.isInteger(n) || n < 1 || n > (sizes[t - 1] ?? n))) {
      throw new ValueError(
        'PackedSequence',
        `the batch sizes are ${show(sizes)}. They must be counts ≥ 1 that never grow.`,
      );
    }
    const count = sizes.reduce((sum, n) => sum + n, 0);
    if (data.shape[0] !== count) {
      throw new ShapeError(
        'PackedSequence',
        `the data have shape ${show(data.shape)}, the batch sizes ${show(sizes)} add up to ${count}. Pass a row for each.`,
      );
    }
    const unsorted = unsortedIndices ?? (sortedIndices && inverse(sortedIndices));
    for (const [name, order] of Object.entries({ sortedIndices, unsortedIndices: unsorted }))
      if (order) checkOrder(name, order, sizes[0] ?? 0);
    this.data = data;
    this.batchSizes = sizes;
    this.sortedIndices = sortedIndices ?? (unsorted && inverse(unsorted));
    this.unsortedIndices = unsorted;
  }

  /** The same sequences with other elements, one for each of these. */
  with(data: Tensor): PackedSequence {
    const { batchSizes, sortedIndices, unsortedIndices } = this;
    return new PackedSequence(data, batchSizes, { sortedIndices, unsortedIndices });
  }

  /** Converted to a dtype at once, or moved to a device, which is awaited. torch.nn.utils.rnn.PackedSequence.to */
  to(dtype: DType): PackedSequence;
  to(device: Device | string): Promise<PackedSequence>;
  to(target: DType | Device | string): PackedSequence | Promise<PackedSequence> {
    return isDType(target) ? this.with(this.data.to(target)) : this.data.to(target).then((data) => this.with(data));
  }

  /** `to('float32')`. */
  float(): PackedSequence {
    return this.to('float32');
  }
  /** `to('float64')`. */
  double(): PackedSequence {
    return this.to('float64');
  }
  /** `to('float16')`. */
  half(): PackedSequence {
    return this.to('float16');
  }
  /** `to('int32')`. */
  int(): PackedSequence {
    return this.to('int32');
  }
}

/** @internal States [layers, N, *] with their sequences in another order. */
export function reordered(states: Tensor, order: readonly number[] | null): Tensor {
  if (!order) return states;
  return indexSelect(states, 1, tensor([...order], { dtype: 'int32', device: states.device }));
}
