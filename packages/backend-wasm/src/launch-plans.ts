// What follows from the geometry of a launch, kept for launches like it: the variant of the code, the parameters, the units.

import type { Launch, Program } from '@rushlight/core/kernel';
import type { LaunchParams } from './launch-params.ts';
import type { Kernel, Machine } from './machine.ts';
import { PlanCache } from './plan-cache.ts';

export interface Compiled<P extends Program> {
  readonly kernel: Kernel;
  readonly params: LaunchParams<P>;
}

/** How to run a launch. */
export interface Choice<P extends Program> {
  /** Names the variant of the code. */
  readonly key: string;
  readonly compile: () => Compiled<P>;
  readonly units: number;
  /** Nanoseconds of an element, roughly. */
  readonly work: number;
}

/** Runs the launches of one program. */
export type Runner<P extends Program> = (launch: Launch<P>) => void;

export interface LaunchPlan<P extends Program> {
  readonly compiled: Compiled<P>;
  readonly words: Int32Array;
  readonly units: number;
  /** Nanoseconds of a unit. */
  readonly work: number;
}

export class LaunchPlans<P extends Program> {
  private readonly choose: (launch: Launch<P>) => Choice<P>;
  private readonly variants = new Map<string, Compiled<P>>();
  private readonly plans = new PlanCache<LaunchPlan<P> | undefined>();

  private readonly isEmpty: (launch: Launch<P>) => boolean;

  /** `isEmpty` tells where there is nothing to do: by default where a size is 0. */
  constructor(choose: (launch: Launch<P>) => Choice<P>, isEmpty = (launch: Launch<P>) => launch.sizes.includes(0)) {
    this.choose = choose;
    this.isEmpty = isEmpty;
  }

  /** The plan of a launch; undefined where there is nothing to do. */
  get(launch: Launch<P>): LaunchPlan<P> | undefined {
    const { sizes, operands, indexed } = launch;
    const all = indexed ? [...sizes, ...indexed.flatMap(({ size, stride }) => [size, stride])] : sizes;
    return this.plans.get(all, operands, undefined, () => this.make(launch));
  }

  private make(launch: Launch<P>): LaunchPlan<P> | undefined {
    if (this.isEmpty(launch)) return undefined;
    const elements = launch.sizes.reduce((x, y) => x * y, 1);
    const { key, compile, units, work } = this.choose(launch);
    let compiled = this.variants.get(key);
    if (!compiled) this.variants.set(key, (compiled = compile()));
    return { compiled, words: compiled.params.geometry(launch), units, work: (elements * work) / units };
  }
}

/** Runs a launch as planned. */
export function runPlanned<P extends Program>(machine: Machine, launch: Launch<P>, plan: LaunchPlan<P>): void {
  const { compiled, words, units, work } = plan;
  compiled.params.write(machine, launch, words);
  machine.run(compiled.kernel, units, work);
}
