import { isGradEnabled, tidy, type Tensor } from '@rushlight/core';

/** Whether a gradient of any of them may be asked for. */
export const wantsGraph = (inputs: readonly Tensor[]): boolean => isGradEnabled() && inputs.some((x) => x.requiresGrad);

/** Runs `fn` and frees all it made but its result, unless a gradient of `inputs` may need it. `fn` calls nothing of the user's. */
export function scratch<T>(inputs: readonly Tensor[], fn: () => T): T {
  return wantsGraph(inputs) ? fn() : tidy(fn);
}
