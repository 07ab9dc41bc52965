// Who walks what: a workgroup takes a few rows, and a team of its threads each of them, its members every so many-th column. Where columns
// are neighbours in memory, so are the members of a team; where rows are, threads of one number in their teams.

import type { Stage } from '@rushlight/core/kernel';
import { Accumulator } from './accumulator.ts';
import type { LoopDispatch } from './loop-dispatch.ts';
import type { LoopShader } from './loop-shader.ts';
import { Tree } from './tree.ts';

/** How a workgroup is cut into teams. Both numbers are powers of two. */
export interface TeamShape {
  /** Threads of a workgroup. */
  readonly threads: number;
  /** Threads of a row. */
  readonly team: number;
  /** What neighbouring threads walk. */
  readonly along: 'rows' | 'columns';
}

/** Rows that a workgroup takes. */
export const rowsOfGroup = ({ threads, team }: TeamShape): number => threads / team;

/** Additions of floats that follow one another: long sums are sums of sums of sums, which are more exact. */
function blockOf({ chunk }: LoopDispatch, team: number): number {
  return Math.max(16, Math.ceil(Math.cbrt(chunk / team)));
}

/** Gives what is at a column to a total, `into` the total itself or a part of it. */
export type Take = (total: Accumulator<LoopDispatch>, column: string, at: readonly string[], into: string) => void;

export class Team {
  readonly shape: TeamShape;
  /** Number of the thread's row, 0 where there is none for it. */
  readonly row: string;
  readonly coordinates: readonly string[];
  readonly member: string;
  /** Whether there is a row for the thread. */
  readonly valid: string;
  /** Whether it is the one that speaks for its row. */
  readonly leads: string;
  private readonly loop: LoopShader;
  private readonly tree: Tree<LoopDispatch> | undefined;

  private readonly dims: { readonly from: number; readonly to: number };

  /**
   * `group` is the number of the workgroup among those that share out the rows. With `plain` columns have numbers, and no coordinates
   * of the program's dims.
   */
  constructor(loop: LoopShader, shape: TeamShape, group: string, plain = false) {
    const { shader, rows, program } = loop;
    const { rowRank, columnRank } = program;
    this.dims = plain ? { from: 0, to: 0 } : { from: rowRank, to: rowRank + columnRank };
    const { team, along } = shape;
    const perGroup = rowsOfGroup(shape);
    this.loop = loop;
    this.shape = shape;
    const [mine, member] =
      along === 'rows' ? [`lane % ${perGroup}u`, `lane / ${perGroup}u`] : [`lane / ${team}u`, `lane % ${team}u`];
    const own = shader.let(mine, 'o');
    const number = shader.let(`${group} * ${perGroup}u + ${own}`, 'r');
    this.member = team === 1 ? '0u' : shader.let(member, 'm');
    this.tree = team === 1 ? undefined : new Tree(shader, { team, teams: perGroup, along, own, member: this.member });
    this.valid = shader.let(`${number} < ${rows}`, 'v');
    this.leads = team === 1 ? this.valid : shader.let(`${this.valid} && ${this.member} == 0u`, 'v');
    this.row = shader.let(`select(0u, ${number}, ${this.valid})`, 'r');
    this.coordinates = plain ? [] : loop.coordinates(this.row, 0, rowRank);
  }

  /**
   * A loop over the member's columns of [from, to), of none where there is no row. `body` is given the number of a column and its
   * coordinates.
   */
  eachColumn(from: string, to: string, body: (column: string, at: readonly string[]) => void): void {
    this.walk(from, to, (end, open) => this.columnLoop(open, end, body));
  }

  /**
   * Reduces over the team's columns of [from, to): afterwards every member has the result. `take` gives what is at a column to the
   * total, or to a part of it.
   */
  reduce(stage: Stage, from: string, to: string, take: Take): Accumulator<LoopDispatch> {
    const { shader } = this.loop;
    const total = new Accumulator(shader, stage);
    this.walk(from, to, (end, counters) => {
      if (!total.rounds) return this.columnLoop(counters, end, (column, at) => take(total, column, at, total.value));
      this.blocks(total, from, end, 2, (stop, middle) =>
        this.blocks(
          total,
          counters[0] ?? from,
          stop,
          1,
          (last, part) => this.columnLoop(counters, last, (column, at) => take(total, column, at, part)),
          middle,
        ),
      );
    });
    this.tree?.combine(total);
    return total;
  }

  /** Cuts [from, to) into blocks of a power of so many columns a member, whose sums are added to `into`. */
  private blocks(
    total: Accumulator<LoopDispatch>,
    from: string,
    to: string,
    power: number,
    body: (stop: string, part: string) => void,
    into = total.value,
  ): void {
    const { shader } = this.loop;
    const { team } = this.shape;
    const span = shader.word('u32', (d) => blockOf(d, team) ** power * team);
    const stop = shader.name('e');
    shader.push(`for (var ${stop} = ${from}; ${stop} < ${to}; ) {`, `${stop} = min(${to}, ${stop} + ${span});`);
    const part = total.part();
    body(stop, part);
    total.add(part, '0u', into);
    shader.push('}');
  }

  /** Declares the counters of a walk, which `run` may continue with several loops. */
  private walk(from: string, to: string, run: (end: string, counters: readonly string[]) => void): void {
    const { loop, dims } = this;
    const { shader } = loop;
    const end = shader.let(`select(0u, ${to}, ${this.valid})`, 'e');
    const column = shader.name('c');
    shader.push(`var ${column} = ${this.member === '0u' ? from : `${from} + ${this.member}`};`);
    const first = dims.to - dims.from > 1 ? loop.coordinates(column, dims.from, dims.to) : [];
    const counters = first.map((start) => {
      const name = shader.name('c');
      shader.push(`var ${name} = ${start};`);
      return name;
    });
    run(end, [column, ...counters]);
  }

  /** A loop that goes on from the counters. Coordinates move by the digits of the step, with carries: no division in it. */
  private columnLoop(
    counters: readonly string[],
    end: string,
    body: (column: string, at: readonly string[]) => void,
  ): void {
    const { loop, shape, dims } = this;
    const { shader } = loop;
    const rank = dims.to - dims.from;
    const [column = '', ...at] = counters;
    shader.push(`for (; ${column} < ${end}; ${column} += ${shape.team}u) {`);
    body(column, rank > 1 ? at : rank === 1 ? [column] : []);
    for (let k = at.length - 1; k >= 0; k--) {
      const dim = dims.from + k;
      shader.push(`${at[k]} += ${shader.word('u32', (d) => digit(d, dim, shape.team))};`);
      if (k > 0)
        shader.push(`if (${at[k]} >= ${loop.size(dim)}) { ${at[k]} -= ${loop.size(dim)}; ${at[k - 1]} += 1u; }`);
    }
    shader.push('}');
  }
}

/** How far a coordinate moves when the number of the column grows by `step`, carries aside. */
function digit({ launch }: LoopDispatch, dim: number, step: number): number {
  const { sizes, program } = launch;
  let rest = step;
  for (let d = sizes.length - 1; d > dim; d--) rest = Math.floor(rest / (sizes[d] ?? 1));
  return dim === program.rowRank ? rest : rest % (sizes[dim] ?? 1);
}
