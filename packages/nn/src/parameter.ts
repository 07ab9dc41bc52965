// A parameter is a tensor that a module shows to optimizers: the class is the mark.

import { Tensor } from '@rushlight/core';

export interface ParameterOptions {
  /** Whether backward computes its gradient. Default true. */
  readonly requiresGrad?: boolean;
}

/**
 * A leaf tensor that is found among a module's `parameters()` when a field of the module holds it. Shares the memory of
 * `data`. Throws DTypeError for integers, unless `requiresGrad` is false. torch.nn.parameter.Parameter
 *
 * @example
 * class Scale extends nn.Module {
 *   factor = new nn.Parameter(ones([3]));
 *   forward(x: Tensor) { return x.mul(this.factor); }
 * }
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, { requiresGrad = true }: ParameterOptions = {}) {
    super(data.storage, data.shape, data.strides, data.offset);
    this.requiresGrad_(requiresGrad);
  }
}

/** Gives a parameter other memory, of another dtype or device. It stays the same object, so optimizers keep knowing it. */
export function setData(parameter: Parameter, { storage, shape, strides, offset }: Tensor): void {
  if (storage === parameter.storage) return;
  const { requiresGrad } = parameter;
  // What the graph knows of it belongs to the old dtype and device.
  Object.assign(parameter, { storage, shape, strides, offset, autograd: undefined });
  parameter.requiresGrad_(requiresGrad);
}
