// Of what a cycle consists: phases, in each of which learning rate and momentum go from one of the group's numbers to another.

/** A group's numbers that phases begin and end at, by PyTorch's names. */
export interface CycleNumbers {
  readonly initial_lr: number;
  readonly max_lr: number;
  readonly min_lr: number;
  readonly max_momentum: number;
  readonly base_momentum: number;
}

type Rate = 'initial_lr' | 'max_lr' | 'min_lr';
type Momentum = 'max_momentum' | 'base_momentum';

/** A phase as state dicts have it. */
export interface CyclePhase {
  /** The step at which it is over; not always a whole number. */
  readonly end_step: number;
  readonly start_lr: Rate;
  readonly end_lr: Rate;
  readonly start_momentum: Momentum;
  readonly end_momentum: Momentum;
}

const phase = (end_step: number, [start_lr, end_lr]: readonly [Rate, Rate], [start_momentum, end_momentum]: readonly [Momentum, Momentum]): CyclePhase =>
  ({ end_step, start_lr, end_lr, start_momentum, end_momentum }); // prettier-ignore

/** Up for a share `pctStart` of the steps, and down; in three phases down to the beginning as fast as up, then further. */
export function cyclePhases(totalSteps: number, pctStart: number, isThreePhase: boolean): CyclePhase[] {
  const up = phase(pctStart * totalSteps - 1, ['initial_lr', 'max_lr'], ['max_momentum', 'base_momentum']);
  if (!isThreePhase) return [up, phase(totalSteps - 1, ['max_lr', 'min_lr'], ['base_momentum', 'max_momentum'])];
  return [
    up,
    phase(2 * pctStart * totalSteps - 2, ['max_lr', 'initial_lr'], ['base_momentum', 'max_momentum']),
    phase(totalSteps - 1, ['initial_lr', 'min_lr'], ['max_momentum', 'max_momentum']),
  ];
}

/** In which phase a step is, and how far: 0 where the phase begins, 1 where it ends. */
export function placeInCycle(phases: readonly CyclePhase[], step: number): { phase: CyclePhase; share: number } {
  let start = 0;
  for (const [k, candidate] of phases.entries()) {
    const { end_step: end } = candidate;
    // A phase of no steps is over as soon as it begins.
    if (step <= end || k === phases.length - 1)
      return { phase: candidate, share: end === start ? 1 : (step - start) / (end - start) };
    start = end;
  }
  throw new RangeError('a cycle has phases');
}
