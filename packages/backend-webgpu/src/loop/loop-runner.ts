// Runs the launches of a loop: a kernel for each way to walk it, compiled when a launch first needs it.

import type { Launch, LoopProgram, Operand } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import type { Runner } from '../runners.ts';
import { elementKernel, elementThreads, isDenseInside, vectorKernel, type Per } from './element-kernel.ts';
import type { LoopDispatch } from './loop-dispatch.ts';
import type { LoopKernel } from './loop-kernel.ts';
import { boundOperands, operandsOf, partOf, type Part, type Sharing } from './loop-shader.ts';
import { combineKernel, combineShape, partialKernel, stagePart } from './partial-kernel.ts';
import { rowKernel, wholePart } from './row-kernel.ts';
import { chooseSchedule, type Schedule } from './schedule.ts';
import { readsResults, resultsLength } from './stored-results.ts';
import { rowsOfGroup } from './team.ts';

/** What runs the launches of a loop; `choose` tells how rows are walked where there are stages. */
export function loopRunner(program: LoopProgram, machine: Machine, choose = chooseSchedule): Runner<LoopProgram> {
  const runner = new LoopRunner(program, machine, choose);
  return (launch) => runner.run(launch);
}

/** Elements of one dispatch, and rows or columns of a launch: their numbers are u32. */
const mostElements = 2 ** 31;

const unshared: Sharing = [];

class LoopRunner {
  private readonly program: LoopProgram;
  private readonly machine: Machine;
  private readonly choose: typeof chooseSchedule;
  private readonly kernels = new Map<string, LoopKernel>();
  /** Storage buffers that a kernel may bind. */
  private readonly room: number;
  private readonly operandCount: number;
  private readonly canBeChunked: boolean;
  /** Of element-wise kernels: what they compute, and the operands of those that take four elements at once. */
  private readonly perElement: ElementPart | undefined;
  private readonly perRow: ElementPart | undefined;

  constructor(program: LoopProgram, machine: Machine, choose: typeof chooseSchedule) {
    const { features } = machine;
    this.program = program;
    this.machine = machine;
    this.choose = choose;
    this.room = features.storageBuffers - 1;
    const bound = (part: Part): number => boundOperands(program, part, unshared).length;
    this.operandCount = bound(wholePart(program));
    const partials = program.stages.map((stage) => bound(stagePart(stage)) + 2);
    const finals = [bound(partOf(program, 'row')), bound(partOf(program, 'element'))].map((count) => count + 1);
    this.canBeChunked = Math.max(...partials, ...finals) <= this.room;
    const whole = program.columnRank === 0 && program.stages.length === 0;
    this.perElement = elementPart(program, whole ? undefined : 'element');
    this.perRow = whole ? undefined : elementPart(program, 'row');
  }

  run(launch: Launch<LoopProgram>): void {
    const { program, machine } = this;
    const { sizes } = launch;
    const { rowRank } = program;
    let [rows, columns] = [1, 1];
    for (let d = 0; d < rowRank; d++) rows *= sizes[d] ?? 1;
    for (let d = rowRank; d < sizes.length; d++) columns *= sizes[d] ?? 1;
    if (rows === 0) return;
    if (Math.max(rows, columns) > mostElements)
      throw new RangeError(
        `webgpu: a launch has ${rows} rows of ${columns} columns, of which ${mostElements} can be counted. Use smaller tensors.`,
      );
    const dispatch: LoopDispatch = { launch, rows, columns, first: 0, count: 0, chunk: columns, chunks: 1 };
    const sharing = this.sharing(launch);
    if (program.stages.length === 0) return this.elements(dispatch, sharing);
    const schedule = this.choose(launch, rows, columns, machine.features);
    if (schedule.chunks > 1 && this.canBeChunked) return this.inChunks(dispatch, schedule, sharing);
    const { shape } = schedule;
    const kernel = this.kernel(`rows ${shape.team} ${shape.along} ${sharing}`, () =>
      rowKernel(program, machine.features, shape, sharing),
    );
    const groups = Math.ceil(rows / rowsOfGroup(shape));
    machine.dispatch(
      kernel.kernel,
      dispatch,
      this.buffers(kernel, launch),
      groups,
      rows * columns * this.operandCount * 8,
    );
  }

  private kernel(key: string, make: () => LoopKernel): LoopKernel {
    let kernel = this.kernels.get(key);
    if (!kernel) this.kernels.set(key, (kernel = make()));
    return kernel;
  }

  private buffers(
    { bound }: LoopKernel,
    { operands }: Launch<LoopProgram>,
    ...more: readonly GpuBuffer[]
  ): GpuBuffer[] {
    return bound.map((slot) => operands[slot]?.buffer as GpuBuffer).concat(more);
  }

  /** Operands in one buffer share a binding where there are more operands than bindings, and where it is written: WebGPU wants that. */
  private sharing({ operands }: Launch<LoopProgram>): Sharing {
    if (this.operandCount <= this.room && !this.writesShared(operands)) return unshared;
    return operands.map(({ buffer }) => operands.findIndex((other) => other.buffer === buffer));
  }

  private writesShared(operands: readonly Operand[]): boolean {
    const { inputs, outputs } = this.program;
    return outputs.some(({ inout }, k) => {
      const own = inputs.length + k;
      return operands.some(({ buffer }, slot) => slot !== own && slot !== inout && buffer === operands[own]?.buffer);
    });
  }

