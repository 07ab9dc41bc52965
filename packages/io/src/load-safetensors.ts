import { DeviceError, empty, findDevice, show, type Device, type Tensor } from '@rushlight/core';
import { FormatError } from './format-error.ts';
import { parseHeader, type ReadSafetensorsOptions, type StoredTensor } from './safetensors-header.ts';
import { decoders } from './stored-dtype.ts';

const op = 'loadSafetensors';

/** How a file is loaded. */
export interface LoadSafetensorsOptions extends ReadSafetensorsOptions {
  /** Where the tensors shall live. Default: the backend in use. */
  readonly device?: Device | string;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** By name, in the order of the header. */
  readonly tensors: Record<string, Tensor>;
  /** Texts by name, of whoever wrote the file. Empty where there are none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The tensors of a safetensors file. F64, F32, F16, I32, U8 and BOOL become the dtype of that name; BF16, F8_E4M3 and F8_E5M2
 * float32; I8, I16, U16, U32, I64 and U64 int32. All are exact. The tensors share no memory with `bytes`.
 *
 * Throws FormatError for a file that is damaged in any way (as the reference implementation, and where a name comes twice), for an
 * integer that int32 does not hold, and for other dtypes; DeviceError for a dtype that the device lacks; TypeError for what is no Uint8Array.
 * https://github.com/huggingface/safetensors#format
 *
 * @example
 * const { tensors } = loadSafetensors(new Uint8Array(await (await fetch('model.safetensors')).arrayBuffer()));
 * model.loadStateDict(tensors);
 */
export function loadSafetensors(
  bytes: Uint8Array,
  { name = 'the data', ...options }: LoadSafetensorsOptions = {},
): Safetensors {
  const device = findDevice(options.device);
  const header = parseHeader(op, name, bytes);
  if (bytes.length !== header.fileBytes) {
    const wrong = bytes.length < header.fileBytes ? 'is cut short' : 'is too long';
    throw new FormatError(
      op,
      `${name} ${wrong}: its header tells of ${header.fileBytes} bytes, there are ${bytes.length}. Get the file anew.`,
    );
  }
  const loaded: [string, Tensor][] = [];
  try {
    for (const [key, stored] of Object.entries(header.tensors)) {
      loaded.push([key, loadOne(bytes, key, stored, { name, device })]);
    }
  } catch (error) {
    for (const [, tensor] of loaded) tensor.dispose();
    throw error;
  }
  return { tensors: Object.fromEntries(loaded), metadata: header.metadata };
}

function loadOne(
  bytes: Uint8Array,
  key: string,
  { dtype: stored, shape, bytes: [start, end] }: StoredTensor,
  { name, device }: { readonly name: string; readonly device: Device },
): Tensor {
  const what = `the tensor ${JSON.stringify(key)} of ${name}`;
  const decoder = decoders[stored];
  if (!decoder) {
    const known = Object.keys(decoders).join(', ');
    throw new FormatError(op, `${what} is ${stored}, which no dtype here holds. Convert it to one of ${known}.`);
  }
  const { dtype } = decoder;
  if (!device.backend.limits.dtypes.includes(dtype)) {
    throw new DeviceError(
      op,
      `${what} is ${stored}, and the "${device.name}" backend has no ${dtype}. Load it on another device, or convert the file.`,
    );
  }
  const data = decoder.decode(bytes.subarray(start, end));
  if ('position' in data) {
    throw new FormatError(
      op,
      `${what} has shape ${show(shape)} and the ${stored} value ${data.value} at position ${data.position}, which int32 does not hold. Convert it to a float.`,
    );
  }
  const made = empty(shape, { dtype, device });
  if (data.length > 0) device.backend.write(device.resolve(made.storage), data);
  return made;
}
