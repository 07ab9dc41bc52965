import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkChoice, checkGiven, checkNotNegative, checkPositive } from './check-number.ts';
import { getMomentum, momentumOf, setMomentum } from './cycled-momentum.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';
import { perGroup, type PerGroup } from './per-group.ts';

/** How the height of a cycle changes: not, halved with each cycle, or by `gamma` with each step. */
export type CyclicMode = 'triangular' | 'triangular2' | 'exp_range';

/** Options of `CyclicLR`. */
export interface CyclicLROptions extends LRSchedulerOptions {
  /** How many steps the learning rates rise for. Default 2000. */
  readonly stepSizeUp?: number;
  /** How many they fall for. Default stepSizeUp. */
  readonly stepSizeDown?: number | null;
  /** How the height of a cycle changes. Left out of account where there is a `scaleFn`. Default 'triangular'. */
  readonly mode?: CyclicMode;
  /** The base of 'exp_range': the height is multiplied by gamma^steps. Default 1. */
  readonly gamma?: number;
  /** What the height is multiplied by, a function of the number of the cycle (from 1) or of the step. */
  readonly scaleFn?: ((x: number) => number) | null;
  /** Which of them `scaleFn` is given. Default 'cycle'. */
  readonly scaleMode?: 'cycle' | 'iterations';
  /** Whether the momentum (β₁ of Adam) falls while the learning rate rises, and the other way round. Default true. */
  readonly cycleMomentum?: boolean;
  /** What the momentum falls to, for all groups or for each. Default 0.8. */
  readonly baseMomentum?: PerGroup;
  /** What the momentum begins and ends at, for all groups or for each. Default 0.9. */
  readonly maxMomentum?: PerGroup;
}

/** The state of a `CyclicLR`, under PyTorch's names. */
export interface CyclicLRState extends LRSchedulerState {
  readonly max_lrs: readonly number[];
  readonly total_size: number;
  readonly step_ratio: number;
  readonly mode: CyclicMode;
  readonly gamma: number;
  /** Functions are not saved. */
  readonly _scale_fn_custom: null;
  readonly scale_mode: 'cycle' | 'iterations';
  readonly cycle_momentum: boolean;
  /** Absent in what PyTorch 1 saved. */
  readonly use_beta1?: boolean;
  /** Absent where the momentum is left alone. */
  readonly base_momentums?: readonly number[];
  readonly max_momentums?: readonly number[];
}

const name = 'CyclicLR';

const known: readonly (keyof CyclicLROptions)[] = [
  'stepSizeUp', 'stepSizeDown', 'mode', 'gamma', 'scaleFn', 'scaleMode', 'cycleMomentum', 'baseMomentum', 'maxMomentum',
]; // prettier-ignore

/**
 * Takes the learning rates from `baseLr` up to `maxLr` and back in straight lines, again and again; the momentum goes the other
 * way. `step()` is called after every batch.
 * L. N. Smith, "Cyclical learning rates for training neural networks", 2017, https://arxiv.org/abs/1506.01186.
 * torch.optim.lr_scheduler.CyclicLR
 *
 * @example
 * const schedule = new CyclicLR(optimizer, 0.001, 0.1, { stepSizeUp: 4 * loader.length, mode: 'triangular2' });
 */
export class CyclicLR extends LRScheduler {
  override readonly name = name;
  /** What the learning rates rise to, by group. */
  maxLrs: readonly number[];
  /** How many steps a cycle has. */
  totalSize: number;
  /** In which share of them the learning rates rise. */
  stepRatio: number;
  /** How the height of a cycle changes where there is no `scaleFn`. */
  mode: CyclicMode;
  /** The base of 'exp_range'. */
  gamma: number;
  /** What the height is multiplied by. */
  readonly scaleFn: ((x: number) => number) | null;
  /** Whether it goes by cycles or by steps. */
  scaleMode: 'cycle' | 'iterations';
  /** Whether the momentum is cycled, too. */
  cycleMomentum: boolean;
  /** What it falls to, by group. */
  baseMomentums: readonly number[];
  /** What it begins and ends at, by group. */
  maxMomentums: readonly number[];

