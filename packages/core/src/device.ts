// A backend in use: its storages, their budget, and spilling. A Storage is what tensors and all their views share; behind it
// stands a Residence, which holds either memory of the backend or, once spilled, an ordinary array that the garbage
// collector owns. The device knows its residences but no storage, so that whatever nobody can reach is collected: from
// the device by the FinalizationRegistry where the event loop turns, from the host at once. See DESIGN §4.

import { garbageCollector, type Collector } from './collect-garbage.ts';
import { explained } from './dispatch.ts';
import { DeviceError } from './errors.ts';
import { DeviceLostError, hostArray, OutOfMemoryError } from './kernel/index.ts';
import type { Backend, BackendFactory, Buffer, DType, MemoryUse, TypedArray } from './kernel/index.ts';
import type { Lanes } from './vmap/lanes.ts';

declare function setTimeout(callback: () => void, milliseconds?: number): unknown;
declare const performance: { now(): number };

interface Residence {
  /** Its place in the device's table, and the number it is registered under; −1 while it has none. */
  slot: number;
  /** Whether the end of its storage will be told. */
  isRegistered: boolean;
  readonly dtype: DType;
  readonly length: number;
  readonly bytes: number;
  buffer: Buffer | undefined;
  host: TypedArray | undefined;
  lastUse: number;
  /** Of a large one, where garbage can be collected in the middle of a program: gone when nobody can reach the storage. */
  owner: WeakRef<Storage> | undefined;
}

/**
 * How much may be resident before the first spill, far below most budgets: a loop that never yields makes dead tensors as fast as
 * it runs, and keeping more of them gains nothing. It grows while what was spilled is needed again.
 */
const first = 2 ** 24;
/** What a storage counts for beside its elements: it is objects too, and few enough of them die before they grow old. */
const overhead = 2 ** 15;
/** How many storages may be resident before the event loop is turned for those that were collected. */
const most = 2 ** 15;
/**
 * How many registrations may stand on a device that spills at any time: in a loop that never yields they are never done with, and
 * what finds no place is left to spilling. Registrations are for good, as what could be revoked costs ten times as much.
 */
const mostRegistered = 2 ** 13;
/** Storages of at most this many bytes are registered in batches: most of them are freed before their batch is full. */
const small = 2 ** 15;
const batch = 256;
/** From so many bytes on copying a storage takes longer than being told of its end. */
const watchable = 2 ** 12;
/** Collecting garbage may take this share of the time; else there is more room instead, up to an eighth of the budget. */
const collecting = 1 / 64;
/** How long spilling a byte takes, in milliseconds, about. */
const spilling = 4e-7;

let lastSerial = 0;

/** The serial of the storage that was made last. */
export function latestSerial(): number {
  return lastSerial;
}

/** What a tensor's elements live in. */
export class Storage {
  readonly device: Device;
  readonly dtype: DType;
  readonly length: number;
  /** Counts changes in place: what was saved for a gradient must still have the version it was saved with. */
  version = 0;
  /** @internal How many gradients are on their way in it, of a backward that made it and alone knows it; −1 of all others. */
  held = -1;
  /** @internal Whether a recording may use it again. */
  isRecorded = false;
  /** @internal Of two, the one that was made later has the larger one. */
  readonly serial = ++lastSerial;
  /** @internal Inside `vmap`: where the elements of all lanes are, as this is what one lane sees. */
  lanes: Lanes | undefined = undefined;
  /** @internal */
  readonly residence: Residence;

  /** @internal Made by `device.allocate`. */
  constructor(device: Device, residence: Residence) {
    this.device = device;
    this.dtype = residence.dtype;
    this.length = residence.length;
    this.residence = residence;
  }

  get isDisposed(): boolean {
    const { buffer, host } = (this.lanes?.whole ?? this).residence;
    return buffer === undefined && host === undefined;
  }

