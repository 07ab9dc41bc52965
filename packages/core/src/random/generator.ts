import { ValueError } from '../errors.ts';
import { Mt19937, stateLength } from './mt19937.ts';

/** The seed of a `new Generator()`, as PyTorch has it. */
const defaultSeed = 67280421310721n;

// PyTorch's state is a C struct, little-endian: seed u64 · left i32 · seeded i32 · next u64 · 624 words of the twister, each in a
// u64 · three doubles of which the middle one is the cached normal · whether there is one, i32 · a float cache that its CPU never fills.
const offsets = {
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  normal: 5024,
  hasNormal: 5040,
  length: 5056,
} as const;

/**
 * PyTorch's CPU generator, number for number: the 32-bit words of MT19937, and what its distributions keep between calls.
 * https://pytorch.org/docs/1.13/generated/torch.Generator.html
 */
export class Generator {
  #engine = new Mt19937();
  #seed = defaultSeed;
  /** The second number of the last Box-Muller pair, until it is asked for. */
  #spareNormal: number | undefined;

  constructor() {
    this.manualSeed(defaultSeed);
  }

  /**
   * Starts the sequence that `seed` names: an integer in [-2^63, 2^64), negative ones counting down from 2^64.
   * Throws a ValueError for anything else, also for a number past 2^53 (pass a bigint).
   */
  manualSeed(seed: number | bigint): this {
    if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
      throw new ValueError(
        'manualSeed',
        `${seed} is not an integer that a number holds exactly. Pass an integer, past 2^53 a bigint.`,
      );
    }
    const wide = BigInt(seed);
    if (wide < -(2n ** 63n) || wide >= 2n ** 64n) {
      throw new ValueError(
        'manualSeed',
        `the seed ${wide} does not fit into 64 bits. Pass an integer in [-2^63, 2^64).`,
      );
    }
    this.#seed = BigInt.asUintN(64, wide);
    this.#engine.seed(Number(BigInt.asUintN(32, wide)));
    this.#spareNormal = undefined;
    return this;
  }

  /** Seeds from the platform's own randomness and returns the seed, which has 53 bits as PyTorch's has. */
  seed(): bigint {
    const [low = 0, high = 0] = crypto.getRandomValues(new Uint32Array(2));
    this.manualSeed((BigInt(high & 0x1fffff) << 32n) | BigInt(low));
    return this.#seed;
  }

  /** The seed that the sequence was started from, in [0, 2^64). */
  initialSeed(): bigint {
    return this.#seed;
  }

  /** The next 32 bits, in [0, 2^32). */
  random(): number {
    return this.#engine.draw();
  }

  /** The next 64 bits, in [0, 2^64): two 32-bit draws, the high one first. */
  random64(): bigint {
    const high = this.#engine.draw();
    return (BigInt(high) << 32n) | BigInt(this.#engine.draw());
  }

  /** A float64 uniform in [0, 1): the low 53 bits of a 64-bit draw. */
  uniform(): number {
    const high = this.#engine.draw() & 0x1fffff;
    return (high * 2 ** 32 + this.#engine.draw()) * 2 ** -53;
  }

  /** A float64 standard normal, by Box-Muller: every second call returns the other number of a pair and draws nothing. */
  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== undefined) {
      this.#spareNormal = undefined;
      return spare;
    }
    const angle = 2 * Math.PI * this.uniform();
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** The whole state in the 5056 bytes of PyTorch's `get_state()`, which either library can read. */
  getState(): Uint8Array {
    const bytes = new Uint8Array(offsets.length);
    const view = new DataView(bytes.buffer);
    const { left, next, state } = this.#engine;
    view.setBigUint64(offsets.seed, this.#seed, true);
    view.setInt32(offsets.left, left, true);
    view.setInt32(offsets.seeded, 1, true);
    view.setUint32(offsets.next, next, true);
    state.forEach((word, i) => view.setUint32(offsets.words + 8 * i, word, true));
    if (this.#spareNormal !== undefined) {
      view.setFloat64(offsets.normal, this.#spareNormal, true);
      view.setInt32(offsets.hasNormal, 1, true);
    }
    return bytes;
  }

  /** Goes on from a state that `getState()` or PyTorch's `get_state()` returned. Throws a ValueError if it is neither. */
  setState(bytes: Uint8Array): this {
    if (bytes.length !== offsets.length) {
      throw new ValueError(
        'setState',
        `the state has ${bytes.length} bytes instead of ${offsets.length}. Pass what getState() returned.`,
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const left = view.getInt32(offsets.left, true);
    const next = view.getUint32(offsets.next, true);
    const fresh = left === 1 && next === 0;
    const inside = left >= 1 && left <= stateLength && left + next === stateLength + 1;
    if (view.getInt32(offsets.seeded, true) !== 1 || !(fresh || inside)) {
      throw new ValueError(
        'setState',
        `left ${left} and next ${next} are no position of MT19937. Pass what getState() returned.`,
      );
    }
    this.#seed = view.getBigUint64(offsets.seed, true);
    this.#engine.left = left;
    this.#engine.next = next;
    for (let i = 0; i < stateLength; i++) this.#engine.state[i] = view.getUint32(offsets.words + 8 * i, true);
    this.#spareNormal = view.getInt32(offsets.hasNormal, true) ? view.getFloat64(offsets.normal, true) : undefined;
    return this;
  }

  /** A generator that will draw what this one would. */
  clone(): Generator {
    const twin = new Generator();
    twin.#seed = this.#seed;
    twin.#engine.copyFrom(this.#engine);
    twin.#spareNormal = this.#spareNormal;
    return twin;
  }
}

declare const crypto: { getRandomValues(words: Uint32Array): Uint32Array };