  /**
   * Throws ValueError for options that are unknown, numbers out of range or not as many as groups, or if the optimizer has no
   * momentum to cycle.
   */
  constructor(optimizer: Optimizer, baseLr: PerGroup, maxLr: PerGroup, options: CyclicLROptions = {}) {
    const { stepSizeUp = 2000, mode = 'triangular', gamma = 1, scaleFn = null, scaleMode = 'cycle' } = options;
    const { cycleMomentum = true, baseMomentum = 0.8, maxMomentum = 0.9, lastEpoch = -1 } = options;
    const stepSizeDown = options.stepSizeDown ?? stepSizeUp;
    checkGiven(name, optimizer, options, known);
    const baseLrs = perGroup(name, 'baseLr', optimizer, baseLr);
    const maxLrs = perGroup(name, 'maxLr', optimizer, maxLr);
    checkPositive(name, 'stepSizeUp', stepSizeUp);
    checkNotNegative(name, 'stepSizeDown', stepSizeDown);
    if (scaleFn === null) checkChoice(name, 'mode', mode, ['triangular', 'triangular2', 'exp_range']);
    else if (typeof scaleFn !== 'function')
      throw new ValueError(
        name,
        `scaleFn is no function. Pass one of the cycle, (cycle) => 1 / cycle, or leave it out.`,
      );
    checkNotNegative(name, 'gamma', gamma);
    checkChoice(name, 'scaleMode', scaleMode, ['cycle', 'iterations']);
    if (cycleMomentum) momentumOf(name, optimizer);
    const baseMomentums = perGroup(name, 'baseMomentum', optimizer, baseMomentum);
    const maxMomentums = perGroup(name, 'maxMomentum', optimizer, maxMomentum);
    if (lastEpoch === -1) {
      optimizer.paramGroups.forEach((group, g) => {
        group.lr = baseLrs[g] ?? group.lr;
        if (cycleMomentum) setMomentum(group, baseMomentums[g] ?? 0);
      });
    }
    super(optimizer, { lastEpoch });
    this.maxLrs = maxLrs;
    this.totalSize = stepSizeUp + stepSizeDown;
    this.stepRatio = stepSizeUp / this.totalSize;
    this.mode = mode;
    this.gamma = gamma;
    this.scaleFn = scaleFn;
    this.scaleMode = scaleFn ? scaleMode : mode === 'exp_range' ? 'iterations' : 'cycle';
    this.cycleMomentum = cycleMomentum;
    this.baseMomentums = optimizer.paramGroups.map(getMomentum);
    this.maxMomentums = maxMomentums;
    this.initialStep();
    this.baseLrs = baseLrs;
  }

  #scale(x: number): number {
    if (this.scaleFn) return this.scaleFn(x);
    if (this.mode === 'triangular') return 1;
    return this.mode === 'triangular2' ? 1 / 2 ** (x - 1) : this.gamma ** x;
  }

  protected override getLr(): readonly number[] {
    const { lastEpoch, totalSize, stepRatio, baseLrs, maxLrs, baseMomentums, maxMomentums } = this;
    const cycle = Math.floor(1 + lastEpoch / totalSize);
    const place = 1 + lastEpoch / totalSize - cycle;
    const share = place <= stepRatio ? place / stepRatio : (place - 1) / (stepRatio - 1);
    const scale = this.#scale(this.scaleMode === 'cycle' ? cycle : lastEpoch);
    if (this.cycleMomentum && Number.isFinite(scale)) {
      this.optimizer.paramGroups.forEach((group, g) => {
        const [base = 0, top = 0] = [baseMomentums[g], maxMomentums[g]];
        setMomentum(group, top - (top - base) * share * scale);
      });
    }
    return baseLrs.map((base, g) => base + ((maxLrs[g] ?? base) - base) * share * scale);
  }

  override stateDict(): CyclicLRState {
    return {
      max_lrs: this.maxLrs,
      total_size: this.totalSize,
      step_ratio: this.stepRatio,
      mode: this.mode,
      gamma: this.gamma,
      _scale_fn_custom: null,
      scale_mode: this.scaleMode,
      cycle_momentum: this.cycleMomentum,
      ...(this.cycleMomentum && {
        use_beta1: momentumOf(name, this.optimizer) === 'betas',
        base_momentums: this.baseMomentums,
        max_momentums: this.maxMomentums,
      }),
      ...super.stateDict(),
    };
  }

  override loadStateDict(state: CyclicLRState): void {
    super.loadStateDict(state);
    this.maxLrs = state.max_lrs;
    this.totalSize = state.total_size;
    this.stepRatio = state.step_ratio;
    this.mode = state.mode;
    this.gamma = state.gamma;
    this.scaleMode = state.scale_mode;
    this.cycleMomentum = state.cycle_momentum;
    this.baseMomentums = state.base_momentums ?? this.baseMomentums;
    this.maxMomentums = state.max_momentums ?? this.maxMomentums;
  }
}
