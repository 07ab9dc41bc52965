// The end of matmul and conv: a loop over a block of sums that applies the epilogue and stores the result.

import { binary, cast, input, program, rewrite } from '@rushlight/core/kernel';
import type { DType, Expr, LoopProgram, Operand, OperandType } from '@rushlight/core/kernel';
import { CpuBuffer } from './cpu-buffer.ts';
import type { Machine } from './machine.ts';
import type { Runner } from './run-loop.ts';

export interface EpilogueProgram {
  readonly inputs: readonly OperandType[];
  readonly scalars: readonly DType[];
  readonly epilogue: Expr;
  readonly output: OperandType;
}

/** Whether the sums of a product are made of wrapping integers. */
export const isInteger = (dtype: DType): boolean => !dtype.startsWith('float');

/** The sum as the epilogue sees it, from int32 sums of narrower integers. */
function narrowed(dtype: DType): Expr {
  if (dtype === 'uint8') return cast(input(0, 'int32'), dtype);
  return dtype === 'bool' ? cast(binary('and', input(0, 'int32'), 1), dtype) : input(0, dtype);
}

export class Epilogue {
  private readonly loop: LoopProgram;
  private readonly runLoop: Runner<LoopProgram>;
  private readonly sums = new CpuBuffer('float64', 0, new Float64Array(0), {});

  /** `letters` gives the stride classes of an operand along the rows and columns of a block. */
  constructor(
    machine: Machine,
    { inputs, scalars, epilogue, output }: EpilogueProgram,
    letters: (type: OperandType) => string,
  ) {
    const [first, , ...extras] = inputs;
    const dtype = first?.dtype ?? output.dtype;
    const block = (type: OperandType): OperandType => ({ dtype: type.dtype, strides: letters(type), guards: [] });
    this.loop = program<LoopProgram>({
      kind: 'loop',
      rowRank: 2,
      columnRank: 0,
      inputs: [{ dtype: 'float64', strides: 's1', guards: [] }, ...extras.map(block)],
      scalars,
      stages: [],
      outputs: [
        {
          ...block(output),
          per: 'element',
          expr: rewrite(epilogue, (e) => (e.op === 'input' && e.value === 0 ? narrowed(dtype) : undefined)),
        },
      ],
      checks: [],
    });
    this.runLoop = machine.loop(this.loop);
  }

  /** Whether an extra operand (or, after them, the output) does not move along the columns of a block. */
  isStill(slot: number): boolean {
    const { inputs, outputs } = this.loop;
    return (inputs[slot + 1] ?? outputs[0])?.strides[1] === '0';
  }

  /** `operands` are the extras and the output as views of the block; the sums' rows are `width` apart from `at` on. */
  run(
    c: Float64Array,
    at: number,
    width: number,
    m: number,
    n: number,
    operands: readonly Operand[],
    scalars: readonly number[],
  ): void {
    this.sums.data = c;
    const sums = { buffer: this.sums, offset: at, strides: [width, 1] };
    this.runLoop({ program: this.loop, sizes: [m, n], operands: [sums, ...operands], scalars });
  }
}
