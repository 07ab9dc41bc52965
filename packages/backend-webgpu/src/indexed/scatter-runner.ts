// Scatter. Where no two elements can meet, or memory itself can combine them in any order, a thread for each element does it. Else rows get
// the number of the slot that they go to: `set` takes the last row of each, other reductions sort rows by slot and go along them in order.

import type { ScatterProgram } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import { KeySort } from '../ordered/key-sort.ts';
import type { Runner } from '../runners.ts';
import type { Kernel } from '../wgsl/shader.ts';
import { product } from './coordinates.ts';
import {
  elementKernel,
  fewKernel,
  isAtomic,
  keyKernel,
  lastKernel,
  threads,
  voteKernel,
  word,
  type ScatterVariant,
} from './scatter-kernels.ts';
import { inParts, type ScatterPlan } from './scatter-plan.ts';
import { Segments } from './segments.ts';
import { sharedBuffers, sharingOf, type Sharing } from './shared-buffers.ts';

/** What runs the launches of a scatter. */
export function scatterRunner(program: ScatterProgram, machine: Machine): Runner<ScatterProgram> {
  const variants = new Map<string, Scatter>();
  // As many positions as a buffer has room for words.
  const most = Math.min(2 ** 30, Math.floor(machine.features.bindingBytes / 4));
  return (launch) => {
    for (const plan of inParts(launch, most)) {
      const key = plan.isColumn.map(Number).join('');
      let variant = variants.get(key);
      if (!variant) variants.set(key, (variant = new Scatter(program, plan.isColumn, machine)));
      variant.run(plan);
    }
  };
}

/** A scatter with the same dims for columns. */
class Scatter {
  private readonly machine: Machine;
  private readonly variant: ScatterVariant;
  private readonly kernels = new Map<string, Kernel<ScatterPlan>>();
  private readonly sorter: KeySort;
  private readonly segments: Segments;

  constructor(program: ScatterProgram, isColumn: readonly boolean[], machine: Machine) {
    this.machine = machine;
    this.variant = { program, isColumn, features: machine.features };
    this.sorter = new KeySort(machine);
    this.segments = new Segments(machine, this.variant);
  }

  run(plan: ScatterPlan): void {
    const { program } = this.variant;
    const buffers = plan.launch.operands.map(({ buffer }) => buffer as GpuBuffer);
    if (plan.isApart || isAtomic(program)) return this.eachElement(plan, buffers);
    const { rows, columns } = plan;
    if (rows <= 1024 && rows * rows * columns <= (this.machine.features.software ? 2 ** 18 : 2 ** 24)) return this.few(plan, buffers); // prettier-ignore
    if (program.reduce === 'set') return this.setLast(plan, buffers);
    const keys = this.keys(plan, buffers);
    const sorted = this.sorter.sort(keys, 1, plan.rows, Math.ceil(Math.log2(plan.slots + 1)));
    this.segments.run(plan, sorted, buffers[0] as GpuBuffer, buffers[buffers.length - 1] as GpuBuffer);
  }

  private kernel(key: string, make: () => Kernel<ScatterPlan>): Kernel<ScatterPlan> {
    let kernel = this.kernels.get(key);
    if (!kernel) this.kernels.set(key, (kernel = make()));
    return kernel;
  }

  private eachElement(plan: ScatterPlan, buffers: readonly GpuBuffer[]): void {
    const { machine, variant } = this;
    const [read, out] = [buffers.slice(0, -1), buffers.slice(-1)];
    const sharing = sharingOf(read, 1, machine);
    const atomic = !plan.isApart;
    const kernel = this.kernel(`elements ${atomic} ${sharing}`, () => elementKernel(variant, sharing, atomic));
    machine.dispatch(kernel, plan, [...sharedBuffers(read, sharing), ...out], groupsFor(product(plan.launch.sizes)));
  }

  private few(plan: ScatterPlan, buffers: readonly GpuBuffer[]): void {
    const { machine, variant } = this;
    const [read, out] = [buffers.slice(0, -1), buffers.slice(-1)];
    const sharing = sharingOf(read, 1, machine);
    const kernel = this.kernel(`few ${sharing}`, () => fewKernel(variant, sharing));
    const size = plan.rows * plan.columns;
    machine.dispatch(kernel, plan, [...sharedBuffers(read, sharing), ...out], groupsFor(size), size * plan.rows * 10);
  }

  /** The slots of rows, in borrowed memory. `marks` are cleared for those that occur. */
  private keys(plan: ScatterPlan, buffers: readonly GpuBuffer[], marks: readonly GpuBuffer[] = []): GpuBuffer {
    const { machine, variant } = this;
    const indices = buffers.slice(1, -1);
    const sharing: Sharing = sharingOf(indices, 1 + marks.length, machine);
    const kernel = this.kernel(`keys ${sharing}`, () => keyKernel(variant, sharing, marks.length > 0));
    const keys = machine.borrow(word, plan.rows);
    machine.dispatch(kernel, plan, [...sharedBuffers(indices, sharing), keys, ...marks], groupsFor(plan.rows));
    return keys;
  }

  private setLast(plan: ScatterPlan, buffers: readonly GpuBuffer[]): void {
    const { machine, variant } = this;
    const votes = machine.borrow(word, plan.slots);
    const keys = this.keys(plan, buffers, [votes]);
    machine.dispatch(
      this.kernel('votes', () => voteKernel(variant.features)),
      plan,
      [keys, votes],
      groupsFor(plan.rows),
    );
    const [source, out] = [buffers[0], buffers[buffers.length - 1]] as [GpuBuffer, GpuBuffer];
    const kernel = this.kernel('last', () => lastKernel(variant));
    machine.dispatch(kernel, plan, [source, keys, votes, out], groupsFor(plan.rows * plan.columns));
  }
}

const groupsFor = (count: number): number => Math.ceil(count / threads);
