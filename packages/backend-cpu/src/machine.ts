// What the kernels of one backend share: how code is emitted, and memory that lives no longer than a launch.

import {
  contiguousStrides, input, mergeDims, program, type DType, type LoopProgram, type Operand, type OperandType, type View, guardClasses } from '@rushlight/core/kernel'; // prettier-ignore
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

  /** A copy of what the operand reads over a box, row-major along the dims in which it moves, until the launch is over. */
  copy(operand: Operand, sizes: readonly number[], dtype = operand.buffer.dtype): Operand {
    const moves = (d: number): boolean =>
      operand.strides[d] !== 0 || (operand.guards ?? []).some((guard) => guard.coefficients[d] !== 0);
    const box = sizes.map((size, d) => (moves(d) ? size : 1));
    const length = box.reduce((product, size) => product * size, 1);
    const dense = contiguousStrides(box);
    const out: Operand = {
      buffer: this.borrow(dtype, length),
      offset: 0,
      strides: dense.map((s, d) => (moves(d) ? s : 0)),
    };
    const merged = mergeDims(box, [box.length], [operand, { ...out, strides: dense }]);
    const [from, to] = merged.views;
    if (!from || !to) return out;
    const loop = program<LoopProgram>({
      kind: 'loop',
      rowRank: merged.sizes.length,
      columnRank: 0,
      inputs: [operandType(from, operand.buffer.dtype)],
      scalars: [],
      stages: [],
      outputs: [{ ...operandType(to, dtype), per: 'element', expr: input(0, operand.buffer.dtype) }],
      checks: [],
    });
    this.loop(loop)({ program: loop, sizes: merged.sizes, operands: [from, to], scalars: [] });
    return out;
  }
}

/** The operand type of a view whose innermost dim may be contiguous. */
function operandType(view: View, dtype: DType): OperandType {
  const last = view.strides.length - 1;
  const strides = view.strides.map((s, d) => (s === 0 ? '0' : s === 1 && d === last ? '1' : 's')).join('');
  return { dtype, strides, guards: guardClasses(view.guards) };
}