  /** Frees the memory at once. Later use is an error. */
  dispose(): void {
    this.lanes?.whole.dispose();
    this.device.release(this);
  }
}

export interface DeviceMemory extends MemoryUse {
  /** Bytes and number of storages that were moved to the host to keep within the budget; those that were collected go when the event loop turns. */
  readonly spilledBytes: number;
  readonly spilledBuffers: number;
}

/** A backend in use, under its name: what `tensor.device` is. */
export class Device {
  readonly name: string;
  readonly backend: Backend;
  readonly #note: string | undefined;
  /** The residences by slot: those that are resident. */
  #resident: (Residence | undefined)[] = [];
  #residentCount = 0;
  #residentBytes = 0;
  #freeSlots: number[] = [];
  #registered = 0;
  readonly #mostRegistered: number;
  /** What may be resident, with `overhead` for each, before the least recently used half is spilled. */
  #room = first;
  /** Bytes, with overhead, that were brought back since there was last a look at the room. */
  #returned = 0;
  /** The bytes of what was spilled, by slot; what is not registered goes uncounted. */
  #spilled = new Map<number, number>();
  /** Small storages that are not registered yet: registered when they are many, or when the loop yields. */
  #young: Storage[] = [];
  #isYoungAwaited = false;
  readonly #elementBytes: Readonly<Partial<Record<DType, number>>>;
  /** What was resident after `relieve` last turned the event loop. */
  #afterTurn = { bytes: 0, buffers: 0 };
  readonly #collectorOf: () => Collector | undefined;
  /** Looked for when there is no room for the first time. */
  #collector: Collector | undefined;
  /** The bytes of resident storages whose end the collector tells, and how many it began to watch since it let go of them. */
  #watchedBytes = 0;
  #newlyWatched = 0;
  #lastCollection = { took: 0, end: 0 };
  #clock = 0;
  /** What is said to whoever uses it once it was lost or disposed. */
  #gone: string | undefined;
  /** @internal Opens another one as this was opened, where that is known. */
  again: (() => Promise<Device>) | undefined;
  /** The registered value is a number: it must not reach a spilled array, or a loop that never yields keeps them all. */
  #collected = new FinalizationRegistry<number>((slot) => {
    const residence = this.#resident[slot];
    if (residence) this.#drop(residence);
    this.#spilled.delete(slot);
    this.#freeSlots.push(slot);
    if (this.#registered > 0) this.#registered--;
  });

  constructor(backend: Backend, note?: string, collectorOf = garbageCollector) {
    this.#collectorOf = collectorOf;
    this.name = backend.name;
    this.backend = backend;
    this.#note = note;
    const { dtypes, elementBytes } = backend.limits;
    this.#elementBytes = Object.fromEntries(
      dtypes.map((dtype) => [dtype, elementBytes?.[dtype] ?? hostArray(dtype, 0).BYTES_PER_ELEMENT]),
    );
    this.#mostRegistered = backend.readSync ? mostRegistered : Infinity;
    void backend.lost.then((reason) => this.#close(reason));
  }

  /**
   * Resolves with the reason when the device is lost: a GPU's process crashed, its driver was reset, a thread died. What was on it is
   * gone, and using any of it throws DeviceLostError, or rejects with it. Never resolves where that cannot happen, nor because of `dispose()`.
   */
  get lost(): Promise<string> {
    return this.backend.lost;
  }

  /** @internal Throws where it was lost or disposed. */
  check(): void {
    if (this.#gone) throw new DeviceLostError(this.#gone);
  }

  /** What it runs with, for people, and why it is not another one. A backend's may change: its threads start later. */
  get description(): string {
    return [this.backend.description, this.#note].filter(Boolean).join('; ');
  }

  toString(): string {
    return this.name;
  }

  /** Memory for `length` elements, contents undefined. Spills to the host when the budget is reached. */
  allocate(dtype: DType, length: number): Storage {
    this.check();
    const elementBytes = this.#elementBytes[dtype];
    if (elementBytes === undefined) {
      const known = this.backend.limits.dtypes.join(', ');
      throw new DeviceError(this.name, `it has no ${dtype}. It has ${known}.`);
    }
    const residence: Residence = {
      slot: -1,
      isRegistered: false,
      dtype,
      length,
      bytes: length * elementBytes,
      buffer: undefined,
      host: undefined,
      lastUse: ++this.#clock,
      owner: undefined,
    };
    this.#place(residence);
    const storage = new Storage(this, residence);
    tracking?.push(storage);
    if (residence.bytes > small) this.#register(storage);
    else this.#defer(storage);
    this.#watch(storage);
    return storage;
  }

  #register(storage: Storage): void {
    const { residence } = storage;
    if (residence.isRegistered || residence.slot < 0) return;
    if (this.#registered < this.#mostRegistered) {
      residence.isRegistered = true;
      this.#registered++;
      this.#collected.register(storage, residence.slot);
    } else if (residence.host) this.#forget(residence);
  }

  /** Lets the collector tell the storage's end. */
  #watch(storage: Storage): void {
    const { residence } = storage;
    if (!this.#collector || residence.bytes < watchable || residence.owner) return;
    residence.owner = new WeakRef(storage);
    this.#watchedBytes += residence.bytes;
    if (++this.#newlyWatched < batch) return;
    this.#newlyWatched = 0;
    this.#collector.release();
  }

  /** What is spilled or gone needs no slot, unless its end will still be told by it. */
  #forget(residence: Residence): void {
    this.#spilled.delete(residence.slot);
    if (residence.slot >= 0 && !residence.isRegistered) this.#freeSlots.push(residence.slot);
    residence.isRegistered = false;
    residence.slot = -1;
  }

  #defer(storage: Storage): void {
    if (this.#young.push(storage) >= batch) this.#registerYoung();
    if (this.#isYoungAwaited) return;
    this.#isYoungAwaited = true;
    void Promise.resolve().then(() => {
      this.#isYoungAwaited = false;
      this.#registerYoung();
    });
  }

  #registerYoung(): void {
    for (const storage of this.#young) this.#register(storage);
    this.#young.length = 0;
  }

  /** Begins a launch: what is resolved from here on stays where it is until the next launch. */
  beginLaunch(): void {
    this.#clock++;
  }

  /** The memory behind a storage, brought back if it was spilled. */
  resolve(storage: Storage): Buffer {
    const { residence } = storage;
    residence.lastUse = this.#clock;
    if (residence.buffer) return residence.buffer;
    this.check();
    const { host } = residence;
    if (!host)
      throw (
        storage.lanes?.cannotRead() ??
        new DeviceError(this.name, 'a disposed tensor was used. Do not dispose what is still needed.')
      );
    const buffer = this.#place(residence);
    this.backend.write(buffer, host);
    residence.host = undefined;
    this.#spilled.delete(residence.slot);
    this.#returned += residence.bytes + overhead;
    this.#register(storage);
    this.#watch(storage);
    return buffer;
  }

  release(storage: Storage): void {
    const { residence } = storage;
    residence.host = undefined;
    this.#drop(residence);
    this.#forget(residence);
  }

  #place(residence: Residence): Buffer {
    const { budget } = this.backend.limits;
    if (this.#weight + residence.bytes > this.#room && this.backend.readSync) this.#makeRoom(residence.bytes);
    if (this.#residentBytes + residence.bytes > budget) {
      if (residence.bytes > budget) {
        throw new OutOfMemoryError(
          `${this.name}: ${residence.bytes} bytes for one tensor are more than its budget of ${budget}.`,
        );
      }
      const target = Math.min(budget - residence.bytes, budget * 0.75);
      this.#spillSync((bytes) => bytes <= target);
      const needed = this.#residentBytes + residence.bytes;
      if (needed > budget) {
        throw new OutOfMemoryError(
          `${this.name}: one operation needs ${needed} bytes, more than the budget of ${budget}. Use smaller tensors or a larger budget.`,
        );
      }
    }
    const buffer = this.#allocate(residence);
    residence.buffer = buffer;
    if (residence.slot < 0) residence.slot = this.#freeSlots.pop() ?? this.#resident.length;
    this.#resident[residence.slot] = residence;
    this.#residentCount++;
    this.#residentBytes += residence.bytes;
    if (residence.owner) this.#watchedBytes += residence.bytes;
    return buffer;
  }

  /** What is resident, with what each counts for beside its bytes. */
  get #weight(): number {
    return this.#residentBytes + this.#residentCount * overhead;
  }

  /**
   * Frees what nobody can reach or, where that cannot be known, spills the half that was not used for longest. Where that does
   * not help, or did not last time, there shall be more room.
   */
  #makeRoom(coming: number): void {
    const half = this.#room / 2;
    const isCollected = this.#collect();
    const unknown = isCollected ? this.#weight - this.#watchedBytes : this.#weight;
    if (unknown > half / 2 && this.#returned <= half / 4) {
      this.#spillSync((bytes, count) => bytes + count * overhead <= half);
    }
    this.#returned = 0;
    const needed = this.#weight + coming;
    // Where garbage is collected, a look costs little: the room is no larger than it is worth.
    const most = isCollected ? Math.max(needed * 1.5, this.backend.limits.budget / 8) : Infinity;
    if (needed > half * 1.5) this.#room = Math.min(needed * 2.5, most);
  }

  /** Frees the watched storages that nobody can reach. Whether what is watched needs not be spilled. */
  #collect(): boolean {
    this.#collector ??= this.#collectorOf();
    if (!this.#collector || this.#watchedBytes < this.#room / 4) return false;
    const start = performance.now();
    const { took, end } = this.#lastCollection;
    if (took > (start - end) * collecting) {
      if (this.#room < this.backend.limits.budget / 8) return true;
      if (took > this.#watchedBytes * spilling) return false;
    }
    this.#collector.collect();
    for (const residence of this.#resident) {
      if (!residence?.owner || residence.lastUse >= this.#clock || residence.owner.deref()) continue;
      this.#drop(residence);
      this.#forget(residence);
    }
    this.#collector.release();
    const now = performance.now();
    this.#lastCollection = { took: now - start, end: now };
    return true;
  }

  /** Memory of the backend; where it has none left although the budget does, half of what is resident is spilled, and again. */
  #allocate({ dtype, length }: Residence): Buffer {
    for (;;) {
      try {
        return this.backend.allocate(dtype, length);
      } catch (error) {
        if (!(error instanceof OutOfMemoryError) || !this.backend.readSync) throw error;
        const count = this.#residentCount;
        const half = this.#residentBytes / 2;
        this.#spillSync((bytes) => bytes <= half);
        if (this.#residentCount === count) throw error;
      }
    }
  }

  #drop(residence: Residence): void {
    if (!residence.buffer) return;
    this.backend.free(residence.buffer);
    residence.buffer = undefined;
    this.#resident[residence.slot] = undefined;
    this.#residentCount--;
    this.#residentBytes -= residence.bytes;
    if (residence.owner) this.#watchedBytes -= residence.bytes;
  }

  /** The least recently used residences outside of the launch at hand, until it is enough that so many bytes and storages are left. */
  #leastRecent(isEnough: (bytes: number, count: number) => boolean): Residence[] {
    const chosen: Residence[] = [];
    let left = this.#residentBytes;
    // One number for use and slot: there may be tens of thousands, and numbers sort fast.
    const slots = this.#resident.length;
    const idle = new Float64Array(this.#residentCount);
    let count = 0;
    for (const r of this.#resident) if (r && r.lastUse < this.#clock) idle[count++] = r.lastUse * slots + r.slot;
    for (const key of idle.subarray(0, count).sort()) {
      const residence = this.#resident[key % slots];
      if (!residence || isEnough(left, this.#residentCount - chosen.length)) break;
      chosen.push(residence);
      left -= residence.bytes;
    }
    return chosen;
  }

  #keepOnHost(residence: Residence, host: TypedArray): void {
    this.#drop(residence);
    residence.host = host;
    // A loop that never yields hears of no tensor's end: what is counted must not grow with it.
    if (residence.isRegistered || this.#registered < this.#mostRegistered)
      this.#spilled.set(residence.slot, residence.bytes);
    else this.#forget(residence);
  }

  /** Spills half of what is resident, but nothing of the launch at hand. Whether there was anything, and a way to. */
  spillIdle(): boolean {
    if (!this.backend.readSync) return false;
    const before = this.#residentBytes;
    this.#spillSync((bytes) => bytes <= before / 2);
    return this.#residentBytes < before;
  }

  #spillSync(isEnough: (bytes: number, count: number) => boolean): void {
    const { readSync } = this.backend;
    if (!readSync) {
      throw new OutOfMemoryError(
        `${this.name}: the budget of ${this.backend.limits.budget} bytes is used up. ` +
          'Let the loop yield (`await loss.item()`), or free by `using`, `dispose()` or `tidy()`.',
      );
    }
    for (const residence of this.#leastRecent(isEnough)) {
      if (residence.buffer)
        this.#keepOnHost(residence, readSync.call(this.backend, residence.buffer, 0, residence.length));
    }
  }

  /**
   * Where a loop yields: turns the event loop so that collected tensors are freed, lets the backend free what it
   * pools and, where the device cannot be read synchronously, spills down to half the budget. Does nothing while little is
   * resident, nor where little came since it last did: turning costs a millisecond. Rejects with what went wrong on the device.
   */
  async relieve(): Promise<void> {
    if (this.#gone) return;
    await this.backend.keepUp?.().catch(explained);
    const half = this.backend.limits.budget / 2;
    const isRelaxed = (): boolean => this.#residentBytes <= half && this.#residentCount <= most;
    const last = this.#afterTurn;
    last.bytes = Math.min(last.bytes, this.#residentBytes);
    last.buffers = Math.min(last.buffers, this.#residentCount);
    const isGrown = this.#residentBytes - last.bytes > half / 8 || this.#residentCount - last.buffers > most / 8;
    if (isRelaxed() || !isGrown) return;
    if (!this.backend.readSync) this.#collectorOf()?.collect(); // what is told when the loop turns need not be read
    // Node tells of it within two turns.
    for (let turns = 0; turns++ < 2 && !isRelaxed();) await new Promise<void>((resolve) => void setTimeout(resolve, 0));
    if (this.#gone) return;
    this.#afterTurn = { bytes: this.#residentBytes, buffers: this.#residentCount };
    await this.backend.relieve();
    if (this.backend.readSync || isRelaxed()) return;
    this.beginLaunch();
    for (const residence of this.#leastRecent((bytes, count) => bytes <= half && count <= most)) {
      const { buffer } = residence;
      if (!buffer) continue;
      const used = residence.lastUse;
      const host = await this.backend.read(buffer, 0, residence.length);
      if (residence.buffer === buffer && residence.lastUse === used) this.#keepOnHost(residence, host);
    }
  }

  /** Of one that was lost or disposed: zeros. */
  memory(): DeviceMemory {
    let spilledBytes = 0;
    for (const bytes of this.#spilled.values()) spilledBytes += bytes;
    const used = this.#gone
      ? { liveBytes: 0, liveBuffers: 0, pooledBytes: 0, pooledBuffers: 0 }
      : this.backend.memory();
    return { ...used, spilledBytes, spilledBuffers: this.#spilled.size };
  }

  /** From now on using it is an error. What of it is still held is held no more by the backend: letting it go calls nobody. */
  #close(because: string): void {
    this.#gone ??= `${this.name}: the device was lost: ${because.replace(/\.?$/, '.')} Call \`await useBackend(…)\` again.`;
    for (const residence of this.#resident) if (residence) residence.buffer = undefined;
    this.#resident = [];
    this.#residentCount = 0;
    this.#young = [];
    this.#spilled.clear();
    this.#residentBytes = 0;
    live.delete(this);
  }

  /** Ends the backend: all its tensors are gone. */
  dispose(): void {
    this.#close('it was disposed');
    if (standard === this) standard = undefined;
    this.backend.dispose();
  }
}

let tracking: Storage[] | undefined;

/**
 * Runs `fn` and tells which storages were made meanwhile, `fn` itself too. Trackings nest; the inner one's are not the
 * outer one's, unless `fn` throws.
 */
export function trackStorages<T>(fn: (made: Storage[]) => T): { result: T; made: Storage[] } {
  const outer = tracking;
  const made: Storage[] = [];
  tracking = made;
  try {
    return { result: fn(made), made };
  } catch (error) {
    outer?.push(...made);
    throw error;
  } finally {
    tracking = outer;
  }
}

/** Runs `fn` and lets no `tidy` around it free what it makes: state that outlives the step. */
export function untracked<T>(fn: () => T): T {
  const outer = tracking;
  tracking = undefined;
  try {
    return fn();
  } finally {
    tracking = outer;
  }
}

/** Hands storages over to the tracking around, if there is one. */
export function track(storages: Iterable<Storage>): void {
  if (tracking) for (const storage of storages) tracking.push(storage);
}

const live = new Set<Device>();
let standard: Device | undefined;

/** A backend handed in, or the factory of one. */
export type BackendSource = Backend | BackendFactory;

/**
 * Makes a backend the one that new tensors live on: `await useBackend(cpu())`. A factory makes another backend each time, so
 * keep the Device to come back to it; several can be live at once, tensors stay where they are.
 */
export async function useBackend(source: BackendSource | Device): Promise<Device> {
  standard = await openBackend(source);
  return standard;
}

/** Makes a backend available to `.to(name)` without making it the default. `note` is added to the device's description. */
export async function openBackend(source: BackendSource | Device, note?: string): Promise<Device> {
  if (source instanceof Device) {
    source.check();
    return source;
  }
  const backend = 'create' in source ? await source.create() : source;
  const known = [...live].find((device) => device.backend === backend);
  if (known) return known;
  const device = new Device(backend, note);
  if ('create' in source) device.again = () => openBackend(source, note);
  live.add(device);
  return device;
}

/** The devices in use: not those that were lost or disposed. */
export function devices(): Device[] {
  return [...live];
}

/** The device that new tensors live on. */
export function defaultDevice(): Device {
  if (!standard) {
    throw new DeviceError('device', 'no backend is in use. Call `await useBackend(cpu())` (or another backend) first.');
  }
  return standard;
}

/** A device by itself or by its name; of several of one name the default one, else the latest. */
export function findDevice(device: Device | string | undefined): Device {
  if (device === undefined) return defaultDevice();
  if (typeof device !== 'string') return device;
  const named = [...live].filter((candidate) => candidate.name === device);
  const found = named.find((candidate) => candidate === standard) ?? named.at(-1);
  if (found) return found;
  const names = [...live].map((candidate) => `"${candidate.name}"`).join(', ') || 'none';
  throw new DeviceError(
    'device',
    `no backend "${device}" is in use (in use: ${names}). Call \`await useBackend(…)\` first.`,
  );
}

/** Bytes and buffers of every device in use, by name. */
export function memory(): Record<string, DeviceMemory> {
  return Object.fromEntries([...live].map((device) => [device.name, device.memory()]));
}
