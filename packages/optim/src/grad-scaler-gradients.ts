// Dividing gradients by the scale of the loss that they come from, and counting what is not finite on the way.

import { loopOp, runLoop, show, ValueError, zeros, type Device, type Tensor } from '@rushlight/core';
import { abs } from '@rushlight/core/kernel';

/** What a scaler asks of an optimizer. */
export interface ScaledOptimizer {
  readonly paramGroups: readonly { readonly params: readonly Tensor[] }[];
  step(): unknown;
}

const unscaleOp = loopOp('unscale_', (k) => {
  const grad = k.input(0);
  k.perElement(grad.mul(k.scalar(grad.dtype)));
  k.perRow(k.sum(abs(grad).lt(Infinity).not().cast('int32')));
});

/** The gradients of an optimizer's parameters. Throws ValueError where one is float16. */
export function gradientsByDevice({ paramGroups }: ScaledOptimizer): Map<Device, Tensor[]> {
  const found = new Map<Device, Tensor[]>();
  for (const { ownGrad: grad, device } of paramGroups.flatMap(({ params }) => params)) {
    if (!grad) continue;
    if (grad.dtype === 'float16') {
      throw new ValueError(
        'unscale_',
        `a gradient of shape ${show(grad.shape)} is float16. Keep the parameters float32: autocast converts them where it is good for speed.`,
      );
    }
    const known = found.get(device);
    if (known) known.push(grad.detach());
    else found.set(device, [grad.detach()]);
  }
  return found;
}

/** Multiplies gradients in place. Gives how many of their elements were not finite. */
export function unscaleAll(device: Device, grads: readonly Tensor[], factor: () => number): Tensor {
  const counts = zeros([grads.length], { dtype: 'int32', device });
  grads.forEach((grad, k) => {
    const columns = grad.shape.map((_, d) => d);
    runLoop(unscaleOp([grad]), [grad], {
      inplace: [grad],
      out: [undefined, counts.select(0, k)],
      columns,
      scalars: [factor],
    });
  });
  return counts.sum();
}
