// Gradients of float16 operations are easily too small for float16. So the loss is multiplied by a scale before backward, and
// the gradients of the parameters, which are float32, are divided by it again. Where the scale was too large some gradient is
// infinite or NaN: then the step is left out, and the scale becomes smaller.

import { isTensor, letGo, loopOp, noGrad, runLoop, tidy, untracked, ValueError, type DType, type Tensor } from '@rushlight/core'; // prettier-ignore
import { checkBetween, checkInterval } from './grad-scaler-checks.ts';
import { gradientsByDevice, unscaleAll, type ScaledOptimizer } from './grad-scaler-gradients.ts';

export type { ScaledOptimizer };

export interface GradScalerOptions {
  /** What the loss is multiplied by at first. Default 65536. */
  readonly initScale?: number;
  /** What the scale is multiplied by after `growthInterval` steps in a row that were taken. Default 2. */
  readonly growthFactor?: number;
  /** What the scale is multiplied by after a step that was left out. Default 0.5. */
  readonly backoffFactor?: number;
  /** Default 2000. */
  readonly growthInterval?: number;
  /** False: losses are not scaled, and `step` is the optimizer's. Default true. */
  readonly enabled?: boolean;
}

/** The state of a scaler, under PyTorch's names. */
export interface GradScalerState {
  readonly scale: number;
  readonly growth_factor: number;
  readonly backoff_factor: number;
  readonly growth_interval: number;
  readonly _growth_tracker: number;
}

/** What happened to an optimizer since the last update. */
interface Progress {
  stage: 'unscaled' | 'stepped';
  /** How many elements of its gradients are not finite: a number per device. */
  readonly counts: readonly Tensor[];
  /** Whether there is any, once it is asked. */
  found: Promise<boolean> | undefined;
}

const scaleOp = loopOp('scale', (k, dtype: DType) => k.perElement(k.input(0).cast(dtype).mul(k.scalar(dtype))));

/**
 * Scales losses so that the gradients of `autocast` regions keep their small numbers, and steps optimizers by the gradients
 * as they would be without: θ moves by ∂(scale·loss)/∂θ / scale, or, where that is not finite, not at all. What it reads of
 * the device, one number per step, takes an `await` everywhere, so `step` and `update` are awaited; nothing is to touch
 * gradients or parameters meanwhile. Throws ValueError for options out of range and for calls out of order.
 * P. Micikevicius et al., "Mixed precision training", 2018. torch.cuda.amp.GradScaler
 *
 * @example
 * const scaler = new GradScaler();
 * for (const [x, target] of batches) {
 *   optimizer.zeroGrad();
 *   const loss = autocast(() => crossEntropy(model(x), target));
 *   scaler.scale(loss).backward();
 *   await scaler.step(optimizer);
 *   await scaler.update();
 * }
 */
export class GradScaler {
  readonly #enabled: boolean;
  #scale: number;
  #growthFactor: number;
  #backoffFactor: number;
  #growthInterval: number;
  /** The steps in a row that were taken since the scale last changed. */
  #growthTracker = 0;
  #hasScaled = false;
  readonly #progress = new Map<ScaledOptimizer, Progress>();

  constructor({
    initScale = 65536,
    growthFactor = 2,
    backoffFactor = 0.5,
    growthInterval = 2000,
    enabled = true,
  }: GradScalerOptions = {}) {
    checkBetween('initScale', initScale, 0, Infinity);
    checkBetween('growthFactor', growthFactor, 1, Infinity);
    checkBetween('backoffFactor', backoffFactor, 0, 1);
    checkInterval(growthInterval);
    this.#enabled = enabled;
    this.#scale = Math.fround(initScale);
    this.#growthFactor = growthFactor;
    this.#backoffFactor = backoffFactor;
    this.#growthInterval = growthInterval;
  }

