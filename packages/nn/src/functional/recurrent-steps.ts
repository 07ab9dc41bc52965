// The steps of a recurrent layer over a batch whose rows lie step after step: all of the first step, all of the second, and so
// on. Sequences are sorted by length, the longest first, so that each step has the first rows of the one before.

import { cat, indexSelect, tensor, type Tensor } from '@rushlight/core';

export interface RecurrentStepRows {
  readonly start: number;
  readonly size: number;
}

export interface RecurrentSteps {
  /** In the order in which they are walked. */
  readonly steps: readonly RecurrentStepRows[];
  /** Where the state of each sequence lies after its last step; undefined if that is the last step walked. */
  readonly ends: readonly number[] | undefined;
  /** Whether every step has all sequences. */
  readonly isEven: boolean;
}

/** The steps of a batch with so many sequences in each, from the first to the last or the other way. */
export function recurrentSteps(batchSizes: readonly number[], reverse: boolean): RecurrentSteps {
  const forward: RecurrentStepRows[] = [];
  let start = 0;
  for (const size of batchSizes) {
    forward.push({ start, size });
    start += size;
  }
  const [batch = 0, last = 0] = [batchSizes[0], batchSizes.at(-1)];
  const isEven = batch === last;
  const endOf = (sequence: number): number => (forward.findLast(({ size }) => size > sequence)?.start ?? 0) + sequence;
  const ends = isEven || reverse ? undefined : Array.from({ length: batch }, (_, sequence) => endOf(sequence));
  return { steps: reverse ? forward.toReversed() : forward, ends, isEven };
}

/** The rows of a step. */
export const rowsOf = (x: Tensor, { start, size }: RecurrentStepRows): Tensor => x.narrow(0, start, size);

/** The state for a step from that after the step before: sequences that have ended leave, others begin at `first`. */
export function carried(state: Tensor, size: number, first: Tensor): Tensor {
  const had = state.shape[0] ?? 0;
  if (size === had) return state;
  return size < had ? state.narrow(0, 0, size) : cat([state, first.narrow(0, had, size - had)]);
}

/** The state after the last step of each sequence. */
export function endStates({ steps, ends }: RecurrentSteps, states: Tensor): Tensor {
  if (ends) return indexSelect(states, 0, tensor([...ends], { dtype: 'int32', device: states.device }));
  return rowsOf(states, steps.at(-1) as RecurrentStepRows);
}

/** Where the state before each row lies in the rows of [first; states]. */
export function rowsBefore(steps: RecurrentSteps['steps']): number[] {
  const batch = Math.max(0, ...steps.map(({ size }) => size));
  const rows: number[] = [];
  steps.forEach(({ start, size }, k) => {
    const before = steps[k - 1];
    for (let row = 0; row < size; row++)
      rows[start + row] = before && row < before.size ? batch + before.start + row : row;
  });
  return rows;
}
