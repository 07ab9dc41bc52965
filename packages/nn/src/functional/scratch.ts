// Freeing what a function makes on its way.

import { isGradEnabled, tidy, type Tensor } from '@rushlight/core';

/** Runs `fn` and frees all it made but its result, unless a gradient of `inputs` may need it. */
export function scratch<T>(inputs: readonly Tensor[], fn: () => T): T {
  return isGradEnabled() && inputs.some((x) => x.requiresGrad) ? fn() : tidy(fn);
}
