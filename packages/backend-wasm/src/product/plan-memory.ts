// Where plans lie in the memory of WebAssembly: those used last stay, up to a limit, the others come back when they are used again.

import type { Machine } from '../machine.ts';
import type { Plan } from './plan.ts';

const limit = 32 * 1024 * 1024;

class PlanMemory {
  private readonly machine: Machine;
  private readonly plans = new Set<Plan>();
  private bytes = 0;
  private clock = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** The plan's address, from now to the end of the launch at least. */
  place(plan: Plan): number {
    plan.lastUse = ++this.clock;
    return plan.address === 0 ? this.bring(plan) : plan.address;
  }

  private bring(plan: Plan): number {
    const { heap } = this.machine;
    const { byteLength } = plan.words;
    if (this.bytes + byteLength > limit) this.makeRoom(byteLength);
    plan.address = heap.allocate(byteLength);
    heap.views.i32.set(plan.words, plan.address / 4);
    this.plans.add(plan);
    this.bytes += byteLength;
    return plan.address;
  }

  /** Drops the half that was not used for the longest time, or more. */
  private makeRoom(needed: number): void {
    const oldest = [...this.plans].toSorted((x, y) => x.lastUse - y.lastUse);
    for (const plan of oldest) {
      if (this.bytes + needed <= limit / 2) break;
      this.machine.heap.release(plan.address);
      this.bytes -= plan.words.byteLength;
      plan.address = 0;
      this.plans.delete(plan);
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
