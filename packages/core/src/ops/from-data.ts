// Tensors from what is there already: other tensors, buffers, single values; and with strides of one's own.

import { full, tensor, type Nested, type TensorOptions } from '../creation.ts';
import { findDevice } from '../device.ts';
import { getDefaultDtype } from '../default-dtype.ts';
import { DeviceError, ShapeError, show, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { describe, isDType, type DType } from '../kernel/index.ts';
import { newTensor } from '../new-tensor.ts';
import { checkShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { toDType } from './cast.ts';
import { clone } from './copy.ts';
import { asStrided } from './view.ts';

function onDevice(op: string, x: Tensor, device: TensorOptions['device']): Tensor {
  if (device === undefined || findDevice(device) === x.device) return x;
  const name = findDevice(device).name;
  throw new DeviceError(
    op,
    `the tensor is on "${x.device.name}", "${name}" is asked for. Move it with \`await t.to("${name}")\`.`,
  );
}

/**
 * Tensors as they are, in another dtype where one is asked for; anything else as by `tensor`. Throws DeviceError for a tensor
 * on another device. torch.as_tensor
 */
export function asTensor(
  data: Tensor | Nested | ArrayBufferView,
  options: Omit<TensorOptions, 'requiresGrad'> = {},
): Tensor {
  if (!isTensor(data)) return tensor(data, options);
  const x = onDevice('asTensor', data, options.device);
  return options.dtype === undefined ? x : toDType(x, options.dtype);
}

export interface AsarrayOptions extends TensorOptions {
  /** true: always a copy; false: throw where one is needed; absent: only where one is needed. */
  readonly copy?: boolean | undefined;
}

/**
 * As `asTensor`, without the history of a tensor unless `requiresGrad`. Throws ValueError where `copy` is false and a copy is
 * needed, which host data always is. torch.asarray
 */
export function asarray(data: Tensor | Nested | ArrayBufferView, options: AsarrayOptions = {}): Tensor {
  const { copy, requiresGrad = false, ...rest } = options;
  const converts = !isTensor(data) || (rest.dtype !== undefined && rest.dtype !== data.dtype);
  if (copy === false && converts)
    throw new ValueError(
      'asarray',
      'the data cannot be used without a copy. Leave `copy` out, or give a tensor of that dtype.',
    );
  const x = asTensor(data, rest);
  const made = copy === true && x === data ? clone(x) : x;
  if (requiresGrad) return made.requiresGrad ? made : made.detach().requiresGrad_();
  return made.requiresGrad ? made.detach() : made;
}

/** A 0-dim tensor of a value. torch.scalar_tensor */
export function scalarTensor(value: number | boolean, options: TensorOptions = {}): Tensor {
  return full([], value, { ...options, dtype: options.dtype ?? getDefaultDtype() });
}

export interface FrombufferOptions {
  readonly dtype: DType;
  /** How many elements to read; −1, the default, means all that follow. */
  readonly count?: number;
  /** How many bytes to skip. Default 0. */
  readonly offset?: number;
  readonly device?: TensorOptions['device'];
  readonly requiresGrad?: boolean;
}

/**
 * A vector of the elements that the bytes of a buffer hold, in the order of this machine. The bytes are copied. Throws
 * ValueError where the buffer does not hold them. torch.frombuffer
 */
export function frombuffer(buffer: ArrayBufferLike | ArrayBufferView, options: FrombufferOptions): Tensor {
  const { dtype, count = -1, offset = 0, device, requiresGrad = false } = options;
  if (!isDType(dtype))
    throw new ValueError('frombuffer', `there is no dtype "${String(dtype)}". Name one, as 'float32'.`);
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  const { array, bits } = describe(dtype);
  const size = Math.ceil(bits / 8);
  const rest = bytes.length - offset;
  const length = count < 0 ? rest / size : count;
  if (
    !Number.isInteger(offset) ||
    offset < 0 ||
    rest <= 0 ||
    !Number.isInteger(length) ||
    length < 1 ||
    length * size > rest
  ) {
    throw new ValueError(
      'frombuffer',
      `${count < 0 ? 'all' : count} elements of ${dtype} from byte ${offset} on do not fit a buffer of ${bytes.length} bytes. Use a count and an offset within it.`,
    );
  }
  const copied = bytes.slice(offset, offset + length * size);
  const made = newTensor(findDevice(device), dtype, [length]);
  made.device.backend.write(made.device.resolve(made.storage), new array(copied.buffer, 0, length));
  return requiresGrad ? made.requiresGrad_() : made;
}

/** Contents undefined, walked by given strides. Throws ShapeError unless there is a stride per dim. torch.empty_strided */
export function emptyStrided(
  shape: readonly number[],
  strides: readonly number[],
  options: TensorOptions = {},
): Tensor {
  checkShape('emptyStrided', shape);
  checkShape('emptyStrided', strides);
  if (shape.length !== strides.length)
    throw new ShapeError(
      'emptyStrided',
      `shape ${show(shape)} and strides ${show(strides)} differ in length. Give one stride per dim.`,
    );
  const isEmpty = shape.includes(0);
  const length = isEmpty ? 0 : shape.reduce((last, n, d) => last + (n - 1) * (strides[d] ?? 0), 0) + 1;
  const memory = newTensor(findDevice(options.device), options.dtype ?? getDefaultDtype(), [length]);
  const made = asStrided(memory, shape, strides, 0);
  return options.requiresGrad ? made.requiresGrad_() : made;
}
