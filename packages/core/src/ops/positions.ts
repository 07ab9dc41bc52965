// Finding out on the host where a tensor is not 0.

import { effect, freeInternal, isBeforeRecording } from '../dispatch.ts';
import { DeviceError, ValueError } from '../errors.ts';
import { sizeOf, type TypedArray } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';

/** As bool, so that NaN counts and −0 does not. */
const truth = (x: Tensor): Tensor => (x.dtype === 'bool' ? x.detach() : x.detach().ne(0));

/** Where there is something, row-major. */
function found(data: TypedArray): number[] {
  const list: number[] = [];
  for (let k = 0; k < data.length; k++) if (data[k]) list.push(k);
  return list;
}

/** Writes row-major positions in `shape` into an [n, rank] int32 tensor. */
function place(made: Tensor, shape: readonly number[], list: readonly number[]): void {
  const rank = shape.length;
  const flat = new Int32Array(list.length * rank);
  list.forEach((position, row) => {
    let rest = position;
    for (let d = rank - 1; d >= 0; d--) {
      const n = shape[d] ?? 1;
      flat[row * rank + d] = rest % n;
      rest = Math.floor(rest / n);
    }
  });
  const { device, storage } = made;
  if (sizeOf(made.shape) > 0) device.backend.write(device.resolve(storage), flat);
}

const listOf = ({ device, shape }: Tensor, { length }: readonly number[]): Tensor =>
  makeTensor(device, 'int32', [length, shape.length]);

/** Frees what `truth` made, if it did. */
function release(where: Tensor, x: Tensor): void {
  if (where.storage !== x.storage) freeInternal(where.storage);
}

/**
 * Where `x` is not 0, as [n, rank] int32. Throws DeviceError where the device cannot be read at once. A recording finds them
 * anew, and throws ValueError where they have become more or fewer.
 */
export function positions(op: string, x: Tensor): Tensor {
  if (!x.device.backend.readSync) {
    const awaited = op.replace(/_?$/, (end) => `Async${end}`);
    throw new DeviceError(
      op,
      `the shape of its result depends on data, and the "${x.device.name}" backend cannot be read synchronously. Use \`await ${awaited}(…)\`.`,
    );
  }
  const where = truth(x);
  const list = found(where.dataSync());
  const made = listOf(x, list);
  for (const { storage } of [where, made]) if (isBeforeRecording(storage)) storage.isRecorded = true;
  let now: readonly number[] | undefined = list;
  effect(() => {
    now ??= found(where.dataSync());
    if (now.length !== made.shape[0])
      throw new ValueError(
        op,
        `it found ${made.shape[0]} when it was recorded, now there are ${now.length}. Record it anew.`,
      );
    place(made, x.shape, now);
    now = undefined;
  });
  release(where, x);
  return made;
}

/** The same, awaited, on every device. */
export async function positionsAsync(x: Tensor): Promise<Tensor> {
  const where = truth(x);
  const list = found(await where.data());
  release(where, x);
  const made = listOf(x, list);
  place(made, x.shape, list);
  return made;
}
