// Which levels something has lanes in: what the graph remembers of a tensor, without its memory.

import type { Tensor } from '../tensor.ts';
import { enter, exposed, leave } from './crossing.ts';
import type { Level } from './level.ts';

export class LaneSet {
  /** The outermost first. */
  readonly levels: readonly Level[];

  constructor(levels: Iterable<Level>) {
    this.levels = [...levels];
  }

  /**
   * A gradient that comes from something with these lanes, as a tensor takes it that has those of `target`: summed over the
   * levels that are over.
   */
  sumTo(grad: Tensor, target: LaneSet | undefined): Tensor {
    let result = grad;
    for (const level of this.levels.toReversed()) {
      if (level.isRunning || target?.levels.includes(level)) continue;
      if (!result.storage.lanes?.steps.has(level)) result = result.mul(level.size);
      else result = (result.requiresGrad ? leave(result, level) : exposed(result, level)).sum(0);
    }
    return result;
  }

  /** The same value in each of the lanes. */
  in(x: Tensor): Tensor {
    let result = x;
    for (const level of this.levels) {
      if (!result.storage.lanes?.steps.has(level)) result = enter(result.expand([level.size, ...x.shape]), level);
    }
    return result;
  }
}
