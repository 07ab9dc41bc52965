// Copies of operands that last as long as a launch: without guards, in a dtype that code takes.

import { denseCopy, type Buffer, type DType, type LoopProgram, type Operand } from '@rushlight/core/kernel';
import type { Runner } from './launch-plans.ts';
import { loopRunner } from './loop-runner.ts';
import type { Machine } from './machine.ts';
import { elementBytes, WasmBuffer } from './wasm-buffer.ts';

export class Copier {
  private readonly machine: Machine;
  private readonly loops = new Map<LoopProgram, Runner<LoopProgram>>();

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** What the operand reads over a box, dense; the memory is the machine's to release. */
  copy(operand: Operand, sizes: readonly number[], dtype = operand.buffer.dtype): Operand {
    const allocate = (type: DType, length: number): Buffer =>
      new WasmBuffer(type, length, this.machine.borrow(length * elementBytes(type)), this);
    const { launch, copy } = denseCopy(operand, sizes, dtype, allocate);
    let run = this.loops.get(launch.program);
    if (!run) this.loops.set(launch.program, (run = loopRunner(launch.program, this.machine)));
    run(launch);
    return copy;
  }

  /** The operand without guards: itself, or a copy. */
  unguarded(operand: Operand, sizes: readonly number[]): Operand {
    return operand.guards?.length ? this.copy(operand, sizes) : operand;
  }
}
