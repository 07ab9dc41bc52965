// Results of stages in memory, where one kernel leaves them for the next: their bits as int32, for each stage the values of all rows, then
// the positions.

import { postorder, type LoopProgram } from '@rushlight/core/kernel';
import { fromBits, toBits, type Accumulator } from './accumulator.ts';
import type { LoopDispatch } from './loop-dispatch.ts';
import type { Leaves, LoopShader, Part } from './loop-shader.ts';

/** Elements that the results of a program take for so many rows. */
export const resultsLength = ({ stages }: LoopProgram, rows: number): number => 2 * stages.length * rows;

/** Whether a part computes with results of stages. */
export function readsResults({ exprs }: Part): boolean {
  return postorder(exprs).some(({ op }) => op === 'stage' || op === 'position');
}

/** The leaves of stages as they are in memory; the next binding of the shader is theirs, where there are any. */
export function storedResults(loop: LoopShader, part: Part, row: string): Pick<Leaves, 'stage' | 'position'> {
  const { shader, rows, program } = loop;
  const binding = readsResults(part) ? shader.buffer('int32', 'read') : undefined;
  const load = (array: number): string => shader.let(binding?.load(`${array}u * ${rows} + ${row}`) ?? '', 's');
  return {
    stage: (slot) => fromBits(program.stages[slot]?.expr.dtype ?? 'int32', load(2 * slot)),
    position: (slot) => load(2 * slot + 1),
  };
}

/** Stores a total: its value at `at`, its position `apart` elements further. */
export function storeTotal(
  loop: LoopShader,
  store: (index: string, value: string) => string,
  total: Accumulator<LoopDispatch>,
  at: string,
  apart: string,
): void {
  const { shader } = loop;
  shader.push(store(at, toBits(total.dtype, total.value)));
  if (total.position !== undefined) shader.push(store(`${at} + ${apart}`, total.position));
}
