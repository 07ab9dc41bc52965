// Few long rows: each is cut into chunks, and a team gathers what a stage makes of one (`partialKernel`); what the chunks of a row gave is
// then gathered by another (`combineKernel`). Once all stages have been through this, outputs are element-wise.

import type { LoopProgram, Stage } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import { fromBits } from './accumulator.ts';
import type { LoopKernel } from './loop-kernel.ts';
import { hoist, LoopShader, type Part, type Sharing } from './loop-shader.ts';
import { RowLeaves } from './row-kernel.ts';
import { storedResults, storeTotal } from './stored-results.ts';
import { Team, type TeamShape } from './team.ts';

/** What a stage's partial kernel computes. */
export const stagePart = ({ expr }: Stage): Part => ({ exprs: [expr], outputs: [] });

/** Gives each chunk of each row to a workgroup. Binds the operands, the results where the stage needs some, and the partial totals. */
export function partialKernel(
  program: LoopProgram,
  k: number,
  features: Features,
  shape: TeamShape,
  sharing: Sharing,
): LoopKernel {
  const stage = stageOf(program, k);
  const part = stagePart(stage);
  const loop = new LoopShader(program, features, shape.threads, part, sharing);
  const { shader, columns, rows } = loop;
  const chunks = shader.word('u32', (d) => d.chunks);
  const chunk = shader.word('u32', (d) => d.chunk);
  const block = shader.let(`group / ${chunks}`, 'g');
  const number = shader.let(`group - ${block} * ${chunks}`, 'g');
  const team = new Team(loop, shape, block);
  const leaves = new RowLeaves(loop, team, part);
  const results = storedResults(loop, part, team.row);
  const partial = shader.buffer('int32', 'write');
  const outer = loop.lowering(leaves.leaves('0u', [], results));
  hoist(part.exprs, loop.varies.bind(loop), outer);
  const from = shader.let(`${number} * ${chunk}`, 'e');
  const to = shader.let(`min(${columns}, ${from} + ${chunk})`, 'e');
  const total = team.reduce(stage, from, to, (sum, column, at, into) =>
    sum.add(loop.lowering(leaves.leaves(column, at, results), outer).value(stage.expr), column, into),
  );
  shader.push(`if (${team.leads}) {`);
  storeTotal(loop, partial.store, total, `${team.row} * ${chunks} + ${number}`, `${rows} * ${chunks}`);
  shader.push('}');
  return {
    kernel: shader.finish(`loop in chunks, stage ${k}, ${shape.team} of ${shape.threads} ${shape.along}`),
    bound: loop.bound,
  };
}

/** How the chunks of a row are gathered. */
export const combineShape: TeamShape = { threads: 64, team: 64, along: 'columns' };

/** Binds the partial totals and the results. */
export function combineKernel(program: LoopProgram, k: number, features: Features): LoopKernel {
  const stage = stageOf(program, k);
  const loop = new LoopShader(program, features, combineShape.threads, { exprs: [], outputs: [] }, []);
  const { shader, rows } = loop;
  const chunks = shader.word('u32', (d) => d.chunks);
  const partial = shader.buffer('int32', 'read');
  const results = shader.buffer('int32', 'write');
  const team = new Team(loop, combineShape, 'group', true);
  const total = team.reduce(stage, '0u', chunks, (sum, column, _at, into) => {
    const at = shader.let(`${team.row} * ${chunks} + ${column}`, 'a');
    const value = shader.let(fromBits(stage.expr.dtype, partial.load(at)), 'x');
    if (sum.position === undefined) sum.add(value, column, into);
    else sum.merge(value, shader.let(partial.load(`${at} + ${rows} * ${chunks}`), 'x'));
  });
  shader.push(`if (${team.leads}) {`);
  storeTotal(loop, results.store, total, `${2 * k}u * ${rows} + ${team.row}`, rows);
  shader.push('}');
  return { kernel: shader.finish(`loop, stage ${k} of chunks`), bound: [] };
}

function stageOf({ stages }: LoopProgram, k: number): Stage {
  const stage = stages[k];
  if (!stage) throw new TypeError(`webgpu: a loop has no stage ${k}.`);
  return stage;
}
