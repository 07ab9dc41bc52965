// Lanes: what `vmap` computes with. A tensor inside of it looks like that of one lane, with its shape and strides; its storage
// knows where the elements of all lanes are, a fixed step apart. A view is then the same view in each lane with nothing
// done, a gradient is computed as that of any tensor, and only a launch learns of lanes: each is one more dim that it runs over.

import { freeInternal, type Dispatch, type StorageOperand } from '../dispatch.ts';
import { needsGraph, recordNode } from '../autograd/state.ts';
import { untracked, type Storage } from '../device.ts';
import { AutogradError, DeviceError, RushlightError } from '../errors.ts';
import { contiguousStrides, sizeOf } from '../kernel/index.ts';
import { stack } from '../ops/join.ts';
import { loweredLoop } from '../ops/lowered-loop.ts';
import { wrapStorage } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { isOverwritten, runOver, writtenFrom } from './lane-launch.ts';
import type { Level } from './level.ts';
import { tellOnce } from './tell-once.ts';

type Run = (part: Dispatch) => void;

export class Lanes {
  /** The storage of the elements of all lanes. */
  readonly whole: Storage;
  /** How many elements of it lie between two lanes, for each level, the outermost first. */
  readonly steps: ReadonlyMap<Level, number>;
  /** The levels alone. */
  readonly set: LaneSet;

  constructor(whole: Storage, steps: ReadonlyMap<Level, number>) {
    this.whole = whole;
    this.steps = steps;
    this.set = new LaneSet(steps.keys());
  }

  /** Runs a launch with operands of which this is one, in all lanes of all of them. */
  launch(request: Dispatch, run: Run): void {
    const { operands, program } = request;
    const levels = levelsOf(operands);
    const from = writtenFrom(program, operands.length);
    for (let k = from; k < operands.length; k++) {
      const operand = operands[k] as StorageOperand;
      widen(operand.storage, levels, isOverwritten(request, k), run);
    }
    if (levels.every((level) => level.size > 0)) runOver(request, levels, run);
  }

  /** What operands are in each lane of the innermost level, for what is computed on the host: one lane after the other. */
  separate<T extends readonly Tensor[]>(operands: T): T[] {
    const level = this.#innermost;
    tellOnce('host', 'what is computed on the host (most of linalg) is computed for one lane after the other.');
    const seen = operands.map((x) => {
      const all = x.storage.lanes?.steps.has(level) ? exposed(x, level) : undefined;
      return (lane: number): Tensor => all?.select(0, lane) ?? x.detach();
    });
    return Array.from({ length: level.size }, (_, lane) => seen.map((of) => of(lane)) as unknown as T);
  }

  /** The lanes of the innermost level from what was computed for each. */
  unite(like: Tensor, { dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>, results: readonly Tensor[]): Tensor {
    const level = this.#innermost;
    const all =
      results.length > 0
        ? stack(results)
        : like
            .detach()
            .to(dtype)
            .zeros([0, ...shape]);
    return enter(all.detach(), level);
  }

  get #innermost(): Level {
    return [...this.steps.keys()].at(-1) as Level;
  }

  /** The error for who wants to know the elements. */
  cannotRead(): DeviceError {
    return new DeviceError(
      'vmap',
      'the elements of a tensor inside of it cannot be read (data, item, a shape that depends on them, what is computed on the host): each lane has its own. Use where and masks, or return the tensor and read the result.',
    );
  }
}

/** Which levels something has lanes in: what the graph remembers of a tensor, without its memory. */
export class LaneSet {
  /** The outermost first. */
  readonly levels: readonly Level[];

  constructor(levels: Iterable<Level>) {
    this.levels = [...levels];
  }

  /**
   * A gradient that comes from something with these lanes, as a tensor takes it that has those of `target`: summed over the
   * levels that are over.
   */
  sumTo(grad: Tensor, target: LaneSet | undefined): Tensor {
    let result = grad;
    for (const level of this.levels.toReversed()) {
      if (level.isRunning || target?.levels.includes(level)) continue;
      if (!result.storage.lanes?.steps.has(level)) result = result.mul(level.size);
      else result = (result.requiresGrad ? leave(result, level) : exposed(result, level)).sum(0);
    }
    return result;
  }

  /** Refuses a gradient with these lanes for a leaf that is the same in some of them. */
  checkGradOf({ storage }: Tensor): void {
    if (this.levels.every((level) => storage.lanes?.steps.has(level))) return;
    throw new AutogradError(
      'vmap',
      'backward() inside of it would give a leaf another gradient in each lane. Use autograd.grad or func.grad, and return the gradient.',
    );
  }

