// Totals of the members of a team become one in shared memory, by fours: neighbours first, which is what cancels in sums of alternating
// signs. Every level of the tree has a place of its own, so that a barrier between levels is enough.

import { valueType } from '../wgsl/value-types.ts';
import type { Shader } from '../wgsl/shader.ts';
import type { Accumulator } from './accumulator.ts';

/** How the teams of a workgroup lie in it. */
export interface TeamPlace {
  /** Members of a team, a power of two. */
  readonly team: number;
  /** Teams of the workgroup. */
  readonly teams: number;
  /** Whether threads of one number in their teams are neighbours, or the members of a team. */
  readonly along: 'rows' | 'columns';
  /** Numbers of the thread's team in the workgroup and of the thread in its team, u32 terms. */
  readonly own: string;
  readonly member: string;
}

/** Widths of the levels, from all members to one. */
function levels(team: number): number[] {
  return team === 1 ? [1] : [team, ...levels(team % 4 === 0 ? team / 4 : team / 2)];
}

export class Tree<S> {
  private readonly shader: Shader<S>;
  private readonly place: TeamPlace;
  private readonly arrays = new Set<string>();
  private readonly widths: readonly number[];

  constructor(shader: Shader<S>, place: TeamPlace) {
    this.shader = shader;
    this.place = place;
    this.widths = levels(place.team);
  }

  /** Makes the members' totals one and gives it to all of them. All threads of the workgroup must get here. */
  combine(total: Accumulator<S>): void {
    const { shader, widths } = this;
    const { member } = this.place;
    const type = valueType(total.dtype);
    // What is there may still be read.
    if (this.arrays.size > 0) shader.push('workgroupBarrier();');
    const values = this.array(type === 'bool' ? 'u32' : type);
    const positions = total.position === undefined ? undefined : this.array('i32', 'found');
    const write = (level: number): void => {
      const at = this.index(level, member);
      shader.push(`${values}[${at}] = ${type === 'bool' ? `select(0u, 1u, ${total.value})` : total.value};`);
      if (positions !== undefined) shader.push(`${positions}[${at}] = ${total.position};`);
    };
    const read = (at: string): string => (type === 'bool' ? `(${values}[${at}] != 0u)` : `${values}[${at}]`);
    const take = (at: string): void => {
      shader.push(`${total.value} = ${read(at)};`);
      if (positions !== undefined) shader.push(`${total.position} = ${positions}[${at}];`);
    };
    write(0);
    shader.push('workgroupBarrier();');
    for (let level = 1; level < widths.length; level++) {
      const width = widths[level] ?? 1;
      const fold = (widths[level - 1] ?? width) / width;
      shader.push(`if (${member} < ${width}u) {`);
      take(this.index(level - 1, `${member} * ${fold}u`));
      for (let k = 1; k < fold; k++) {
        const at = this.index(level - 1, `(${member} * ${fold}u + ${k}u)`);
        total.merge(shader.let(read(at)), positions === undefined ? '0i' : shader.let(`${positions}[${at}]`));
      }
      write(level);
      shader.push('}', 'workgroupBarrier();');
    }
    take(this.index(widths.length - 1, '0u'));
  }

  /** Where a member's total is at a level. */
  private index(level: number, member: string): string {
    const { teams, along, own } = this.place;
    const begin = this.widths.slice(0, level).reduce((sum, width) => sum + width, 0) * teams;
    const at = along === 'rows' ? `${member} * ${teams}u + ${own}` : `${own} * ${this.widths[level] ?? 1}u + ${member}`;
    return begin === 0 ? at : `${begin}u + ${at}`;
  }

  /** The shared array of a type, declared when it is first needed. */
  private array(type: string, name: string = type): string {
    const array = `shared_${name}`;
    if (!this.arrays.has(array)) {
      this.arrays.add(array);
      const length = this.widths.reduce((sum, width) => sum + width, 0) * this.place.teams;
      this.shader.declare(`var<workgroup> ${array}: array<${type}, ${length}>;`);
    }
    return array;
  }
}
