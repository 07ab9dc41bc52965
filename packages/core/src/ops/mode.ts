// What occurs most often.

import { ShapeError, show } from '../errors.ts';
import { select } from '../kernel/index.ts';
import { normaliseDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';
import { atLeast1d } from './at-least-1d.ts';
import { gather } from './gather-scatter.ts';
import { cat } from './join.ts';
import { loopOp, runLoop } from './loop.ts';
import { pick } from './nan-reductions.ts';
import type { ReductionOptions, ValuesAndIndices } from './reduction.ts';
import { cummax } from './scan.ts';
import { sort } from './sort.ts';
import { splitDim } from './split-dim.ts';

// Where a run of equal ones begins that is not the first: its column, else 0.
const beginOp = loopOp('modeBegin', (k) => k.perElement(select(k.input(0).ne(k.input(1)), k.column.add(1), 0)));
// The longest run is where the way back to its beginning is longest; the first of equals has the smallest value.
const longestOp = loopOp('modeLongest', (k) => k.perRow(k.argmax(k.column.sub(k.input(0))).position));

/** The column of the last element of the longest run of sorted rows [*, n], as [*, 1]. */
function endOfLongest(values: Tensor): Tensor {
  const last = values.shape.length - 1;
  const n = values.shape[last] ?? 1;
  const run = { columns: [last], keepdim: true };
  const neighbours = [values.narrow(last, 1, n - 1), values.narrow(last, 0, n - 1)];
  const [begins] = runLoop(beginOp(neighbours), neighbours, run) as [Tensor];
  const whole = [cummax(cat([begins.zeros(values.shape.with(last, 1)), begins], last), last).values];
  return runLoop(longestOp(whole), whole, run)[0] as Tensor;
}

/**
 * The value that occurs most often along a dim, the smallest of several, and the last position where it is (int32). NaN equals
 * nothing. Throws ShapeError for a dim without elements. torch.mode
 */
export function mode(x: Tensor, dim?: number | ReductionOptions, options?: ReductionOptions): ValuesAndIndices {
  const [along = -1, { keepdim = false } = {}] = splitDim<number, ReductionOptions>(dim, options);
  const d = normaliseDim('mode', along, x.shape.length);
  const self = atLeast1d(x);
  if (self.shape[d] === 0)
    throw new ShapeError('mode', `dim ${along} of ${show(x.shape)} has no elements. Give it at least one.`);
  const at = tidy(() => {
    const { values, indices } = sort(self.detach().movedim(d, -1), -1);
    return gather(indices, -1, endOfLongest(values)).movedim(-1, d);
  });
  return pick(x, d, at, keepdim);
}
