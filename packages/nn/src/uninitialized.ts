// Tensors of a layer that does not know its sizes yet. They have a dtype and a device, no elements, and become parameters and
// buffers, the same objects, when the sizes are known.

import { empty, Tensor, type Device, type DType } from '@rushlight/core';
import { lazyMark } from './is-lazy.ts';
import { Parameter, type ParameterOptions } from './parameter.ts';

export interface UninitializedOptions {
  readonly device?: Device | string;
  /** Default float32. */
  readonly dtype?: DType;
}

const blank = ({ device, dtype }: UninitializedOptions): Tensor =>
  empty([0], { ...(device && { device }), ...(dtype && { dtype }) });

/** Gives an uninitialized tensor memory and the class that it stands for. */
function become(tensor: Tensor, prototype: Tensor, shape: readonly number[]): void {
  const { dtype, device, requiresGrad } = tensor;
  const made = empty(shape, { dtype, device });
  Object.assign(tensor, { storage: made.storage, shape: made.shape, strides: made.strides, offset: made.offset });
  tensor.autograd = undefined;
  Object.setPrototypeOf(tensor, prototype);
  if (requiresGrad) tensor.requiresGrad_();
}

/**
 * A parameter whose shape is not known yet. It can be moved and converted, but holds nothing; `materialize` makes it a Parameter,
 * the same object. torch.nn.parameter.UninitializedParameter
 */
export class UninitializedParameter extends Parameter {
  constructor({ requiresGrad = true, ...options }: ParameterOptions & UninitializedOptions = {}) {
    super(blank(options), { requiresGrad });
  }

  get [lazyMark](): true {
    return true;
  }

  /** Itself: there is no memory that another could share. */
  override detach(): Tensor {
    return this;
  }

  /** Gives it a shape. Its elements are whatever was in memory. torch.nn.parameter.UninitializedParameter.materialize */
  materialize(shape: readonly number[]): void {
    become(this, Parameter.prototype, shape);
  }
}

/** A buffer whose shape is not known yet; `materialize` makes it a tensor. torch.nn.parameter.UninitializedBuffer */
export class UninitializedBuffer extends Tensor {
  constructor(options: UninitializedOptions = {}) {
    const { storage, shape, strides, offset } = blank(options);
    super(storage, shape, strides, offset);
  }

  get [lazyMark](): true {
    return true;
  }

  /** Itself: there is no memory that another could share. */
  override detach(): Tensor {
    return this;
  }

  /** Gives it a shape. Its elements are whatever was in memory. torch.nn.parameter.UninitializedBuffer.materialize */
  materialize(shape: readonly number[]): void {
    become(this, Tensor.prototype, shape);
  }
}
