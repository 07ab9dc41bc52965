// Tensors of a layer that does not know its sizes yet. They have a dtype and a device, no elements, and become parameters and
// buffers, the same objects, when the sizes are known.

import { empty, Tensor, ValueError, type Device, type DType } from '@rushlight/core';
import { lazyMark } from './is-lazy.ts';
import { Parameter, type ParameterOptions } from './parameter.ts';

export interface UninitializedOptions {
  readonly device?: Device | string;
  /** Default: the one of `setDefaultDtype`. */
  readonly dtype?: DType;
}

/** A tensor of no elements, as what cannot be asked for its shape is kept. */
const blank = ({ device, dtype }: UninitializedOptions): Tensor =>
  empty([0], { ...(device && { device }), ...(dtype && { dtype }) });

/** Whoever asks for a shape is told that there is none, or an op would take it for a tensor of no elements. */
function hideShape(tensor: Tensor): void {
  const get = (): never => {
    throw new ValueError(
      tensor.constructor.name,
      'it has no shape yet: it belongs to a lazy layer, which learns it from its first input. Call the model once before.',
    );
  };
  Object.defineProperty(tensor, 'shape', { get, enumerable: false });
}

/** Gives an uninitialized tensor memory and the class that it stands for. */
function become(tensor: Tensor, prototype: Tensor, shape: readonly number[]): void {
  const { dtype, device, requiresGrad } = tensor;
  const made = empty(shape, { dtype, device });
  Object.defineProperty(tensor, 'shape', { value: made.shape, enumerable: true, writable: true });
  Object.assign(tensor, { storage: made.storage, strides: made.strides, offset: made.offset, autograd: undefined });
  Object.setPrototypeOf(tensor, prototype);
  if (requiresGrad) tensor.requiresGrad_();
}

/**
 * A parameter whose shape is not known yet. Its layer can be moved and converted, but it holds nothing, and asking for its shape,
 * as every operation does, throws ValueError; `materialize` makes it a Parameter, the same object.
 * torch.nn.parameter.UninitializedParameter
 */
export class UninitializedParameter extends Parameter {
  constructor({ requiresGrad = true, ...options }: ParameterOptions & UninitializedOptions = {}) {
    super(blank(options), { requiresGrad });
    hideShape(this);
  }

  get [lazyMark](): true {
    return true;
  }

  /** Itself: there is no memory that another could share. */
  override detach(): Tensor {
    return this;
  }

  override toString(): string {
    return `<${this.constructor.name}>`;
  }

  /** Gives it a shape. Its elements are whatever was in memory. torch.nn.parameter.UninitializedParameter.materialize */
  materialize(shape: readonly number[]): void {
    become(this, Parameter.prototype, shape);
  }
}

/**
 * A buffer whose shape is not known yet, like UninitializedParameter; `materialize` makes it a tensor.
 * torch.nn.parameter.UninitializedBuffer
 */
export class UninitializedBuffer extends Tensor {
  constructor(options: UninitializedOptions = {}) {
    const { storage, shape, strides, offset } = blank(options);
    super(storage, shape, strides, offset);
    hideShape(this);
  }

  get [lazyMark](): true {
    return true;
  }

  /** Itself: there is no memory that another could share. */
  override detach(): Tensor {
    return this;
  }

  override toString(): string {
    return `<${this.constructor.name}>`;
  }

  /** Gives it a shape. Its elements are whatever was in memory. torch.nn.parameter.UninitializedBuffer.materialize */
  materialize(shape: readonly number[]): void {
    become(this, Tensor.prototype, shape);
  }
}
