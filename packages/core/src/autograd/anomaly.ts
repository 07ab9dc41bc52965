// Anomaly detection: the first backward that makes a NaN is named, with the place where its operation was called.

import { AutogradError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import type { Node } from './node.ts';

/** Fails if a gradient holds NaN: at once where the device can be read so, at the next await elsewhere. */
export function findAnomaly(node: Node, input: number, grad: Tensor): void {
  grad.refuseNaN(
    () =>
      new AutogradError(
        node.name,
        `its backward returned NaN in the gradient of input ${input}. The operation was called here:\n${node.calledAt ?? '(before setDetectAnomaly(true))'}`,
      ),
  );
}
