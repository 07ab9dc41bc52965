// Runs products: chooses how each is cut, makes the kernels that are needed for the first time, and dispatches them.

import type { Operand } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import type { Kernel } from '../wgsl/shader.ts';
import { directKernel } from './direct-kernel.ts';
import { dotKernel } from './dot-kernel.ts';
import { finishKernel } from './finish-kernel.ts';
import { extentOf, wellTurned, type Product } from './product.ts';
import { chooseSchedule, lanes, type Schedule } from './schedule.ts';
import { keyOf, sumDtype, variantOf, type ProductStructure, type Variant, type Work } from './structure.ts';
import { tileKernel } from './tile-kernel.ts';

/** A product with everything that follows from its geometry. */
export type PlannedProduct = Omit<Work, 'scalars' | 'offsets'>;

const makers = { tile: tileKernel, direct: directKernel, dot: dotKernel, finish: finishKernel } as const;

export class ProductRunner {
  private readonly machine: Machine;
  private readonly structure: ProductStructure;
  private readonly choose: typeof chooseSchedule;
  private readonly kernels = new Map<string, Kernel<Work>>();

  constructor(machine: Machine, structure: ProductStructure, choose = chooseSchedule) {
    this.machine = machine;
    this.structure = structure;
    this.choose = choose;
  }

  plan(given: Product): PlannedProduct {
    const product = wellTurned(given);
    const extent = extentOf(product);
    const schedule = this.choose(product, this.machine.features);
    const { block, threads } = schedule;
    const rowBlocks = Math.ceil(extent.rows / (block.rows * threads.rows));
    const columnBlocks = Math.ceil(extent.columns / (block.columns * threads.columns));
    return { product, extent, schedule, rowBlocks, columnBlocks };
  }

  private kernel(variant: Variant): Kernel<Work> {
    const key = keyOf(variant);
    let kernel = this.kernels.get(key);
    if (!kernel) this.kernels.set(key, (kernel = makers[variant.kind](this.machine.features, this.structure, variant)));
    return kernel;
  }

  /** `factors` are the two of the launch, `ends` the extra operands and the output, `table` that of the depth, where there is one. */
  run(
    planned: PlannedProduct,
    factors: readonly [Operand, Operand],
    ends: readonly Operand[],
    scalars: readonly number[],
    table?: GpuBuffer,
  ): void {
    const { machine, structure } = this;
    const { features } = machine;
    const [first, second] = planned.product.isTurned ? [factors[1], factors[0]] : factors;
    const work: Work = {
      ...planned,
      scalars,
      offsets: [first.offset, second.offset, ...ends.map(({ offset }) => offset)],
    };
    const { extent, schedule } = work;
    const sums = extent.batches * extent.rows * extent.columns;
    if (sums === 0) return;
    const inputs = [first.buffer as GpuBuffer, second.buffer as GpuBuffer, ...(table ? [table] : [])];
    // One more for the status.
    const isPartial = schedule.pieces > 1 || inputs.length + ends.length + 1 > features.storageBuffers;
    const { sharing, buffers: outputs } = shared(ends, features.storageBuffers - 2);
    const variant = variantOf(work, isPartial, sharing);
    const partial = isPartial ? [machine.borrow(sumDtype(structure.factors[0]), sums * schedule.pieces)] : outputs;
    const blocks = work.rowBlocks * work.columnBlocks * extent.batches * schedule.pieces;
    const operations = 2 * sums * extent.depth;
    machine.dispatch(this.kernel(variant), work, [...inputs, ...partial], groupsOf(schedule, blocks), operations);
    if (!isPartial) return;
    const finish: Variant = { ...variant, ...finished };
    const each: Work = { ...work, rowBlocks: extent.rows, columnBlocks: extent.columns };
    machine.dispatch(
      this.kernel(finish),
      each,
      [...partial, ...outputs],
      Math.ceil(sums / lanes),
      sums * schedule.pieces,
    );
  }
}

/** What a kernel that finishes sums does not depend on. */
const one = { rows: 1, columns: 1 } as const;
const no = [false, false] as const;
const finished = {
  kind: 'finish',
  block: one,
  threads: one,
  slice: 1,
  isPartial: false,
  tables: no,
  isDeep: no,
} as const;

const groupsOf = ({ kind }: Schedule, blocks: number): number =>
  kind === 'direct' ? Math.ceil(blocks / lanes) : blocks;

/** The buffers of the ends, each for itself, or where these are more than `most` those that share one together. */
function shared(
  ends: readonly Operand[],
  most: number,
): { readonly sharing: readonly number[]; readonly buffers: readonly GpuBuffer[] } {
  const buffers = ends.map(({ buffer }) => buffer as GpuBuffer);
  const extras = buffers.slice(0, -1);
  if (buffers.length <= most) return { sharing: extras.map((_, k) => k), buffers };
  const sharing = extras.map((buffer) => extras.indexOf(buffer));
  const own = buffers.filter((_, k) => k === extras.length || sharing[k] === k);
  if (own.length > most)
    throw new RangeError(
      `webgpu: an epilogue reads ${own.length - 1} buffers, and this adapter binds ${most - 1}. Use fewer.`,
    );
  return { sharing, buffers: own };
}
