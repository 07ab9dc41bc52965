import { isTensor, show, ValueError, type Tensor } from '@rushlight/core';

/** The lengths of sequences: numbers, or a tensor of them on a device that can be read synchronously. */
export type Lengths = readonly number[] | Tensor;

/** Lengths as numbers. Throws ValueError unless they are counts ≥ `least`, one for each sequence. */
export function lengthsOf(op: string, lengths: Lengths, batch: number, least: number): number[] {
  const list = isTensor(lengths) ? Array.from(lengths.dataSync()) : [...lengths];
  if (list.length !== batch) {
    throw new ValueError(op, `there are ${list.length} lengths for a batch of ${batch}. Give one for each sequence.`);
  }
  if (list.every((n) => Number.isInteger(n) && n >= least)) return list;
  throw new ValueError(op, `the lengths are ${show(list)}. They must be integers ≥ ${least}.`);
}
