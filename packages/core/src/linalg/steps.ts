// Computations that need the elements of tensors on the host: written once, as generators that yield what they want to read,
// and run in two ways. Where a device can be read synchronously a step is an effect, so that a recording does it again when
// it replays; elsewhere it is awaited.

import { outsideAutocast } from '../autocast-mode.ts';
import { track, trackStorages, type Storage } from '../device.ts';
import { effect, freeInternal, isBeforeRecording } from '../dispatch.ts';
import { DeviceError, ValueError } from '../errors.ts';
import { isTensor } from '../is-tensor.ts';
import { hostArray, sizeOf, type DType, type TypedArray } from '../kernel/index.ts';
import { matrixOf, placesOf, whichOf } from './matrices.ts';
import { letGo } from '../ops/scratch.ts';
import { broadcastShapes } from '../shape.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';

/** What is to be read, and what is then done with the elements, each row-major. */
interface Step {
  readonly reads: readonly Tensor[];
  run(data: readonly TypedArray[]): void;
}

/** A computation that is interrupted by steps. */
export type Steps<R> = Generator<Step, R, void>;

/** The computations of functions that `atOnce` made. */
const computations = new WeakMap<object, (...args: never) => Steps<unknown>>();

function cannotRead(op: string, { device }: Tensor): DeviceError {
  return new DeviceError(
    op,
    `it is computed on the host, and the "${device.name}" backend cannot be read synchronously. Use \`await ${op}Async(…)\`.`,
  );
}

/** A computation in steps as a function. It throws DeviceError on a device that can only be read asynchronously. */
export function atOnce<A extends readonly unknown[], R>(
  op: string,
  compute: (...args: A) => Steps<R>,
): (...args: A) => R {
  const run = (...args: A): R => {
    const { result, made } = trackStorages(() =>
      outsideAutocast(() => {
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
      }),
    );
    return handOver(result, made);
  };
  computations.set(run, compute);
  return run;
}

/** A function that `atOnce` made as one for every device. Tensors it is given may be changed in place before it is done. */
export function awaited<A extends readonly unknown[], R>(fn: (...args: A) => R): (...args: A) => Promise<R> {
  return async (...args) => {
    const compute = computations.get(fn) as (...args: A) => Steps<R>;
    const made: Storage[] = [];
    const noting = <T>(part: () => T): T => {
      const { result, made: more } = trackStorages(() => outsideAutocast(part));
      made.push(...more);
      return result;
    };
    const steps = compute(...(noting(() => args.map((x) => (isTensor(x) ? ownCopy(x) : x))) as unknown as A));
    for (;;) {
      const { done, value } = noting(() => steps.next());
      if (done) return handOver(value, made);
      for (const reads of inEachLane(value.reads)) value.run(await Promise.all(reads.map((x) => x.data())));
    }
  };
}

/** A copy that goes when its gradient has passed. */
function ownCopy(x: Tensor): Tensor {
  const copy = x.clone();
  if (copy.requiresGrad) letGo([copy]);
  return copy;
}

/** Frees what was made on the way to a result, unless a gradient may need it. */
function handOver<R>(result: R, made: readonly Storage[]): R {
  const results = isTensor(result) ? [result] : Object.values(result as object).filter(isTensor);
  const isNeeded = results.some((x) => x.requiresGrad);
  const kept = new Set(results.map((x) => x.storage));
  for (const storage of made) {
    if (isNeeded || kept.has(storage)) track([storage]);
    else if (!storage.isDisposed) freeInternal(storage);
  }
  return result;
}

/** Inside `vmap` a step is done for one lane after the other. */
function inEachLane(reads: readonly Tensor[]): (readonly Tensor[])[] {
  const lanes = reads.find((x) => x.storage.lanes)?.storage.lanes;
  return lanes ? lanes.separate(reads).flatMap(inEachLane) : [reads];
}

/** A tensor that a step makes. */
interface Made {
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

/**
 * `computed` for one matrix after the other, of operands whose batches broadcast, as float64 to be worked on. `outputs` are what is
 * made of one; `work` gives their elements.
 */
export function* eachMatrix<const I extends readonly [Tensor, ...Tensor[]], const O extends readonly Made[]>(
  op: string,
  inputs: I,
  outputs: O,
  work: (
    matrices: { readonly [K in keyof I]: Float64Array },
    k: number,
  ) => { readonly [K in keyof O]: ArrayLike<number> },
): Steps<{ readonly [K in keyof O]: Tensor }> {
  const owns = inputs.map((x) => x.shape.slice(0, -2));
  const batch = broadcastShapes(op, owns);
  const sizes = inputs.map((x) => sizeOf(x.shape.slice(-2)));
  const all = outputs.map(({ dtype, shape }) => ({ dtype, shape: [...batch, ...shape] }));
  const made = yield* computed(inputs, all, (data, results) => {
    const places = owns.map((own) => placesOf(own, batch));
    for (let k = 0; k < sizeOf(batch); k++) {
      const matrices = data.map((elements, i) => matrixOf(elements, places[i]?.[k] ?? 0, sizes[i] ?? 0));
      work(matrices as unknown as { [K in keyof I]: Float64Array }, k).forEach((elements, i) => {
        results[i]?.set(elements, k * sizeOf(outputs[i]?.shape ?? []));
      });
    }
  });
  return made as unknown as { [K in keyof O]: Tensor };
}

/**
 * What the elements of a tensor decide beyond values: how often to multiply, which shape to return. A recording keeps that:
 * replayed with elements for which it does not hold, it throws ValueError with `why`.
 */
export function* decided<T>(
  op: string,
  x: Tensor,
  decide: (data: TypedArray) => T,
  [holds, why]: readonly [(recorded: T, now: T) => boolean, string],
): Steps<T> {
  if (x.storage.lanes) throw x.storage.lanes.cannotRead();
  const found: T[] = [];
  yield {
    reads: [x.detach()],
    run([data = hostArray(x.dtype, 0)]) {
      found.push(decide(data));
      if (found.length > 1 && !holds(found[0] as T, found.pop() as T)) throw notAsRecorded(op, why);
    },
  };
  return found[0] as T;
}

/** Throws what `failure` says of the first matrix of a batch whose `info` is not 0. */
export function* checkInfo(
  batch: readonly number[],
  info: Tensor,
  failure: (which: string, found: number) => Error,
): Steps<void> {
  yield {
    reads: [info],
    run([found = []]) {
      const k = found.findIndex((n) => n !== 0);
      if (k >= 0) throw failure(whichOf(batch, k), found[k] ?? 0);
    },
  };
}

/** The error for a recording that is replayed where it does not hold. */
export function notAsRecorded(op: string, why: string): ValueError {
  return new ValueError(op, `${why}. Record it anew.`);
}
