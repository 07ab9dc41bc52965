// Which kernels a launch gets, by its sizes and by how its operands lie in memory.

import type { Launch, LoopProgram, Operand } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import { rowsOfGroup, type TeamShape } from './team.ts';

/** How the rows of a launch with stages are walked. */
export interface Schedule {
  readonly shape: TeamShape;
  /** Chunks of a row: 1 where a team walks all of it. */
  readonly chunks: number;
}

/** The ways to cut a workgroup: each is compiled when a launch first needs it. */
export const shapes = {
  thread: { threads: 64, team: 1, along: 'rows' },
  few: { threads: 64, team: 16, along: 'columns' },
  half: { threads: 64, team: 64, along: 'columns' },
  all: { threads: 256, team: 256, along: 'columns' },
  strip: { threads: 256, team: 8, along: 'rows' },
} as const satisfies Readonly<Record<string, TeamShape>>;

/** Workgroups that keep a GPU busy, and how many there may be for one row. */
const enoughGroups = { gpu: 512, software: 16 } as const;
const mostChunks = 1024;

export function chooseSchedule(
  launch: Launch<LoopProgram>,
  rows: number,
  columns: number,
  features: Features,
): Schedule {
  const shape = chooseShape(launch, rows, columns, features);
  const groups = Math.ceil(rows / rowsOfGroup(shape));
  const enough = features.software ? enoughGroups.software : enoughGroups.gpu;
  const least = leastChunk(shape, features);
  if (groups * 4 > enough || columns < 8 * least) return { shape, chunks: 1 };
  return { shape, chunks: Math.min(mostChunks, Math.ceil(enough / groups), Math.floor(columns / least)) };
}

/** Columns of a chunk that are worth a workgroup. */
function leastChunk({ team, along }: TeamShape, { software }: Features): number {
  if (software) return 2048;
  return team * (along === 'rows' ? 32 : 16);
}

function chooseShape(launch: Launch<LoopProgram>, rows: number, columns: number, { software }: Features): TeamShape {
  // Barriers are slow there, and every thread costs.
  if (software) return rows >= 16 || columns <= 64 ? shapes.thread : shapes.half;
  if (columns <= 8 || (columns <= 32 && rows >= 32768)) return shapes.thread;
  if (rows >= 16 && rowsAreNeighbours(launch)) return rows >= 16384 || columns <= 16 ? shapes.thread : shapes.strip;
  return columns <= 128 ? shapes.few : columns <= 1024 ? shapes.half : shapes.all;
}

/** Whether most of the operands that move along both have their rows nearer together than their columns. */
function rowsAreNeighbours({ program, sizes, operands }: Launch<LoopProgram>): boolean {
  const innermost = (from: number, to: number): number => {
    let d = to - 1;
    while (d > from && sizes[d] === 1) d--;
    return d;
  };
  const { rowRank } = program;
  const row = innermost(0, rowRank);
  const column = innermost(rowRank, sizes.length);
  let votes = 0;
  for (const operand of operands) {
    const [down, along] = [stepOf(operand, row), stepOf(operand, column)];
    if (down > 0 && along > 0) votes += down < along ? 1 : -1;
  }
  return votes > 0;
}

/** How far an operand moves along a dim. */
function stepOf({ strides, guards }: Operand, dim: number): number {
  let step = strides[dim] ?? 0;
  if (guards) for (const guard of guards) step += ((guard.coefficients[dim] ?? 0) * guard.stride) / guard.step;
  return Math.abs(step);
}
