// Finding out on the host where a tensor is not 0.

import { DeviceError } from '../errors.ts';
import { sizeOf, type TypedArray } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { tidy } from '../tidy.ts';

/** As bool, so that NaN counts and −0 does not. */
const truth = (x: Tensor): Tensor => (x.dtype === 'bool' ? x.detach() : x.detach().ne(0));

/** The positions of what is true, row-major, as an [n, rank] int32 tensor beside `x`. */
function list(x: Tensor, data: TypedArray): Tensor {
  const rank = x.shape.length;
  const found: number[] = [];
  for (let k = 0; k < data.length; k++) if (data[k]) found.push(k);
  const flat = new Int32Array(found.length * rank);
  found.forEach((position, row) => {
    let rest = position;
    for (let d = rank - 1; d >= 0; d--) {
      const n = x.shape[d] ?? 1;
      flat[row * rank + d] = rest % n;
      rest = Math.floor(rest / n);
    }
  });
  const made = makeTensor(x.device, 'int32', [found.length, rank]);
  if (sizeOf(made.shape) > 0) x.device.backend.write(x.device.resolve(made.storage), flat);
  return made;
}

/** Where `x` is not 0, as [n, rank] int32. Throws DeviceError where the device cannot be read at once. */
export function positions(op: string, x: Tensor): Tensor {
  if (!x.device.backend.readSync) {
    const awaited = op.replace(/_?$/, (end) => `Async${end}`);
    throw new DeviceError(
      op,
      `the shape of its result depends on data, and the "${x.device.name}" backend cannot be read synchronously. Use \`await ${awaited}(…)\`.`,
    );
  }
  return list(
    x,
    tidy(() => truth(x).dataSync()),
  );
}

/** The same, awaited, on every device. */
export async function positionsAsync(x: Tensor): Promise<Tensor> {
  return list(x, await truth(x).data());
}
