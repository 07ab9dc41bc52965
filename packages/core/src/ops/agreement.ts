// Whether two tensors agree, as one answer on the host.

import type { Tensor } from '../tensor.ts';
import { sameShape } from '../shape.ts';
import { tidy } from '../tidy.ts';
import { letGo } from './scratch.ts';
import { isclose } from './special.ts';

export interface AllcloseOptions {
  readonly rtol?: number;
  readonly atol?: number;
  readonly equalNan?: boolean;
}

/** Whether one element is not 0, once it is read. It is freed. */
async function holds(make: () => Tensor): Promise<boolean> {
  const one = tidy(make);
  try {
    return (await one.item()) !== 0;
  } finally {
    letGo([one]);
  }
}

/**
 * Whether |x − y| ≤ atol + rtol·|y| for all elements, broadcast. Throws DeviceError on a device that can only be read
 * asynchronously. torch.allclose
 */
export function allclose(x: Tensor, y: Tensor, options: AllcloseOptions = {}): boolean {
  return tidy(() => isclose(x.detach(), y.detach(), options).all().itemSync()) !== 0;
}

/** `allclose` on every device. */
export async function allcloseAsync(x: Tensor, y: Tensor, options: AllcloseOptions = {}): Promise<boolean> {
  return holds(() => isclose(x.detach(), y.detach(), options).all());
}

/** Whether shapes and all elements are equal. Throws DeviceError on a device that can only be read asynchronously. torch.equal */
export function equal(x: Tensor, y: Tensor): boolean {
  return sameShape(x.shape, y.shape) && tidy(() => x.detach().eq(y.detach()).all().itemSync()) !== 0;
}

/** `equal` on every device. */
export async function equalAsync(x: Tensor, y: Tensor): Promise<boolean> {
  return sameShape(x.shape, y.shape) && holds(() => x.detach().eq(y.detach()).all());
}
