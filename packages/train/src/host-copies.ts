// Tensors that a run needs beside what is in its checkpoints, copied to the host: should their device be lost, they are put onto another
// one and stay the same objects, so that layers, optimizers and data sets keep knowing them.

import {
  devices,
  empty,
  isTensor,
  noGrad,
  untracked,
  type Device,
  type Tensor,
  type TypedArray,
} from '@rushlight/core';
import { isLazy, Module } from '@rushlight/nn';
import type { TrainerOptions } from './trainer-options.ts';

type Storage = Tensor['storage'];

/** All of a storage, as it was when it had a version. */
interface HostCopy {
  readonly storage: Storage;
  readonly version: number;
  readonly data: TypedArray;
}

/** Tensors, and what they are views of. */
export type HostCopies = ReadonlyMap<Tensor, HostCopy>;

/** So deep, and among so many objects, tensors are looked for in a data set: in its fields, in what is there, and so on. */
const [deepest, mostObjects] = [4, 10_000];

/** Parameters and buffers of a model that its state dict has: a checkpoint holds them. */
function savedIn(model: Module): Set<Storage> {
  return new Set(Object.values(model.stateDict()).map(({ storage }) => storage));
}

const stateOf = (module: Module): Tensor[] => [...module.parameters(), ...module.buffers()];

/** The fields of an object, or items of an array; nothing that would have to be computed. */
function fieldsOf(x: object): unknown[] {
  if (Array.isArray(x)) return typeof x[0] === 'object' ? x : [];
  if (ArrayBuffer.isView(x)) return [];
  return Object.values(Object.getOwnPropertyDescriptors(x)).map(({ value }): unknown => value);
}

/** The tensors in the public fields of data sets, of those that they are made of, and of transforms. */
function tensorsWithin(roots: readonly unknown[]): Set<Tensor> {
  const found = new Set<Tensor>();
  const seen = new Set<object>();
  let level = roots;
  for (let depth = 0; depth <= deepest; depth++) {
    const next: unknown[] = [];
    for (const x of level) {
      if (isTensor(x)) found.add(x);
      else if (x instanceof Module) for (const own of stateOf(x)) found.add(own);
      else if (typeof x === 'object' && x !== null && !seen.has(x) && seen.size < mostObjects) {
        seen.add(x);
        for (const field of fieldsOf(x)) next.push(field);
      }
    }
    level = next;
  }
  return found;
}

/** What a checkpoint of the run does not hold: buffers that are not persistent, what the criterion and the optimizer have, data. */
function others({ model, criterion, optimizer, trainLoader, evalLoader }: TrainerOptions): Tensor[] {
  const saved = savedIn(model);
  const given = optimizer.paramGroups.flatMap(({ params }) => params);
  const data = tensorsWithin([trainLoader.dataset, evalLoader?.dataset]);
  const all = [...stateOf(model), ...given, ...(criterion instanceof Module ? stateOf(criterion) : []), ...data];
  return [...new Set(all)].filter((x) => !isLazy(x) && !saved.has(x.storage));
}

/** Copies to the host what of a run is on a device, but not in checkpoints; what has not changed since `before` is not read again. */
export async function copyOthers(
  options: TrainerOptions,
  device: Device,
  before: HostCopies = new Map(),
): Promise<HostCopies> {
  const known = new Map([...before.values()].map((copy) => [copy.storage, copy]));
  const reading = new Map<Storage, Promise<HostCopy>>();
  const held = others(options).filter((x) => x.device === device);
  const copied = held.map(async (x): Promise<readonly [Tensor, HostCopy]> => {
    const { storage } = x;
    const same = known.get(storage);
    const copy = same?.version === storage.version ? same : (reading.get(storage) ?? readWhole(x));
    if (copy instanceof Promise) reading.set(storage, copy);
    return [x, await copy];
  });
  return new Map(await Promise.all(copied));
}

async function readWhole(x: Tensor): Promise<HostCopy> {
  const { storage } = x;
  const { version } = storage;
  const data = await noGrad(() => x.detach().asStrided([storage.length], [1], 0)).data();
  return { storage, version, data };
}

const isGone = ({ device }: Tensor): boolean => !devices().includes(device);

/** Which tensors of a model were on a lost device, and are neither in checkpoints nor in copies: by name. */
export function beyondRescue(model: Module, copies: HostCopies): string[] {
  const saved = savedIn(model);
  return [...model.namedParameters(), ...model.namedBuffers()].flatMap(([name, x]) =>
    isLazy(x) || !isGone(x) || saved.has(x.storage) || copies.has(x) ? [] : [name],
  );
}

/**
 * Puts what was on a lost device onto another one, with views as they were: of `copies` the elements, too, while what checkpoints hold
 * is undefined until it is loaded. Gradients are dropped.
 */
export function revive(model: Module, copies: HostCopies, device: Device): void {
  const made = new Map<Storage, Storage>();
  for (const x of new Set([...stateOf(model), ...copies.keys()])) {
    if (!isGone(x)) continue;
    const fresh = made.get(x.storage) ?? storageLike(x.storage, device, copies.get(x)?.data);
    made.set(x.storage, fresh);
    x.grad = null;
    const requiresGrad = x.autograd?.requiresGrad === true;
    // What the graph knows of it belongs to the lost device.
    Object.assign(x, { storage: fresh, autograd: undefined });
    if (requiresGrad) x.requiresGrad_();
  }
}

function storageLike({ length, dtype }: Storage, device: Device, data: TypedArray | undefined): Storage {
  const { storage } = untracked(() => empty([length], { dtype, device }));
  if (data && length > 0) device.backend.write(device.resolve(storage), data);
  return storage;
}
