// Which dim of a loop to walk innermost: what the schedule of a launch hangs on.

import type { Launch, LoopProgram } from '@rushlight/core/kernel';

/** Rough costs in units of one cached access: entering the innermost loop, and reading and writing a strip's accumulator. */
const entering = 16;
const accumulating = 2;
/** A step over more elements than this is a new cache line. */
const line = 16;

function cost(launch: Launch, dim: number): number {
  let total = entering / (launch.sizes[dim] ?? 1);
  for (const { strides, guards } of launch.operands) {
    let step = strides[dim] ?? 0;
    if (guards) for (const guard of guards) step += ((guard.coefficients[dim] ?? 0) * guard.stride) / guard.step;
    if (step > 1 || step < -1) total += Math.min(Math.abs(step), line) / 4;
  }
  return total;
}

/** The dim to hand to `scheduleLoop` for a launch. */
export function chooseInner(launch: Launch<LoopProgram>): number {
  const { rowRank, columnRank, stages, checks } = launch.program;
  const last = Math.max(0, rowRank + columnRank - 1);
  // A check reports the first failure in row-major order.
  if (last === 0 || checks.length > 0 || rowRank === 0) return last;
  let best = last;
  let lowest = cost(launch, last);
  for (let dim = columnRank ? rowRank - 1 : last - 1; dim >= 0; dim--) {
    const here = cost(launch, dim) + (stages.length ? accumulating : 0);
    if (here < lowest) {
      lowest = here;
      best = dim;
    }
  }
  return best;
}
