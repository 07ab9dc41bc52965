// What schedules share that are made of others.

import { ValueError } from '@rushlight/core';
import type { Optimizer } from '../optimizer.ts';

/** A schedule among others. */
export interface ListedScheduler {
  readonly name: string;
  readonly optimizer: Optimizer;
  step(): void;
  getLastLr(): number[];
  stateDict(): object;
  loadStateDict(state: never): void;
}

/** Refuses what is no list of schedules of one optimizer, which is returned. Without `optimizer` it is that of the first. */
export function checkSchedulers(op: string, schedulers: readonly ListedScheduler[], optimizer?: Optimizer): Optimizer {
  const [first] = Array.isArray(schedulers) ? schedulers : [];
  if (!first) throw new ValueError(op, 'there are no schedules. Pass a list: [new LinearLR(optimizer), …].');
  const common = optimizer ?? first.optimizer;
  schedulers.forEach((scheduler, k) => {
    if (typeof scheduler?.step !== 'function' || typeof scheduler.getLastLr !== 'function')
      throw new ValueError(op, `schedulers[${k}] is no schedule. Pass instances of StepLR, LinearLR, ….`);
    if (scheduler.optimizer !== common)
      throw new ValueError(
        op,
        `schedulers[${k}], ${scheduler.name}, belongs to another optimizer. All must belong to one.`,
      );
    if (scheduler.name === 'ReduceLROnPlateau')
      throw new ValueError(op, `schedulers[${k}] is a ReduceLROnPlateau, which needs a metric. Step it by itself.`);
  });
  return common;
}

/** Gives every schedule its state, or none. Throws ValueError where there are not as many. */
export function loadStates(op: string, schedulers: readonly ListedScheduler[], states: readonly object[]): void {
  if (!Array.isArray(states) || states.length !== schedulers.length) {
    const found = Array.isArray(states) ? states.length : 'no';
    throw new ValueError(
      op,
      `the state is of ${found} schedules, and there are ${schedulers.length}. They must be equal.`,
    );
  }
  const before = schedulers.map((scheduler) => scheduler.stateDict());
  try {
    schedulers.forEach((scheduler, k) => scheduler.loadStateDict(states[k] as never));
  } catch (error) {
    schedulers.forEach((scheduler, k) => scheduler.loadStateDict(before[k] as never));
    throw error;
  }
}
