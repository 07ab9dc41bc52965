// Random scans and sorts: ties, NaN, empty rows, long rows, any strides.

import { program } from '@rushlight/core/kernel';
import type { DType, ScanProgram, SortProgram } from '@rushlight/core/kernel';
import type { Entry } from '../harness.ts';
import type { Draw } from './draw.ts';
import { drawOperand } from './draw-operand.ts';
import { randomLaunches, type LaunchCase } from './launch-case.ts';

const drawBox = (draw: Draw): number[] =>
  draw.chance(10) ? [draw.int(1, 2), draw.int(250, 530)] : draw.sizes(draw.int(1, 3));

function drawScan(draw: Draw, dtypes: readonly DType[]): LaunchCase {
  const box = drawBox(draw);
  const reduce = draw.of(['sum', 'prod', 'max', 'min'] as const);
  const additive = reduce === 'sum' || reduce === 'prod';
  const dtype = draw.of(additive ? dtypes.filter((d) => d !== 'bool') : dtypes);
  const values = reduce === 'prod' ? 'signs' : reduce === 'sum' ? 'whole' : 'quarters';
  const input = drawOperand(draw, dtype, box, { values, guards: draw.chance(10) && !additive });
  const outputs = [drawOperand(draw, dtype, box, { written: true })];
  if (!additive && draw.chance(70)) outputs.push(drawOperand(draw, 'int32', box, { written: true }));
  const scan = program<ScanProgram>({
    kind: 'scan',
    rank: box.length,
    reduce,
    input: input.type,
    outputs: outputs.map((operand) => operand.type),
  });
  return { launch: { program: scan, sizes: box, scalars: [] }, operands: [input, ...outputs] };
}

function drawSort(draw: Draw, dtypes: readonly DType[]): LaunchCase {
  const box = drawBox(draw);
  const dtype = draw.of(dtypes);
  const input = drawOperand(draw, dtype, box, { guards: draw.chance(10) });
  const values = drawOperand(draw, dtype, box, { written: true });
  const positions = drawOperand(draw, 'int32', box, { written: true });
  const sort = program<SortProgram>({
    kind: 'sort',
    rank: box.length,
    descending: draw.chance(50),
    input: input.type,
    outputs: [values.type, positions.type],
  });
  return { launch: { program: sort, sizes: box, scalars: [] }, operands: [input, values, positions] };
}

export const orderedTests: readonly Entry[] = [
  randomLaunches('scan: random launches', 150, drawScan),
  randomLaunches('sort: random launches', 150, drawSort),
];
