// Computations that need the elements of tensors on the host: written once, as generators that yield what they want to read,
// and run in two ways. Where a device can be read synchronously a step is an effect, so that a recording does it again when
// it replays; elsewhere it is awaited.

import { effect, isBeforeRecording } from '../dispatch.ts';
import { DeviceError } from '../errors.ts';
import { hostArray, sizeOf, type DType, type TypedArray } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';

/** What is to be read, and what is then done with the elements, each row-major. */
interface Step {
  readonly reads: readonly Tensor[];
  run(data: readonly TypedArray[]): void;
}

/** A computation that is interrupted by steps. */
export type Steps<R> = Generator<Step, R, void>;

/** One function in its two forms. */
export interface BothForms<A extends readonly unknown[], R> {
  /** At once. Throws DeviceError on a device that can only be read asynchronously. */
  readonly now: (...args: A) => R;
  /** On every device. */
  readonly later: (...args: A) => Promise<R>;
}

function cannotRead(op: string, { device }: Tensor): DeviceError {
  return new DeviceError(
    op,
    `it is computed on the host, and the "${device.name}" backend cannot be read synchronously. Use \`await ${op}Async(…)\`.`,
  );
}

/** The two forms of a computation in steps. */
export function bothForms<A extends readonly unknown[], R>(
  op: string,
  compute: (...args: A) => Steps<R>,
): BothForms<A, R> {
  return {
    now(...args) {
      const steps = compute(...args);
      for (;;) {
        const { done, value } = steps.next();
        if (done) return value;
        for (const reads of inEachLane(value.reads)) {
          for (const x of reads) {
            if (!x.device.backend.readSync) throw cannotRead(op, x);
            if (isBeforeRecording(x.storage)) x.storage.isRecorded = true;
          }
          effect(() => value.run(reads.map((x) => x.dataSync())));
        }
      }
    },
    async later(...args) {
      const steps = compute(...args);
      for (;;) {
        const { done, value } = steps.next();
        if (done) return value;
        for (const reads of inEachLane(value.reads)) value.run(await Promise.all(reads.map((x) => x.data())));
      }
    },
  };
}

/** Inside `vmap` a step is done for one lane after the other. */
function inEachLane(reads: readonly Tensor[]): (readonly Tensor[])[] {
  const lanes = reads.find((x) => x.storage.lanes)?.storage.lanes;
  return lanes ? lanes.separate(reads).flatMap(inEachLane) : [reads];
}

/** A tensor that a step makes. */
export interface Made {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Reads tensors of one device and makes others beside them: `fill` writes their elements, row-major, zero before. */
export function* computed(
  inputs: readonly [Tensor, ...Tensor[]],
  outputs: readonly Made[],
  fill: (data: readonly TypedArray[], results: readonly TypedArray[]) => void,
): Steps<Tensor[]> {
  const lanes = inputs.find((x) => x.storage.lanes)?.storage.lanes;
  if (lanes) {
    const results: Tensor[][] = [];
    for (const part of lanes.separate(inputs)) results.push(yield* computed(part, outputs, fill));
    return outputs.map((output, k) => lanes.unite(inputs[0], output, results.map((all) => all[k] as Tensor))); // prettier-ignore
  }
  const { device } = inputs[0];
  const made = outputs.map(({ dtype, shape }) => makeTensor(device, dtype, shape));
  // A recording writes them anew at each replay: they must stay.
  for (const x of made) if (isBeforeRecording(x.storage)) x.storage.isRecorded = true;
  yield {
    reads: inputs.map((x) => x.detach()),
    run(data) {
      const results = outputs.map(({ dtype, shape }) => hostArray(dtype, sizeOf(shape)));
      fill(data, results);
      made.forEach(({ storage }, k) => {
        const result = results[k];
        if (result && result.length > 0) device.backend.write(device.resolve(storage), result);
      });
    },
  };
  return made;
}

/** The elements of a tensor, for what depends on them beyond values: how often to multiply, which shape to return. */
export function* elements(x: Tensor): Steps<TypedArray> {
  if (x.storage.lanes) throw x.storage.lanes.cannotRead();
  let read: TypedArray = hostArray(x.dtype, 0);
  yield {
    reads: [x.detach()],
    run(data) {
      read = data[0] ?? read;
    },
  };
  return read;
}
