// Into a level and out of it: a dim of a tensor becomes its lanes, and lanes become a dim. Each is the gradient of the other.

import { needsGraph, recordNode } from '../autograd/state.ts';
import { untracked, type Storage } from '../device.ts';
import { wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { Lanes } from './lanes.ts';
import type { Level } from './level.ts';

/** A copy of `x`, whose first dim is now the lanes of a level. */
export function enter(x: Tensor, level: Level): Tensor {
  const [, ...shape] = x.shape;
  // The copy belongs to the lanes, and goes when they do.
  const { storage: dense, strides } = untracked(() => x.detach().clone());
  const [step = 0, ...rest] = strides;
  const storage = x.device.allocate(x.dtype, level.size === 0 ? 0 : dense.length / level.size);
  x.device.release(storage);
  const steps = [...(dense.lanes?.steps ?? []), [level, step] as const].sort(([a], [b]) => a.start - b.start);
  storage.lanes = new Lanes(dense.lanes?.whole ?? dense, new Map(steps));
  const inside = wrapStorage(storage, shape, rest);
  if (needsGraph([x])) recordNode('vmapEnter', [x], [inside], ([grad]) => [grad && leave(grad, level)]);
  return inside;
}

/** A copy of `x` with the lanes of a level as its first dim; what has none there is the same in each. */
export function leave(x: Tensor, level: Level): Tensor {
  if (!x.storage.lanes?.steps.has(level)) return x.expand([level.size, ...x.shape]);
  const outside = exposed(x, level).clone();
  if (needsGraph([x])) recordNode('vmapLeave', [x], [outside], ([grad]) => [grad && enter(grad, level)]);
  return outside;
}

/** The same memory without history, the lanes of a level as its first dim. It must not outlive `x`. */
export function exposed(x: Tensor, level: Level): Tensor {
  const { lanes } = x.storage;
  const step = lanes?.steps.get(level);
  if (!lanes || step === undefined) throw new TypeError('vmap: the tensor has no lanes of this level.');
  const steps = new Map(lanes.steps);
  steps.delete(level);
  return wrapStorage(outer(x.storage, lanes, steps), [level.size, ...x.shape], [step, ...x.strides], x.offset);
}

/** What is seen from outside of a level: the storage of all its lanes, which may have lanes of levels around it. */
function outer({ device, dtype }: Storage, { whole }: Lanes, steps: ReadonlyMap<Level, number>): Storage {
  if (steps.size === 0) return whole;
  const storage = untracked(() => device.allocate(dtype, 0));
  storage.lanes = new Lanes(whole, steps);
  return storage;
}
