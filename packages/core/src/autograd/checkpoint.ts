// Trading time for memory: a part of the model keeps only its inputs and runs again when its gradient is asked for.

import { autocasting, withAutocast } from '../autocast-mode.ts';
import { effect } from '../dispatch.ts';
import { AutogradError } from '../errors.ts';
import { enableGrad, noGrad } from '../grad-mode.ts';
import { isTensor } from '../is-tensor.ts';
import { getRngState, setRngState } from '../random/default-generator.ts';
import type { Tensor } from '../tensor.ts';
import { runBackward } from './engine.ts';
import { needsGraph, recordNode } from './state.ts';

/**
 * Runs `fn` without keeping what its gradient needs; backward runs it again, from the same state of the default generator, so that dropout keeps its masks.
 * One of the tensors among the arguments must require grad, else nothing is recorded. Throws AutogradError where its gradient is asked for by
 * `grad()` or with `createGraph`. torch.utils.checkpoint.checkpoint
 */
export function checkpoint<A extends readonly unknown[]>(fn: (...args: A) => Tensor, ...args: A): Tensor {
  const inputs = args.filter(isTensor);
  let before: Uint8Array = new Uint8Array();
  effect(() => void (before = getRngState()));
  const mode = autocasting();
  const made = noGrad(() => fn(...args));
  if (!needsGraph(inputs)) return made;
  // What comes back as it went in must not become its own result.
  const output = inputs.includes(made) ? made.detach() : made;
  recordNode(
    'Checkpoint',
    inputs,
    [output],
    ([grad], context) => {
      if (!grad) return [];
      if (context.createGraph || !context.intoLeaves) {
        throw new AutogradError(
          'checkpoint',
          'its gradient goes into the .grad of leaves and has no graph. Call backward() without createGraph, or do without checkpoint.',
        );
      }
      let slot = 0;
      const leaves = inputs.map((_, k) => {
        const x = context.saved(k);
        return x.requiresGrad ? x.detach().requiresGrad_() : x.detach();
      });
      const again = args.map((arg) => (isTensor(arg) ? leaves[slot++] : arg)) as unknown as A;
      const result = withRngState(
        () => before,
        () => withAutocast(mode, () => enableGrad(() => fn(...again))),
      );
      if (result.requiresGrad) runBackward([result], [grad], { createGraph: false, retainGraph: false });
      return leaves.map((x) => x.grad ?? undefined);
    },
    { saved: inputs, isCustom: true },
  );
  return output;
}

/** Runs `fn` with the default generator in a state of its own, which is asked for anew when a recording replays. */
function withRngState<T>(state: () => Uint8Array, fn: () => T): T {
  let after: Uint8Array = new Uint8Array();
  effect(() => {
    after = getRngState();
    setRngState(state());
  });
  try {
    return fn();
  } finally {
    effect(() => setRngState(after));
  }
}
