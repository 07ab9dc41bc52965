// Which dim of a loop vectors run along: what the code for a launch hangs on.

import type { Launch, LoopProgram } from '@rushlight/core/kernel';
import { isArg } from './cell.ts';
import type { LoopVariant } from './loop.ts';
import { effectiveStride } from './operand-access.ts';

/** Rough costs, in units of one vector read from cache: entering a loop, and ending a row's reduction across the lanes. */
const entering = 4;
const acrossLanes = 8;
/** Four elements that are apart. */
const apart = 5;

/** The cost of four elements along `dim`. */
function cost(launch: Launch<LoopProgram>, dim: number): number {
  const { program, sizes, operands } = launch;
  const size = sizes[dim] ?? 1;
  const vectors = Math.ceil(size / 4);
  let each = 1;
  for (const operand of operands) {
    const stride = effectiveStride(operand, dim);
    each += stride === 0 ? 0.25 : stride === 1 ? 1 : apart;
    // Far apart, each element is a cache line of its own.
    if (Math.abs(stride) > 16) each += apart;
  }
  const ending = dim >= program.rowRank ? acrossLanes * program.stages.length : 0;
  return (vectors * each + entering + ending) / size;
}

/** The dim to hand to `compileLoop` for a launch. */
export function chooseLane(launch: Launch<LoopProgram>): number {
  const { rowRank, columnRank, stages, checks } = launch.program;
  const last = rowRank + columnRank - 1;
  // A check reports the first failure in row-major order.
  if (last <= 0 || checks.length > 0) return last;
  const ordered = stages.some(({ reduce }) => isArg(reduce));
  let best = last;
  let lowest = cost(launch, last);
  for (let dim = last - 1; dim >= 0; dim--) {
    // Of equals the first column wins: columns are walked in their order.
    if (ordered && dim >= rowRank) continue;
    const here = cost(launch, dim);
    if (here < lowest) {
      lowest = here;
      best = dim;
    }
  }
  return best;
}

/** A short text for a variant. */
export const variantKey = ({ lane, classes }: LoopVariant): string => `${lane}${classes.join('')}`;
