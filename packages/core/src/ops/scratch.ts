// Freeing what an operation makes on its way.

import { gradNode, needsGraph } from '../autograd/state.ts';
import { freeInternal } from '../dispatch.ts';
import { tidy } from '../tidy.ts';
import type { Tensor } from '../tensor.ts';

/** Runs `fn` and frees all it made but its result, unless a gradient of `inputs` may need it. */
export function scratch<T>(inputs: readonly Tensor[], fn: () => T): T {
  return needsGraph(inputs) ? fn() : tidy(fn);
}

/** Frees the outputs of one operation, which nobody else may know: at once, or with its node where that is recorded. */
export function letGo(outputs: readonly Tensor[]): void {
  const [first] = outputs;
  const node = first && gradNode(first);
  for (const x of outputs) {
    if (node) node.save(x, true);
    else freeInternal(x.storage);
  }
}
