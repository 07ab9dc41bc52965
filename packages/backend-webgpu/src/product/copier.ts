// Copies of operands that last as long as a launch: without guards, or with a border.

import { denseCopy, type LoopProgram, type Operand } from '@rushlight/core/kernel';
import { loopRunner } from '../loop/loop-runner.ts';
import type { Machine } from '../machine.ts';
import type { Runner } from '../runners.ts';

export class Copier {
  private readonly machine: Machine;
  private readonly loops = new Map<LoopProgram, Runner<LoopProgram>>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** What the operand reads over a box, dense. */
  copy(operand: Operand, sizes: readonly number[]): Operand {
    const { machine, loops } = this;
    const { launch, copy } = denseCopy(operand, sizes, operand.buffer.dtype, (dtype, length) =>
      machine.borrow(dtype, length),
    );
    if (launch.sizes.includes(0)) return copy;
    let run = loops.get(launch.program);
    if (!run) loops.set(launch.program, (run = loopRunner(launch.program, machine)));
    run(launch);
    return copy;
  }

  /** The operand without guards: itself, or a copy. */
  unguarded(operand: Operand, sizes: readonly number[]): Operand {
    return operand.guards?.length ? this.copy(operand, sizes) : operand;
  }
}
