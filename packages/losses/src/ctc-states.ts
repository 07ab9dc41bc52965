// The states that an alignment walks through: a blank, the first label, a blank, the second label, …, a blank. A state is
// reached from itself, from the one before, and over a blank from the label before, if that is another one. All that depends
// on lengths is found on the device; states behind the last blank of a sample are blanks that nothing comes back from.

import { arange, cat, cumsum, full, loopOp, runLoop, take, ValueError, type Tensor } from '@rushlight/core';
import { constant, select, shr, type View } from '@rushlight/core/kernel';
import { atPosition } from './at-position.ts';

/** Flags of a state. */
export const enters = 1; // It is reached over the blank before it.
export const leaves = 2; // The label after the next blank is reached from it.
export const ends = 4; // The last label, or the blank after it: where an alignment may end.

export interface CtcStates {
  /** The label of each state, [N, L] int32. */
  readonly labels: Tensor;
  /** The flags of each state, [N, L] int32. */
  readonly flags: Tensor;
  /** [N, 1] int32. */
  readonly inputLengths: Tensor;
}

/** Where the label of each state lies among all labels; at the end of them there is a blank. */
const positionOp = loopOp('ctcPosition', (k) => {
  const [length, offset] = [k.input(0), k.input(1)];
  const [state, blank] = [k.column, k.scalar('int32')];
  const isLabel = state
    .and(1)
    .eq(1)
    .and(state.lt(length.add(length)));
  k.perElement(select(isLabel, offset.add(shr(state, 1)), blank));
});

/** Inputs: labels, those two states before and two after, and the number of labels. */
const flagsOp = loopOp('ctcLoss', (k) => {
  const [label, before, after, length] = [k.input(0), k.input(1), k.input(2), k.input(3)];
  const classes = k.scalar('int32');
  k.check('element', label.lt(0).or(label.ge(classes)), label);
  const flag = (value: number): ReturnType<typeof constant> => constant(value, 'int32');
  const [state, last] = [k.column, length.add(length)];
  const isEnd = state.eq(last).or(state.eq(last.sub(1)));
  const entered = select(state.ge(2).and(label.ne(before)), flag(enters), 0);
  const left = select(state.lt(last.sub(1)).and(label.ne(after)), flag(leaves), 0);
  k.perElement(entered.or(left).or(select(isEnd, flag(ends), 0)));
});

/** A matrix walked so that each row is read `by` columns later, and as `fill` beyond its end. */
export function shiftedView({ shape, strides, offset }: Tensor, by: number, fill: number): View {
  const [row = 0, stride = 0] = strides;
  const guard = { coefficients: [0, 1], start: by, step: 1, size: shape[1] ?? 0, stride };
  return { offset, strides: [row, 0], guards: [guard], fill };
}

export interface CtcTargets {
  /** [N, S], or all labels one after another. */
  readonly targets: Tensor;
  /** [N, 1] int32. */
  readonly inputLengths: Tensor;
  readonly targetLengths: Tensor;
  /** The same as `targetLengths`, where they can be read. */
  readonly counts: readonly number[];
  readonly blank: number;
  readonly classes: number;
}

export function ctcStates(
  op: string,
  { targets, targetLengths, inputLengths, counts, blank, classes }: CtcTargets,
): CtcStates {
  const { device } = targets;
  const [batch = 0] = targetLengths.shape;
  const int = { dtype: 'int32', device } as const;
  const isList = targets.ndim === 1;
  const offsets = isList
    ? cumsum(targetLengths, 0).sub(targetLengths)
    : arange(0, batch, 1, int)
        .mul(targets.shape[1] ?? 0)
        .unsqueeze(1);
  const count = targets.numel();
  const states = [targetLengths, offsets];
  // With one label at least, there is always a state two further on.
  const shape = [batch, 2 * Math.max(1, ...counts) + 1];
  const [positions] = runLoop(positionOp(states), states, { columns: [1], shape, scalars: [count] }) as [Tensor];
  const labels = take(cat([targets.reshape([-1]).to('int32'), full([1], blank, int)]), positions);
  const inputs = [labels, labels, labels, targetLengths];
  const [flags] = runLoop(flagsOp(inputs), inputs, {
    columns: [1],
    scalars: [classes],
    views: [undefined, shiftedView(labels, -2, 0), shiftedView(labels, 2, 0)],
    explain: ({ value, position }) => {
      const [row, state] = [Math.floor(position / (shape[1] ?? 1)), position % (shape[1] ?? 1)];
      const first = isList ? counts.slice(0, row).reduce((a, b) => a + b, 0) : row * (targets.shape[1] ?? 0);
      const place = atPosition(first + (state - 1) / 2, targets.shape);
      return new ValueError(
        op,
        `target ${value}${place} is out of range for ${classes} classes. Use 0 … ${classes - 1}.`,
      );
    },
  }) as [Tensor];
  return { labels, flags, inputLengths };
}
