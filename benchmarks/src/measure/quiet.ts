// Is anybody else using the machine? Two instruments: a loop whose time we know by now, and the processors' own books.

import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the machine tells; replaced in tests. */
export interface Instruments {
  /** Seconds that a fixed piece of work takes. */
  calibrate(): number;
  /** Seconds that all processors together have been busy since the start, whoever kept them so. */
  busy(): number;
  /** Seconds of processor time that this process has used. */
  own(): number;
  now(): number;
  sleep(seconds: number): Promise<unknown>;
}

/** How much slower the calibrating loop may be than its best. */
const slowdown = 1.25;
/** How many processors strangers may keep busy, on average. */
const strangers = 0.25;
/** How long to wait for quiet, seconds, and how often to look. */
const patience = 3;
const interval = 0.2;

export class Quiet {
  private best = Infinity;
  private readonly machine: Instruments;

  constructor(machine: Instruments = thisMachine) {
    this.machine = machine;
  }

  /** Waits until the calibrating loop runs at its best speed, at most a few seconds. */
  async settle(): Promise<void> {
    const until = this.machine.now() + patience;
    while (!this.calibrated() && this.machine.now() < until) await this.machine.sleep(interval);
  }

  /**
   * Runs work that tells the processor time it used, and says whether it had the machine to itself: strangers' processor
   * time meanwhile, and the calibrating loop after it.
   */
  async watch<T extends { readonly cpu: number }>(work: () => Promise<T>): Promise<{ result: T; quiet: boolean }> {
    const { machine } = this;
    const before = { now: machine.now(), busy: machine.busy(), own: machine.own() };
    const result = await work();
    const wall = machine.now() - before.now;
    const foreign = machine.busy() - before.busy - (machine.own() - before.own) - result.cpu;
    return { result, quiet: foreign <= strangers * wall + tick && this.calibrated() };
  }

  private calibrated(): boolean {
    const time = this.machine.calibrate();
    this.best = Math.min(this.best, time);
    return time <= slowdown * this.best;
  }
}

/** Operating systems book in hundredths of a second, per processor. */
const tick = 0.01 * cpus().length;

function spin(): number {
  const started = performance.now();
  let x = 1;
  for (let i = 0; i < 1_000_000; i++) x = x * 1.0000001 + 1e-9;
  const took = performance.now() - started;
  return x > 0 ? took / 1e3 : 0; // the result is used: the loop stays
}

const thisMachine: Instruments = {
  calibrate: () => Math.min(spin(), spin(), spin()),
  busy: () => cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1e3,
  own: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  now: () => performance.now() / 1e3,
  sleep: (seconds) => sleep(1000 * seconds),
};
