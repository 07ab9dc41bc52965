// Totals of the members of a team become one: neighbours first, which is what cancels in sums of alternating signs. Those in a subgroup
// exchange theirs by pairs, the rest goes through shared memory, by fours. Every level of the tree has a place of its own, so that a barrier between levels is enough.

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
  /** Members that exchange totals by themselves, and then speak as one. */
  private readonly lanes: number;
  /** Of those that speak, the number that the thread belongs to. */
  private readonly speaker: string;
  private readonly widths: readonly number[];

  constructor(shader: Shader<S>, place: TeamPlace) {
    this.shader = shader;
    this.place = place;
    const { team, along, member } = place;
    this.lanes = along === 'columns' ? Math.min(team, shader.features.subgroupLanes) : 1;
    this.speaker = this.lanes === 1 ? member : shader.let(`${member} / ${this.lanes}u`, 'm');
    this.widths = levels(team / this.lanes);
  }

  /** Makes the members' totals one and gives it to all of them. All threads of the workgroup must get here. */
  combine(total: Accumulator<S>): void {
    const { shader, widths, lanes, speaker } = this;
    const type = valueType(total.dtype);
    this.exchange(total);
    if (widths.length === 1) return;
    // What is there may still be read.
    if (this.arrays.size > 0) shader.push('workgroupBarrier();');
    const values = this.array(type === 'bool' ? 'u32' : type);
    const positions = total.position === undefined ? undefined : this.array('i32', 'found');
    const write = (level: number): void => {
      const at = this.index(level, speaker);
      shader.push(`${values}[${at}] = ${type === 'bool' ? `select(0u, 1u, ${total.value})` : total.value};`);
      if (positions !== undefined) shader.push(`${positions}[${at}] = ${total.position};`);
    };
    const read = (at: string): string => (type === 'bool' ? `(${values}[${at}] != 0u)` : `${values}[${at}]`);
    const take = (at: string): void => {
      shader.push(`${total.value} = ${read(at)};`);
      if (positions !== undefined) shader.push(`${total.position} = ${positions}[${at}];`);
    };
    const speaks = lanes === 1 ? '' : `${this.place.member} % ${lanes}u == 0u`;
    if (speaks) shader.push(`if (${speaks}) {`);
    write(0);
    if (speaks) shader.push('}');
    shader.push('workgroupBarrier();');
    for (let level = 1; level < widths.length; level++) {
      const width = widths[level] ?? 1;
      const fold = (widths[level - 1] ?? width) / width;
      shader.push(`if (${speaks && `${speaks} && `}${speaker} < ${width}u) {`);
      take(this.index(level - 1, `${speaker} * ${fold}u`));
      for (let k = 1; k < fold; k++) {
        const at = this.index(level - 1, `(${speaker} * ${fold}u + ${k}u)`);
        total.merge(shader.let(read(at)), positions === undefined ? '0i' : shader.let(`${positions}[${at}]`));
      }
      write(level);
      shader.push('}', 'workgroupBarrier();');
    }
    take(this.index(widths.length - 1, '0u'));
  }

  /** Makes one of the totals of neighbours in a subgroup, for all of them. */
  private exchange(total: Accumulator<S>): void {
    const { shader } = this;
    const isBool = total.dtype === 'bool';
    for (let stride = 1; stride < this.lanes; stride *= 2) {
      const other = shader.exchanged(isBool ? `select(0u, 1u, ${total.value})` : total.value, stride);
      const found = total.position === undefined ? '0i' : shader.exchanged(total.position, stride);
      total.merge(isBool ? shader.let(`${other} != 0u`) : other, found);
    }
  }

  /** Where a speaker's total is at a level. */
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
