// What the kernels of one backend share: how code is emitted, and memory that lives no longer than a launch.

import { denseCopy, type DType, type LoopProgram, type Operand } from '@rushlight/core/kernel';
import type { Code, Compiled } from './code.ts';
import { CpuBuffer } from './cpu-buffer.ts';
import type { Pool } from './pool.ts';
import { loopRunner, type Runner } from './run-loop.ts';

export class Machine {
  readonly emit: (code: Code) => Compiled;
  readonly pool: Pool;
  private readonly loops = new WeakMap<LoopProgram, Runner<LoopProgram>>();
  private readonly borrowed: CpuBuffer[] = [];

  constructor(emit: (code: Code) => Compiled, pool: Pool) {
    this.emit = emit;
    this.pool = pool;
  }

  /** The runner of a loop, compiled once per program. */
  loop(loop: LoopProgram): Runner<LoopProgram> {
    let runner = this.loops.get(loop);
    if (!runner) this.loops.set(loop, (runner = loopRunner(loop, this.emit)));
    return runner;
  }

  /** Memory until the launch is over. */
  borrow(dtype: DType, length: number): CpuBuffer {
    const buffer = new CpuBuffer(dtype, length, this.pool.take(dtype, length), this);
    this.borrowed.push(buffer);
    return buffer;
  }

  /** Ends what `borrow` lent. */
  release(): void {
    for (const { data } of this.borrowed) this.pool.give(data);
    this.borrowed.length = 0;
  }

  /** The operand without guards: itself, or a copy until the launch is over. */
  unguarded(operand: Operand, sizes: readonly number[]): Operand {
    return operand.guards?.length ? this.copy(operand, sizes) : operand;
  }

  /** The same in a dtype whose elements are plain numbers. */
  plain(operand: Operand, sizes: readonly number[]): Operand {
    return operand.buffer.dtype === 'float16' ? this.copy(operand, sizes, 'float32') : this.unguarded(operand, sizes);
  }

  /** A copy of what the operand reads over a box, until the launch is over. */
  copy(operand: Operand, sizes: readonly number[], dtype = operand.buffer.dtype): Operand {
    const { launch, copy } = denseCopy(operand, sizes, dtype, (type, length) => this.borrow(type, length));
    this.loop(launch.program)(launch);
    return copy;
  }
}
