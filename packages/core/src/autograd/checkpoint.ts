// Trading time for memory: a part of the model keeps only its inputs and runs again when its gradient is asked for.

import { getRngState, setRngState } from '../random/default-generator.ts';
import { enableGrad, noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import type { Tensor } from '../tensor.ts';
import { runBackward } from './engine.ts';
import { needsGraph, recordNode } from './state.ts';

/**
 * Runs `fn` without keeping what its gradient needs; backward runs it again, from the same state of the default generator, so that dropout keeps its masks.
 * torch.utils.checkpoint.checkpoint
 */
export function checkpoint<A extends readonly unknown[]>(fn: (...args: A) => Tensor, ...args: A): Tensor {
  const inputs = args.filter(isTensor);
  const before = getRngState();
  const output = noGrad(() => fn(...args));
  if (!needsGraph(inputs)) return output;
  recordNode(
    'Checkpoint',
    inputs,
    [output],
    ([grad], context) => {
      if (!grad) return [];
      const after = getRngState();
      setRngState(before);
      let slot = 0;
      const leaves = inputs.map((_, k) => {
        const x = context.saved(k);
        return x.requiresGrad ? x.detach().requiresGrad_() : x.detach();
      });
      const again = args.map((arg) => (isTensor(arg) ? leaves[slot++] : arg)) as unknown as A;
      const result = enableGrad(() => fn(...again));
      setRngState(after);
      if (result.requiresGrad) runBackward([result], [grad], { createGraph: false, retainGraph: false });
      return leaves.map((x) => x.grad ?? undefined);
    },
    { saved: inputs, isCustom: true },
  );
  return output;
}
