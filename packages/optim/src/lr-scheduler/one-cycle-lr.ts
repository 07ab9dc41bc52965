import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';
import { checkChoice, checkFraction, checkGiven, checkInteger, checkPositive } from './check-number.ts';
import { momentumOf, setMomentum, type MomentumGroup } from './cycled-momentum.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';
import { cyclePhases, placeInCycle, type CycleNumbers, type CyclePhase } from './one-cycle-phases.ts';
import { perGroup, type PerGroup } from './per-group.ts';

/** Options of `OneCycleLR`. */
export interface OneCycleLROptions extends LRSchedulerOptions {
  /** How many steps the cycle has; else it has `epochs` · `stepsPerEpoch`. */
  readonly totalSteps?: number;
  /** How many epochs the cycle has, of `stepsPerEpoch` steps each. */
  readonly epochs?: number;
  /** How many steps an epoch has. */
  readonly stepsPerEpoch?: number;
  /** The share of the steps in which the learning rate rises, in [0, 1]. Default 0.3. */
  readonly pctStart?: number;
  /** How a phase goes from its beginning to its end. Default 'cos'. */
  readonly annealStrategy?: 'cos' | 'linear';
  /** Whether the momentum (β₁ of Adam) falls while the learning rate rises, and the other way round. Default true. */
  readonly cycleMomentum?: boolean;
  /** What the momentum falls to, for all groups or for each. Default 0.85. */
  readonly baseMomentum?: PerGroup;
  /** What the momentum begins and ends at, for all groups or for each. Default 0.95. */
  readonly maxMomentum?: PerGroup;
  /** maxLr / divFactor is where the learning rate begins. Default 25. */
  readonly divFactor?: number;
  /** That divided by finalDivFactor is where it ends. Default 1e4. */
  readonly finalDivFactor?: number;
  /** Fall to the beginning as fast as it rose, and only then to the end. Default false. */
  readonly threePhase?: boolean;
}

/** The state of a `OneCycleLR`, under PyTorch's names. */
export interface OneCycleLRState extends LRSchedulerState {
  readonly total_steps: number;
  readonly _schedule_phases: readonly CyclePhase[];
  /** Absent in what PyTorch 1 saved. */
  readonly _anneal_func_type?: 'cos' | 'linear';
  readonly cycle_momentum: boolean;
  readonly use_beta1?: boolean;
}

/** A group with what a cycle notes there: that is saved with the optimizer. */
type CycleGroup = MomentumGroup & {
  maxLr?: number;
  minLr?: number;
  maxMomentum?: number;
  baseMomentum?: number;
};

const anneals: Readonly<Record<'cos' | 'linear', (start: number, end: number, share: number) => number>> = {
  cos: (start, end, share) => end + ((start - end) / 2) * (Math.cos(Math.PI * share) + 1),
  linear: (start, end, share) => (end - start) * share + start,
};

const name = 'OneCycleLR';

const known: readonly (keyof OneCycleLROptions)[] = [
  'totalSteps', 'epochs', 'stepsPerEpoch', 'pctStart', 'annealStrategy', 'cycleMomentum', 'baseMomentum', 'maxMomentum',
  'divFactor', 'finalDivFactor', 'threePhase',
]; // prettier-ignore