  /** The same value in each of the lanes. */
  in(x: Tensor): Tensor {
    let result = x;
    for (const level of this.levels) {
      if (!result.storage.lanes?.steps.has(level)) result = enter(result.expand([level.size, ...x.shape]), level);
    }
    return result;
  }
}

// Into a level and out of it: a dim of a tensor becomes its lanes, and lanes become a dim. Each is the gradient of the other.

/** A copy of `x`, whose first dim is now the lanes of a level. */
export function enter(x: Tensor, level: Level): Tensor {
  const [, ...shape] = x.shape;
  // The copy belongs to the lanes, and goes when they do.
  const { storage: dense, strides } = untracked(() => x.detach().clone());
  const [step = 0, ...rest] = strides;
  const storage = x.device.allocate(x.dtype, level.size === 0 ? 0 : dense.length / level.size);
  x.device.release(storage);
  const steps = [...(dense.lanes?.steps ?? []), [level, step] as const].sort(([a], [b]) => a.start - b.start);
  storage.lanes = new Lanes(dense.lanes?.whole ?? dense, new Map(steps));
  const inside = wrapStorage(storage, shape, rest);
  if (needsGraph([x])) recordNode('vmapEnter', [x], [inside], ([grad]) => [grad && leave(grad, level)]);
  return inside;
}

/** A copy of `x` with the lanes of a level as its first dim; what has none there is the same in each. */
export function leave(x: Tensor, level: Level): Tensor {
  if (!x.storage.lanes?.steps.has(level)) return x.expand([level.size, ...x.shape]);
  const outside = exposed(x, level).clone();
  if (needsGraph([x])) recordNode('vmapLeave', [x], [outside], ([grad]) => [grad && enter(grad, level)]);
  return outside;
}

/** The same memory without history, the lanes of a level as its first dim. It must not outlive `x`. */
function exposed(x: Tensor, level: Level): Tensor {
  const { lanes } = x.storage;
  const step = lanes?.steps.get(level);
  if (!lanes || step === undefined) throw new TypeError('vmap: the tensor has no lanes of this level.');
  const steps = new Map(lanes.steps);
  steps.delete(level);
  return wrapStorage(outer(x.storage, lanes, steps), [level.size, ...x.shape], [step, ...x.strides], x.offset);
}

/** What is seen from outside of a level: the storage of all its lanes, which may have lanes of levels around it. */
function outer({ device, dtype }: Storage, { whole }: Lanes, steps: ReadonlyMap<Level, number>): Storage {
  if (steps.size === 0) return whole;
  const storage = untracked(() => device.allocate(dtype, 0));
  device.release(storage);
  storage.lanes = new Lanes(whole, steps);
  return storage;
}

/** The levels of all that a launch reads or writes, the outermost first. */
function levelsOf(operands: readonly StorageOperand[]): Level[] {
  const levels = new Set<Level>();
  for (const { storage } of operands) for (const level of storage.lanes?.steps.keys() ?? []) levels.add(level);
  return [...levels].sort((a, b) => a.start - b.start);
}

const copyLoop = loweredLoop((k) => k.perRow(k.input(0)));

/** Gives a storage that is about to be written lanes of its own in each of the levels. */
function widen(storage: Storage, levels: readonly Level[], isFresh: boolean, run: Run): void {
  const before = storage.lanes;
  if (levels.every((level) => before?.steps.has(level))) return;
  if (levels.some((level) => !before?.steps.has(level) && storage.serial <= level.start)) {
    throw new RushlightError(
      'vmap',
      `a tensor that all lanes share (of ${storage.length} elements, made before) would be changed in place by what differs between them. Use the out-of-place operation, or pass the tensor with an inDim.`,
    );
  }
  const { device, dtype, length } = storage;
  const sizes = [...levels.map((level) => level.size), length];
  const strides = contiguousStrides(sizes);
  const whole = untracked(() => device.allocate(dtype, sizeOf(sizes)));
  if (!isFresh && sizeOf(sizes) > 0) {
    const source = { storage: before?.whole ?? storage, offset: 0, strides: [...levels.map((level) => before?.steps.get(level) ?? 0), 1] }; // prettier-ignore
    const target = { storage: whole, offset: 0, strides };
    run(copyLoop({ device, sizes, rowRank: sizes.length, inputs: [source], outputs: [target], scalars: [] }));
  }
  if (before) freeInternal(before.whole);
  else device.release(storage);
  storage.lanes = new Lanes(whole, new Map(levels.map((level, k) => [level, strides[k] ?? 0])));
}
