// Freeing what an operation makes on its way.

import { needsGraph } from '../autograd/state.ts';
import { tidy } from '../tidy.ts';
import type { Tensor } from '../tensor.ts';

/** Runs `fn` and frees all it made but its result, unless a gradient of `inputs` may need it. */
export function scratch<T>(inputs: readonly Tensor[], fn: () => T): T {
  return needsGraph(inputs) ? fn() : tidy(fn);
}
