// A row by one team of threads from the first stage to the last output.

import type { LoopProgram } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import type { Lowering } from '../wgsl/lower-expr.ts';
import type { Place } from '../wgsl/operand-access.ts';
import type { LoopDispatch } from './loop-dispatch.ts';
import type { LoopKernel } from './loop-kernel.ts';
import { hoist, LoopShader, operandsOf, partOf, type Leaves, type Part, type Sharing } from './loop-shader.ts';
import { Team, type TeamShape } from './team.ts';

/** What of the program a row's kernel computes: all. */
export function wholePart(program: LoopProgram): Part {
  const { exprs, outputs } = partOf(program, undefined);
  return { exprs: [...program.stages.map(({ expr }) => expr), ...exprs], outputs };
}

/** Where a team's row is in each operand, and the leaves that are the same for it. */
export class RowLeaves {
  readonly loop: LoopShader;
  readonly team: Team;
  private readonly starts = new Map<number, Place>();

  constructor(loop: LoopShader, team: Team, part: Part) {
    this.loop = loop;
    this.team = team;
    for (const slot of operandsOf(loop.program, part)) this.starts.set(slot, loop.operand(slot).walk(team.coordinates));
  }

  /** Where an operand is at a column of the row; of what does not move along columns, at the row. */
  place(slot: number, at: readonly string[]): Place {
    const { rowRank } = this.loop.program;
    return this.loop.operand(slot).walk(at, rowRank, this.starts.get(slot));
  }

  leaves(column: string, at: readonly string[], results: Pick<Leaves, 'stage' | 'position'>): Leaves {
    return {
      row: this.team.row,
      column,
      input: (slot) => this.loop.operand(slot).load(this.place(slot, at)),
      ...results,
    };
  }
}

export function rowKernel(program: LoopProgram, features: Features, shape: TeamShape, sharing: Sharing): LoopKernel {
  const part = wholePart(program);
  const loop = new LoopShader(program, features, shape.threads, part, sharing);
  const { shader, columns } = loop;
  const team = new Team(loop, shape, 'group');
  const rows = new RowLeaves(loop, team, part);
  const totals: { value: string; position: string | undefined }[] = [];
  const results = {
    stage: (slot: number): string => totals[slot]?.value ?? '',
    position: (slot: number): string => totals[slot]?.position ?? '',
  };
  const varies = loop.varies.bind(loop);
  const outer = loop.lowering(rows.leaves('0u', [], results));
  const inner = (column: string, at: readonly string[]): Lowering<LoopDispatch> =>
    loop.lowering(rows.leaves(column, at, results), outer);

  for (const stage of program.stages) {
    hoist([stage.expr], varies, outer);
    const total = team.reduce(stage, '0u', columns, (sum, column, at, into) =>
      sum.add(inner(column, at).value(stage.expr), column, into),
    );
    totals.push({ value: shader.let(total.value), position: total.position && shader.let(total.position) });
  }

  const checked = new Set(program.checks.map(({ per }) => per));
  if (checked.has('row')) {
    shader.push(`if (${team.leads}) {`);
    loop.checks('row', inner('0u', []), team.row, '0u');
    shader.push('}');
  }
  const elements = partOf(program, 'element');
  if (elements.exprs.length > 0) {
    hoist(elements.exprs, varies, outer);
    team.eachColumn('0u', columns, (column, at) => {
      const lowering = inner(column, at);
      loop.checks('element', lowering, team.row, column);
      for (const { slot, value } of loop.values(elements.outputs, lowering))
        loop.operand(slot).store(rows.place(slot, at), value);
    });
  }
  const own = partOf(program, 'row').outputs;
  if (own.length > 0) {
    // Other members may still read what is updated here.
    const updates = own.some((k) => program.outputs[k]?.inout !== undefined);
    if (shape.team > 1 && updates) shader.push('storageBarrier();', 'workgroupBarrier();');
    shader.push(`if (${team.leads}) {`);
    for (const { slot, value } of loop.values(own, inner('0u', [])))
      loop.operand(slot).store(rows.place(slot, []), value);
    shader.push('}');
  }
  return { kernel: shader.finish(`loop by rows, ${shape.team} of ${shape.threads} ${shape.along}`), bound: loop.bound };
}
