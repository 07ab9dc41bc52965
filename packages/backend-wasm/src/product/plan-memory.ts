// Where plans lie in the memory of WebAssembly: those used last stay, up to a limit and as long as memory suffices. What had to go
// is made again when it is used again.

import type { Machine } from '../machine.ts';
import type { Plan } from './plan.ts';

const limit = 64 * 1024 * 1024;

class PlanMemory {
  private readonly machine: Machine;
  private readonly plans = new Set<Plan>();
  private bytes = 0;

  constructor(machine: Machine) {
    this.machine = machine;
    machine.heap.onShortage = () => this.dropIdle(0);
  }

  /** Whether the plan is there; it stays to the end of the launch then. */
  keeps(plan: Plan): boolean {
    plan.lastUse = this.machine.launches;
    return plan.address !== 0;
  }

  place(plan: Plan, write: (to: Int32Array) => void): void {
    const { heap, launches } = this.machine;
    plan.lastUse = launches;
    if (this.bytes + plan.bytes > limit) this.dropIdle(limit / 2);
    plan.address = heap.allocate(plan.bytes);
    write(heap.views.i32.subarray(plan.address / 4, (plan.address + plan.bytes) / 4));
    this.plans.add(plan);
    this.bytes += plan.bytes;
  }

  drop(plan: Plan): void {
    if (!this.plans.delete(plan)) return;
    this.machine.heap.release(plan.address);
    this.bytes -= plan.bytes;
    plan.address = 0;
  }

  /** Drops plans that the launch at hand does not use, those first that were not used for the longest time, to so many bytes. */
  private dropIdle(most: number): void {
    const { launches } = this.machine;
    for (const plan of [...this.plans].toSorted((x, y) => x.lastUse - y.lastUse)) {
      if (this.bytes <= most || plan.lastUse === launches) break;
      this.drop(plan);
    }
  }
}

const memories = new WeakMap<Machine, PlanMemory>();

/** The plans of a machine. */
export function planMemory(machine: Machine): PlanMemory {
  let memory = memories.get(machine);
  if (!memory) memories.set(machine, (memory = new PlanMemory(machine)));
  return memory;
}
