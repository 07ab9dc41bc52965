// Operations that compute their gradient along with their result, in the same pass over memory: backward has it at hand,
// and where it begins with 1, as `loss.backward()` does, hands it on as it is.

import { loopOp, runLoop } from '../ops/loop.ts';
import { select } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { runBackward } from './engine.ts';
import type { BackwardContext, Gradient } from './node.ts';
import { edgeOf, recordNode } from './state.ts';

export interface ReadyGradient {
  /** The gradient of input 0 where that of the output is 1 everywhere. Nobody else may know it. */
  readonly ready: Tensor;
  /** The dim of input 0 that the output lacks, where that is not a scalar: each element stands for what lies along it. */
  readonly dim?: number;
  /** The same output by recorded operations, for gradients that are differentiated themselves. */
  readonly again: (inputs: readonly Tensor[]) => Tensor;
}

// What has no gradient has none whatever comes in: a row that counts for nothing is no NaN times 0.
const scaleOp = loopOp('scaleGradient', (k) => {
  const ready = k.input(0);
  k.perElement(select(ready.eq(0), ready, ready.mul(k.input(1))));
});

/** Records that `output` was made from `inputs`, of which the first alone has a gradient. Call where that requires grad. */
export function recordReady(
  name: string,
  inputs: readonly Tensor[],
  output: Tensor,
  { ready, dim, again }: ReadyGradient,
): void {
  const at = inputs.length;
  const node = recordNode(
    name,
    inputs,
    [output],
    ([grad], context) => {
      if (!grad) return [];
      if (context.createGraph) return throughGraph(again, inputs.map((_, k) => context.saved(k)), grad); // prettier-ignore
      return [scaled(context, at, grad.ndim > 0 && dim !== undefined ? grad.unsqueeze(dim) : grad)];
    },
    { saved: inputs },
  );
  node.save(ready, true);
}

function throughGraph(
  again: ReadyGradient['again'],
  [x, ...rest]: readonly Tensor[],
  grad: Tensor,
): readonly Gradient[] {
  // A view of its own, since hooks of x are called where this gradient arrives.
  const alias = x?.view(x.shape);
  if (!alias?.requiresGrad) return [];
  return runBackward([again([alias, ...rest])], [grad], { createGraph: true, retainGraph: true, wanted: [edgeOf(alias)] }); // prettier-ignore
}

function scaled(context: BackwardContext, at: number, grad: Tensor): Gradient {
  const own = context.take(at);
  if (context.isOne) return own ?? context.saved(at).clone();
  const inputs = [own ?? context.saved(at), grad];
  return runLoop(scaleOp(inputs), inputs, own ? { inplace: [own] } : {})[0];
}
