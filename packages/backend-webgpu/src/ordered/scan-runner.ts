// Running reductions along the last dim. Short rows are gone through by a thread each, others by workgroups; rows that are few and long are
// cut into chunks: totals of chunks, a scan of these, and a scan of each chunk that begins with what was before it.

import type { Launch, Operand, ScanProgram } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import { accumulated } from '../indexed/combine.ts';
import { coordinates, product } from '../indexed/coordinates.ts';
import type { Machine } from '../machine.ts';
import type { Runner } from '../runners.ts';
import { applyCast } from '../wgsl/operations.ts';
import { OperandAccess, type Place } from '../wgsl/operand-access.ts';
import { Shader, type Kernel } from '../wgsl/shader.ts';
import { word } from './radix-sort.ts';
import { scanByThreads, scanByWorkgroups, type ChunkTask, type Cut } from './scan-kernels.ts';
import { Combining, type Line } from './scan-lines.ts';

interface Scanning {
  readonly launch: Launch<ScanProgram>;
  readonly cut: Cut;
  /** The totals of its chunks, as lines of their own. */
  readonly totals: Cut;
}

type ScanShader = Shader<Scanning>;

interface Plan {
  readonly cut: Cut;
  readonly byThreads: boolean;
}

/** Elements that a thread adds one after another: more would cost too much precision, and time. */
const chain = 512;
/** Elements of a tile of a workgroup. */
const tile = 1024;
/** Workgroups that are enough for a GPU. */
const enough = 1024;

function planScan({ sizes }: Launch<ScanProgram>, software: boolean): Plan {
  const length = sizes[sizes.length - 1] ?? 0;
  const rows = product(sizes.slice(0, -1));
  const whole: Cut = { rows, length, chunks: 1, span: length };
  const cut = (span: number): Cut => ({ rows, length, chunks: Math.ceil(length / span), span });
  if (software)
    return { cut: length <= chain ? whole : cut(Math.max(chain, Math.ceil(Math.sqrt(length)))), byThreads: true };
  if (length <= 32 || (length <= chain && rows >= 2 ** 14)) return { cut: whole, byThreads: true };
  if (length <= 8 * tile || rows >= enough) return { cut: whole, byThreads: false };
  return { cut: cut(Math.ceil((length * rows) / enough / tile) * tile), byThreads: false };
}

const wholeOf = ({ rows, chunks }: Cut): Cut => ({ rows, length: chunks, chunks: 1, span: chunks });

/** The rows of a launch. Declares their buffers, those of the outputs if it is stored. */
function operandLine(
  shader: ScanShader,
  { input, outputs, rank }: ScanProgram,
  dtype: Combining<Scanning>['dtype'],
  stores: boolean,
): Line {
  const access = (k: number, type: typeof input, mode: 'read' | 'write'): OperandAccess<Scanning> =>
    new OperandAccess(shader, type, shader.buffer(type.dtype, mode), ({ launch }) => launch.operands[k] as Operand);
  const source = access(0, input, 'read');
  const [out, positions] = stores ? outputs.map((type, k) => access(k + 1, type, 'write')) : [];
  const sizes = Array.from({ length: rank - 1 }, (_, d) => shader.word('u32', ({ launch }) => launch.sizes[d] ?? 1));
  const places = new Map<OperandAccess<Scanning>, Place>();
  const placeOf = (operand: OperandAccess<Scanning>, k: string): Place =>
    operand.walk([k], rank - 1, places.get(operand));
  return {
    begin: (row) => {
      const at = coordinates(shader, row, sizes);
      for (const operand of [source, out, positions]) if (operand) places.set(operand, operand.walk(at));
    },
    load: (k) => ({ value: source.load(placeOf(source, k)), position: k }),
    store: (k, { value, position }) => {
      out?.store(placeOf(out, k), out.type.dtype === dtype ? value : applyCast(shader, dtype, out.type.dtype, value));
      positions?.store(placeOf(positions, k), `i32(${position})`);
    },
  };
}

/** The totals of chunks, dense in borrowed memory. */
function totalsLine(shader: ScanShader, { dtype, positions }: Combining<Scanning>, mode: 'read' | 'write'): Line {
  const values = shader.buffer(dtype, mode);
  const places = positions ? shader.buffer(word, mode) : undefined;
  const length = shader.word('u32', ({ totals }) => totals.length);
  let start = '';
  return {
    begin: (row) => void (start = shader.let(`${row} * ${length}`, 'l')),
    load: (k) => ({
      value: shader.let(values.load(`${start} + ${k}`), 'x'),
      position: places ? shader.let(places.load(`${start} + ${k}`), 'p') : '0u',
    }),
    store: (k, { value, position }) => {
      shader.push(values.store(`${start} + ${k}`, value));
      if (places) shader.push(places.store(`${start} + ${k}`, position));
    },
  };
}

type Step = 'whole' | 'totals' | 'totals of totals' | 'rest';

function scanKernel(program: ScanProgram, step: Step, byThreads: boolean, { features }: Machine): Kernel<Scanning> {
  const shader: ScanShader = new Shader(features, byThreads ? 64 : 256);
  const combining = new Combining(shader, program.reduce, program.input.dtype, program.outputs.length > 1);
  const { dtype } = combining;
  const tasks: Readonly<Record<Step, () => ChunkTask>> = {
    whole: () => ({ line: operandLine(shader, program, dtype, true), stores: true }),
    totals: () => ({ line: operandLine(shader, program, dtype, false), stores: false, totals: totalsLine(shader, combining, 'write') }),
    'totals of totals': () => ({ line: totalsLine(shader, combining, 'write'), stores: true }),
    rest: () => ({ line: operandLine(shader, program, dtype, true), stores: true, before: totalsLine(shader, combining, 'read') }),
  }; // prettier-ignore
  const cut = ({ cut: own, totals }: Scanning): Cut => (step === 'totals of totals' ? totals : own);
  (byThreads ? scanByThreads : scanByWorkgroups)(shader, combining, tasks[step](), cut);
  return shader.finish(step === 'whole' ? 'scan' : `scan: ${step}`);
}

/** What runs the launches of a scan. */
export function scanRunner(program: ScanProgram, machine: Machine): Runner<ScanProgram> {
  const kernels = new Map<string, Kernel<Scanning>>();
  const dispatch = (step: Step, { cut, byThreads }: Plan, subject: Scanning, buffers: readonly GpuBuffer[]): void => {
    const key = `${step} ${byThreads}`;
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, (kernel = scanKernel(program, step, byThreads, machine)));
    const { rows, chunks, length } = cut;
    const groups = byThreads ? Math.ceil((rows * chunks) / kernel.threads) : rows * chunks;
    machine.dispatch(kernel, subject, buffers, groups, rows * length * 8);
  };
  return (launch) => {
    if (product(launch.sizes) === 0) return;
    const plan = planScan(launch, machine.features.software);
    const { cut } = plan;
    const totals = wholeOf(cut);
    const subject = { launch, cut, totals };
    const buffers = launch.operands.map(({ buffer }) => buffer as GpuBuffer);
    if (cut.chunks === 1) return dispatch('whole', plan, subject, buffers);
    const dtype = accumulated(program.input.dtype);
    const size = cut.rows * cut.chunks;
    const kept = [machine.borrow(dtype, size), ...(buffers.length > 2 ? [machine.borrow(word, size)] : [])];
    dispatch('totals', plan, subject, [...buffers.slice(0, 1), ...kept]);
    dispatch('totals of totals', { cut: totals, byThreads: plan.byThreads }, subject, kept);
    dispatch('rest', plan, subject, [...buffers, ...kept]);
  };
}