function countSteps({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  if (totalSteps !== undefined) {
    checkInteger(name, 'totalSteps', totalSteps, 1);
    return totalSteps;
  }
  if (epochs === undefined || stepsPerEpoch === undefined)
    throw new ValueError(name, 'the length of the cycle is missing. Give totalSteps, or epochs and stepsPerEpoch.');
  checkInteger(name, 'epochs', epochs, 1);
  checkInteger(name, 'stepsPerEpoch', stepsPerEpoch, 1);
  return epochs * stepsPerEpoch;
}

/**
 * One cycle over the whole training: from maxLr / divFactor up to maxLr, and down to that divided by finalDivFactor; the
 * momentum goes the other way. `step()` is called after every batch, totalSteps times at most.
 * L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2017,
 * https://arxiv.org/abs/1708.07120. torch.optim.lr_scheduler.OneCycleLR
 *
 * @example
 * const schedule = new OneCycleLR(optimizer, 0.01, { epochs: 10, stepsPerEpoch: loader.length });
 */
export class OneCycleLR extends LRScheduler {
  override readonly name = 'OneCycleLR';
  /** How many steps the cycle has. */
  totalSteps: number;
  /** How a phase goes from its beginning to its end. */
  annealStrategy: 'cos' | 'linear';
  /** Whether the momentum is cycled, too. */
  cycleMomentum: boolean;
  #phases: readonly CyclePhase[];

  /**
   * Throws ValueError if the length is missing or not whole, for numbers out of range or not as many as groups, if the optimizer
   * has no momentum to cycle, or if it shall go on but its groups hold no cycle.
   */
  constructor(optimizer: Optimizer, maxLr: PerGroup, options: OneCycleLROptions = {}) {
    const { pctStart = 0.3, annealStrategy = 'cos', cycleMomentum = true, threePhase = false } = options;
    const { divFactor = 25, finalDivFactor = 1e4, lastEpoch = -1 } = options;
    checkGiven(name, optimizer, options, known);
    const totalSteps = countSteps(options);
    checkFraction(name, 'pctStart', pctStart);
    checkChoice(name, 'annealStrategy', annealStrategy, ['cos', 'linear']);
    if (cycleMomentum) momentumOf(name, optimizer);
    checkPositive(name, 'divFactor', divFactor);
    checkPositive(name, 'finalDivFactor', finalDivFactor);
    const maxLrs = perGroup(name, 'maxLr', optimizer, maxLr);
    const maxMomentums = perGroup(name, 'maxMomentum', optimizer, options.maxMomentum ?? 0.95);
    const baseMomentums = perGroup(name, 'baseMomentum', optimizer, options.baseMomentum ?? 0.85);
    optimizer.paramGroups.forEach((group: CycleGroup, g) => {
      if (lastEpoch !== -1) return;
      const top = maxLrs[g] ?? group.lr;
      group.initialLr = top / divFactor;
      group.maxLr = top;
      group.minLr = group.initialLr / finalDivFactor;
      if (!cycleMomentum) return;
      group.maxMomentum = maxMomentums[g] ?? 0.95;
      group.baseMomentum = baseMomentums[g] ?? 0.85;
      setMomentum(group, group.maxMomentum);
    });
    super(optimizer, { lastEpoch });
    this.totalSteps = totalSteps;
    this.annealStrategy = annealStrategy;
    this.cycleMomentum = cycleMomentum;
    this.#phases = cyclePhases(totalSteps, pctStart, threePhase);
    this.initialStep();
  }

  #numbers(group: CycleGroup, g: number): CycleNumbers {
    const { initialLr, maxLr, minLr, maxMomentum = NaN, baseMomentum = NaN } = group;
    const isWhole = !this.cycleMomentum || (group.maxMomentum !== undefined && group.baseMomentum !== undefined);
    if (initialLr !== undefined && maxLr !== undefined && minLr !== undefined && isWhole) {
      return { initial_lr: initialLr, max_lr: maxLr, min_lr: minLr, max_momentum: maxMomentum, base_momentum: baseMomentum }; // prettier-ignore
    }
    throw new ValueError(
      name,
      `group ${g} holds no cycle to go on with after step ${this.lastEpoch - 1}. Load the optimizer's state dict first, or leave lastEpoch out.`,
    );
  }

  protected override getLr(): readonly number[] {
    const { lastEpoch, totalSteps, annealStrategy } = this;
    if (lastEpoch > totalSteps) {
      throw new ValueError(
        name,
        `this is step ${lastEpoch + 1} of a cycle of ${totalSteps}. Call step() no oftener, or give it more totalSteps.`,
      );
    }
    const { phase, share } = placeInCycle(this.#phases, lastEpoch);
    const anneal = anneals[annealStrategy];
    return this.optimizer.paramGroups.map((group: CycleGroup, g) => {
      const numbers = this.#numbers(group, g);
      if (this.cycleMomentum)
        setMomentum(group, anneal(numbers[phase.start_momentum], numbers[phase.end_momentum], share));
      return anneal(numbers[phase.start_lr], numbers[phase.end_lr], share);
    });
  }

  override stateDict(): OneCycleLRState {
    return {
      total_steps: this.totalSteps,
      _schedule_phases: this.#phases,
      _anneal_func_type: this.annealStrategy,
      cycle_momentum: this.cycleMomentum,
      ...(this.cycleMomentum && { use_beta1: momentumOf(name, this.optimizer) === 'betas' }),
      ...super.stateDict(),
    };
  }

  override loadStateDict(state: OneCycleLRState): void {
    super.loadStateDict(state);
    this.totalSteps = state.total_steps;
    this.#phases = state._schedule_phases;
    this.annealStrategy = state._anneal_func_type ?? this.annealStrategy;
    this.cycleMomentum = state.cycle_momentum;
  }
}
