// What an operand reads, as a dense array: for kernels that take no guards, or another dtype.

import type { DType } from './dtype.ts';
import { input } from './expr.ts';
import type { Buffer, Launch, Operand } from './launch.ts';
import { guardClasses, program, strideClasses, type LoopProgram } from './program.ts';
import { contiguousStrides, mergeDims, sizeOf } from './view.ts';

/**
 * The launch that copies what `operand` reads over `sizes`, row-major along the dims in which it moves, into a buffer of
 * `dtype` that `allocate` gives; and the operand that reads the copy over the same sizes.
 */
export function denseCopy(
  operand: Operand,
  sizes: readonly number[],
  dtype: DType,
  allocate: (dtype: DType, length: number) => Buffer,
): { readonly launch: Launch<LoopProgram>; readonly copy: Operand } {
  const moves = (d: number): boolean =>
    operand.strides[d] !== 0 || (operand.guards ?? []).some((guard) => guard.coefficients[d] !== 0);
  const box = sizes.map((size, d) => (moves(d) ? size : 1));
  const strides = contiguousStrides(box);
  const buffer = allocate(dtype, sizeOf(box));
  const merged = mergeDims(box, [box.length], [operand, { buffer, offset: 0, strides }]);
  const [from, to] = merged.views as [Operand, Operand];
  const classes = (view: Operand): string => strideClasses(view.strides, [merged.sizes.length]);
  const source = operand.buffer.dtype;
  const loop = program<LoopProgram>({
    kind: 'loop',
    rowRank: merged.sizes.length,
    columnRank: 0,
    inputs: [{ dtype: source, strides: classes(from), guards: guardClasses(from.guards) }],
    scalars: [],
    stages: [],
    outputs: [{ dtype, strides: classes(to), guards: [], per: 'element', expr: input(0, source) }],
    checks: [],
  });
  return {
    launch: { program: loop, sizes: merged.sizes, operands: [from, to], scalars: [] },
    copy: { buffer, offset: 0, strides: strides.map((s, d) => (moves(d) ? s : 0)) },
  };
}
