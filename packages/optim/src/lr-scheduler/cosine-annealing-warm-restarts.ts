import type { Optimizer } from '../optimizer.ts';
import { checkGiven, checkInteger, checkNotNegative } from './check-number.ts';
import { LRScheduler, type LRSchedulerOptions, type LRSchedulerState } from './lr-scheduler.ts';

/** Options of `CosineAnnealingWarmRestarts`. */
export interface CosineAnnealingWarmRestartsOptions extends LRSchedulerOptions {
  /** By how much each run is longer than the one before, an integer ≥ 1. Default 1. */
  readonly tMult?: number;
  /** What the learning rates fall to. Default 0. */
  readonly etaMin?: number;
}

/** The state of a `CosineAnnealingWarmRestarts`, under PyTorch's names. */
export interface CosineAnnealingWarmRestartsState extends LRSchedulerState {
  readonly T_0: number;
  readonly T_i: number;
  readonly T_mult: number;
  readonly eta_min: number;
  readonly T_cur: number;
}

const name = 'CosineAnnealingWarmRestarts';

/**
 * Takes the learning rates along half a cosine from what they were at the beginning down towards `etaMin`, in `t0` epochs, and
 * begins again, each run `tMult` times as long as the one before: etaMin + (lr₀ − etaMin)·(1 + cos(π·tCur / tI)) / 2.
 * `step({ epoch })` takes parts of an epoch, so that it can be called after every batch.
 * I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, https://arxiv.org/abs/1608.03983.
 * torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
 *
 * @example
 * const schedule = new CosineAnnealingWarmRestarts(optimizer, 10, { tMult: 2 });
 * schedule.step({ epoch: epoch + batch / batches });
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  override readonly name = name;
  /** How many epochs the first run has. */
  t0: number;
  /** How many the present one has. */
  tI: number;
  /** By how much each is longer than the one before. */
  tMult: number;
  /** What the learning rates fall to. */
  etaMin: number;
  /** How many epochs ago the present run began. */
  tCur: number;

  /** Throws ValueError for an unknown option, a t0 or tMult that is no integer ≥ 1, or an etaMin that is negative or not finite. */
  constructor(optimizer: Optimizer, t0: number, options: CosineAnnealingWarmRestartsOptions = {}) {
    checkGiven(name, optimizer, options, ['tMult', 'etaMin']);
    const { tMult = 1, etaMin = 0, lastEpoch = -1 } = options;
    checkInteger(name, 't0', t0, 1);
    checkInteger(name, 'tMult', tMult, 1);
    checkNotNegative(name, 'etaMin', etaMin);
    super(optimizer, options);
    this.t0 = t0;
    this.tI = t0;
    this.tMult = tMult;
    this.etaMin = etaMin;
    this.tCur = lastEpoch;
    this.initialStep();
  }

  /** @internal */
  protected override advance(epoch?: number): readonly number[] {
    const to = epoch ?? this.lastEpoch + 1;
    if (epoch === undefined && this.lastEpoch >= 0) this.#goOn();
    else this.#goTo(to);
    this.lastEpoch = Math.floor(to);
    return this.getLr();
  }

  #goOn(): void {
    this.tCur++;
    if (this.tCur < this.tI) return;
    this.tCur -= this.tI;
    this.tI *= this.tMult;
  }

  #goTo(epoch: number): void {
    const { t0, tMult } = this;
    if (tMult === 1) {
      this.tCur = epoch % t0;
      return;
    }
    // By subtraction: a logarithm may take the end of a run for its inside.
    let [length, rest] = [t0, epoch];
    while (rest >= length) {
      rest -= length;
      length *= tMult;
    }
    this.tI = length;
    this.tCur = rest;
  }

  protected override getLr(): readonly number[] {
    const { tCur, tI, etaMin } = this;
    const height = (1 + Math.cos((Math.PI * tCur) / tI)) / 2;
    return this.baseLrs.map((lr) => etaMin + (lr - etaMin) * height);
  }

  override stateDict(): CosineAnnealingWarmRestartsState {
    const { t0, tI, tMult, etaMin, tCur } = this;
    return { T_0: t0, T_i: tI, T_mult: tMult, eta_min: etaMin, T_cur: tCur, ...super.stateDict() };
  }

  override loadStateDict(state: CosineAnnealingWarmRestartsState): void {
    super.loadStateDict(state);
    this.t0 = state.T_0;
    this.tI = state.T_i;
    this.tMult = state.T_mult;
    this.etaMin = state.eta_min;
    this.tCur = state.T_cur;
  }
}
