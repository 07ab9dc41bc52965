// Freeing what an operation makes on its way.

import { gradNode, needsGraph } from '../autograd/state.ts';
import { freeInternal } from '../dispatch.ts';
import { tidy } from '../tidy.ts';
import type { Tensor } from '../tensor.ts';

/** Runs `fn` and frees all it made but its result, unless a gradient of `inputs` may need it. */
export function scratch<T>(inputs: readonly Tensor[], fn: () => T): T {
  return needsGraph(inputs) ? fn() : tidy(fn);
}

/**
 * Frees what nobody else may know: at once, or, where `of` was recorded, with the node that made it and may read them, as may those
 * after it. By default they are outputs of one operation.
 */
export function letGo(tensors: readonly Tensor[], of: Tensor | undefined = tensors[0]): void {
  const node = of && gradNode(of);
  for (const x of tensors) {
    if (node) node.save(x, true);
    else freeInternal(x.storage);
  }
}