  /** The outputs, one thread for each element, `results` of the stages in memory. */
  private elements(dispatch: LoopDispatch, sharing: Sharing, results?: GpuBuffer): void {
    const { perElement, perRow } = this;
    // Rows' outputs are stored last.
    if (perElement) this.each(perElement, dispatch, dispatch.rows * dispatch.columns, sharing, results);
    if (perRow) this.each(perRow, dispatch, dispatch.rows, sharing, results);
  }

  private each(
    part: ElementPart,
    dispatch: LoopDispatch,
    count: number,
    sharing: Sharing,
    results: GpuBuffer | undefined,
  ): void {
    const { program, machine } = this;
    const { features } = machine;
    const { launch, rows } = dispatch;
    const { per } = part;
    if (count === 0) return;
    const more = results && part.readsResults ? [results] : [];
    if (part.vectors && sharing === unshared && isAligned(launch, part.vectors)) {
      const kernel = this.kernel(`vectors ${per}`, () => vectorKernel(program, per, features));
      const quarter = count / 4;
      const buffers = this.buffers(kernel, launch);
      return machine.dispatch(
        kernel.kernel,
        { ...dispatch, count: quarter },
        buffers,
        Math.ceil(quarter / elementThreads),
      );
    }
    const kernel = this.kernel(`${per} ${sharing}`, () => elementKernel(program, per, features, sharing));
    const buffers = this.buffers(kernel, launch, ...more);
    // Only a broadcast launch that is checked and stores little has so many elements: then some rows at a time.
    const perRow = count / rows;
    const step = count < mostElements ? rows : Math.max(1, Math.floor(mostElements / perRow));
    for (let first = 0; first < rows; first += step) {
      const some = Math.min(step, rows - first) * perRow;
      machine.dispatch(kernel.kernel, { ...dispatch, first, count: some }, buffers, Math.ceil(some / elementThreads));
    }
  }

  /** Stage after stage: what chunks of the rows come to, and from that the rows' totals. */
  private inChunks(dispatch: LoopDispatch, { shape, chunks: most }: Schedule, sharing: Sharing): void {
    const { program, machine } = this;
    const { features } = machine;
    const { launch, rows, columns } = dispatch;
    const chunk = Math.ceil(columns / most);
    const chunks = Math.ceil(columns / chunk);
    const results = machine.borrow('int32', resultsLength(program, rows));
    const partial = machine.borrow('int32', 2 * rows * chunks);
    const cut = { ...dispatch, chunk, chunks };
    const combined = { ...dispatch, chunk: chunks, chunks };
    program.stages.forEach((stage, k) => {
      const more = readsResults(stagePart(stage)) ? [results, partial] : [partial];
      const gather = this.kernel(`chunks ${k} ${shape.team} ${shape.along} ${sharing}`, () =>
        partialKernel(program, k, features, shape, sharing),
      );
      const groups = Math.ceil(rows / rowsOfGroup(shape)) * chunks;
      machine.dispatch(gather.kernel, cut, this.buffers(gather, launch, ...more), groups, rows * columns * 16);
      const combine = this.kernel(`combine ${k}`, () => combineKernel(program, k, features));
      machine.dispatch(combine.kernel, combined, [partial, results], Math.ceil(rows / rowsOfGroup(combineShape)));
    });
    this.elements(dispatch, sharing, results);
  }
}

/** Outputs and checks that an element-wise kernel computes. */
interface ElementPart {
  readonly per: Per;
  readonly readsResults: boolean;
  /** The operands, where four elements at once are possible if memory is aligned. */
  readonly vectors: readonly VectorOperand[] | undefined;
}

interface VectorOperand {
  readonly slot: number;
  readonly isDense: boolean;
}

function elementPart(program: LoopProgram, per: Per): ElementPart | undefined {
  const part = partOf(program, per);
  if (part.exprs.length === 0) return undefined;
  const { rowRank, columnRank, inputs, outputs, stages, checks } = program;
  const last = rowRank + columnRank - 1;
  const slots = operandsOf(program, part);
  const simple = slots.every((slot) => {
    const { strides = 's', guards = [] } = inputs[slot] ?? outputs[slot - inputs.length] ?? {};
    return guards.length === 0 && strides[last] !== 's';
  });
  const isSuited =
    last >= 0 && simple && stages.length === 0 && checks.length === 0 && !(per === 'row' && columnRank > 0);
  return {
    per,
    readsResults: readsResults(part),
    vectors: isSuited ? slots.map((slot) => ({ slot, isDense: isDenseInside(program, slot) })) : undefined,
  };
}

/** Whether every fourth element of the dense operands begins a vector. */
function isAligned({ sizes, operands }: Launch<LoopProgram>, vectors: readonly VectorOperand[]): boolean {
  const last = sizes.length - 1;
  if ((sizes[last] ?? 1) % 4 !== 0) return false;
  for (const { slot, isDense } of vectors) {
    const operand = operands[slot];
    if (!isDense || !operand) continue;
    if (operand.offset % 4 !== 0 || (operand.buffer as GpuBuffer).block.bytes % 16 !== 0) return false;
    for (let d = 0; d < last; d++) if ((operand.strides[d] ?? 0) % 4 !== 0 && (sizes[d] ?? 1) > 1) return false;
  }
  return true;
}