  /**
   * A loss, or each in a list, times the scale; float16 becomes float32, which has room for that.
   * torch.cuda.amp.GradScaler.scale
   */
  scale(outputs: Tensor): Tensor;
  scale(outputs: readonly Tensor[]): Tensor[];
  scale(outputs: Tensor | readonly Tensor[]): Tensor | Tensor[];
  scale(outputs: Tensor | readonly Tensor[]): Tensor | Tensor[] {
    const list = isTensor(outputs) ? [outputs] : [...outputs];
    for (const x of list) {
      if (isTensor(x)) continue;
      throw new ValueError('scale', `it was given a list with a ${typeof x}. Pass a tensor, or a list of tensors.`);
    }
    if (!this.#enabled) return isTensor(outputs) ? outputs : list;
    this.#hasScaled = true;
    const scaled = list.map((x) => {
      const op = scaleOp([x], x.dtype === 'float64' ? 'float64' : 'float32');
      return runLoop(op, [x], { scalars: [() => this.#scale] })[0] as Tensor;
    });
    return isTensor(outputs) ? (scaled[0] as Tensor) : scaled;
  }

  /**
   * Divides the gradients of an optimizer's parameters by the scale, in place: to clip or look at them before `step`, which
   * does it otherwise. Once per optimizer and update, when all gradients are there. Throws ValueError for float16 gradients, and
   * where it was called already. torch.cuda.amp.GradScaler.unscale_
   */
  unscale_(optimizer: ScaledOptimizer): void {
    if (!this.#enabled) return;
    this.#needsScale('unscale_');
    const known = this.#progress.get(optimizer);
    if (known) {
      throw new ValueError(
        'unscale_',
        known.stage === 'stepped'
          ? 'it is called after step(). Call it before, or update() first.'
          : 'it was already called for this optimizer since the last update(). Call it once per update.',
      );
    }
    this.#unscale(optimizer);
  }

  #needsScale(op: string): void {
    if (this.#hasScaled) return;
    throw new ValueError(op, 'nothing was scaled yet. Call `scaler.scale(loss).backward()` before it.');
  }

  #unscale(optimizer: ScaledOptimizer): Progress {
    const perDevice = gradientsByDevice(optimizer);
    // PyTorch divides in float64 and rounds to float32.
    const factor = (): number => Math.fround(1 / this.#scale);
    const counts = [...perDevice].map(([device, grads]) =>
      untracked(() => noGrad(() => tidy(() => unscaleAll(device, grads, factor)))),
    );
    const progress: Progress = { stage: 'unscaled', counts, found: undefined };
    this.#progress.set(optimizer, progress);
    return progress;
  }

  /**
   * Steps the optimizer unless one of its gradients is infinite or NaN: then parameters, moments and step counts stay what they
   * are. Unscales them first if that was not done. The optimizer must do without a closure. Throws ValueError where it was
   * already called since the last update, or no parameter has a gradient. torch.cuda.amp.GradScaler.step
   */
  async step(optimizer: ScaledOptimizer): Promise<void> {
    if (!this.#enabled) {
      await optimizer.step();
      return;
    }
    this.#needsScale('step');
    const known = this.#progress.get(optimizer);
    if (known?.stage === 'stepped')
      throw new ValueError(
        'step',
        'it was already called for this optimizer since the last update(). Call update() first.',
      );
    const progress = known ?? this.#unscale(optimizer);
    if (progress.counts.length === 0)
      throw new ValueError(
        'step',
        'no parameter of the optimizer has a gradient. Call `scaler.scale(loss).backward()` first.',
      );
    progress.stage = 'stepped';
    if (!(await isAnyFound(progress))) await optimizer.step();
  }

  /**
   * Makes the scale smaller if a step was left out since the last update, and larger after `growthInterval` steps in a row that
   * were taken; or sets it to `newScale`. Call it once per iteration, after all steps. Throws ValueError where nothing was
   * unscaled, or for a scale that is not a finite number greater than 0. torch.cuda.amp.GradScaler.update
   */
  async update(newScale?: number | Tensor): Promise<void> {
    if (!this.#enabled) return;
    this.#needsScale('update');
    const all = [...this.#progress.values()];
    if (newScale !== undefined) {
      const scale = isTensor(newScale) ? await newScale.item() : newScale;
      checkBetween('newScale', scale, 0, Infinity);
      this.#scale = Math.fround(scale);
      for (const { counts, found } of all) if (!found) letGo(counts);
    } else {
      if (!all.some(({ counts }) => counts.length > 0))
        throw new ValueError(
          'update',
          'no gradients were checked since the last update(). Call `await scaler.step(optimizer)` first.',
        );
      const found = await Promise.all(all.map(isAnyFound));
      this.#follow(found.some(Boolean));
    }
    this.#progress.clear();
  }

  /** As PyTorch's kernel: in float32, and never so far that the scale would be infinite. */
  #follow(found: boolean): void {
    if (found) {
      this.#scale = Math.fround(this.#scale * this.#backoffFactor);
      this.#growthTracker = 0;
      return;
    }
    this.#growthTracker++;
    if (this.#growthTracker !== this.#growthInterval) return;
    const larger = Math.fround(this.#scale * this.#growthFactor);
    if (Number.isFinite(larger)) this.#scale = larger;
    this.#growthTracker = 0;
  }

  /** The scale; 1 where it is not enabled. torch.cuda.amp.GradScaler.get_scale */
  getScale(): number {
    return this.#enabled ? this.#scale : 1;
  }

  getGrowthFactor(): number {
    return this.#growthFactor;
  }

  /** Throws ValueError for what is not greater than 1. */
  setGrowthFactor(newFactor: number): void {
    checkBetween('growthFactor', newFactor, 1, Infinity);
    this.#growthFactor = newFactor;
  }

  getBackoffFactor(): number {
    return this.#backoffFactor;
  }

  /** Throws ValueError for what is not between 0 and 1. */
  setBackoffFactor(newFactor: number): void {
    checkBetween('backoffFactor', newFactor, 0, 1);
    this.#backoffFactor = newFactor;
  }

  getGrowthInterval(): number {
    return this.#growthInterval;
  }

  /** Throws ValueError for what is no whole number of steps. */
  setGrowthInterval(newInterval: number): void {
    checkInterval(newInterval);
    this.#growthInterval = newInterval;
  }

  isEnabled(): boolean {
    return this.#enabled;
  }

  /** The state in PyTorch's names; empty where it is not enabled. Call it after `update`. torch.cuda.amp.GradScaler.state_dict */
  stateDict(): GradScalerState | Record<string, never> {
    if (!this.#enabled) return {};
    return {
      scale: this.#scale,
      growth_factor: this.#growthFactor,
      backoff_factor: this.#backoffFactor,
      growth_interval: this.#growthInterval,
      _growth_tracker: this.#growthTracker,
    };
  }

  /** Takes over a state; does nothing where it is not enabled. Throws ValueError for one that is empty or out of range. torch.cuda.amp.GradScaler.load_state_dict */
  loadStateDict(state: Readonly<Partial<GradScalerState>>): void {
    if (!this.#enabled) return;
    const { scale, growth_factor, backoff_factor, growth_interval, _growth_tracker } = state;
    if (Object.keys(state).length === 0) {
      throw new ValueError(
        'loadStateDict',
        'the state is empty, perhaps because it was saved from a scaler that is not enabled. Pass that of one that is.',
      );
    }
    checkBetween('scale', Number(scale), 0, Infinity);
    checkBetween('growth_factor', Number(growth_factor), 1, Infinity);
    checkBetween('backoff_factor', Number(backoff_factor), 0, 1);
    checkInterval(Number(growth_interval));
    if (!Number.isInteger(_growth_tracker))
      throw new ValueError(
        'loadStateDict',
        `_growth_tracker is ${String(_growth_tracker)}. It must be a whole number.`,
      );
    this.#scale = Math.fround(Number(scale));
    this.#growthFactor = Number(growth_factor);
    this.#backoffFactor = Number(backoff_factor);
    this.#growthInterval = Number(growth_interval);
    this.#growthTracker = Number(_growth_tracker);
  }
}

/** Whether a gradient of the optimizer was not finite. It is read once. */
function isAnyFound(progress: Progress): Promise<boolean> {
  return (progress.found ??= read(progress.counts));
}

async function read(counts: readonly Tensor[]): Promise<boolean> {
  try {
    return (await Promise.all(counts.map((count) => count.item()))).some((n) => n > 0);
  } finally {
    letGo(counts);
  }
}
