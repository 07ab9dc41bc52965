// Gather: a thread for each element of the output, or for four of them where rows of a table are copied whole.

import type { DType, GatherProgram, IndexedDim, Launch, Operand, View } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import type { Runner } from '../runners.ts';
import { OperandAccess } from '../wgsl/operand-access.ts';
import { Shader, type Binding, type Kernel } from '../wgsl/shader.ts';
import { coordinates, product } from './coordinates.ts';
import { Indices } from './indices.ts';
import { bindShared, sharedBuffers, sharingOf, type Sharing } from './shared-buffers.ts';

/** A gather of elements, or of vectors of them as if these were the elements. */
interface Copying {
  readonly sizes: readonly number[];
  readonly views: readonly View[];
  readonly indexed: readonly IndexedDim[];
}

const threads = 128;
/** Elements that a vector has. */
const width = 4;

/** Vectors as memory holds them: what is only copied need not be converted. */
function vectorBinding<S>(shader: Shader<S>, dtype: DType, access: 'read' | 'write'): Binding {
  const name = shader.vectors(dtype, access);
  return {
    dtype,
    name,
    load: (index) => `${name}[${index}]`,
    store: (index, value) => `if (live) { ${name}[${index}] = ${value}; }`,
  };
}

function gatherKernel(
  program: GatherProgram,
  lanes: 1 | typeof width,
  sharing: Sharing,
  { features }: Machine,
): Kernel<Copying> {
  const { rank, wrap, inputs, output } = program;
  const shader = new Shader<Copying>(features, threads);
  const view = (k: number) => (subject: Copying) => subject.views[k] as View;
  const dtypes = inputs.map(({ dtype }) => dtype);
  const [first, ...bindings] =
    lanes === 1
      ? bindShared(shader, dtypes, sharing)
      : [vectorBinding(shader, output.dtype, 'read'), ...dtypes.slice(1).map((dtype) => shader.buffer(dtype, 'read'))];
  const source = new OperandAccess(shader, inputs[0], first as Binding, view(0));
  const indices = new Indices<Copying>(shader, {
    wrap,
    types: inputs.slice(1),
    bindings,
    view: ({ views }, k) => views[k + 1] as View,
    dim: ({ indexed }, k) => indexed[k] as IndexedDim,
  });
  const result = lanes === 1 ? shader.buffer(output.dtype, 'write') : vectorBinding(shader, output.dtype, 'write');
  const out = new OperandAccess(shader, output, result, view(inputs.length));
  const total = shader.word('u32', ({ sizes }) => product(sizes));
  const sizes = Array.from({ length: rank }, (_, d) => shader.word('u32', (subject) => subject.sizes[d] ?? 1));
  shader.push(`let n = group * ${threads}u + lane;`, `if (n < ${total}) {`);
  const at = coordinates(shader, 'n', sizes);
  const { offset, good } = indices.read(at, `n * ${lanes}u`);
  shader.push(`if (${good}) {`);
  out.store(out.walk(at), source.load(source.walk(at), offset));
  shader.push('}', '}');
  return shader.finish(lanes === 1 ? 'gather' : 'gather of rows');
}

/** The same with vectors for elements; undefined where rows do not consist of whole ones. */
function asVectors({ program, sizes, operands, indexed = [] }: Launch<GatherProgram>): Copying | undefined {
  const { inputs, output, rank } = program;
  const [source, ...indices] = inputs;
  const last = rank - 1;
  if (source.guards.length > 0 || source.strides[last] !== '1' || output.strides[last] !== '1') return undefined;
  const isStill = ({ strides, guards }: (typeof indices)[number]): boolean =>
    [strides, ...guards].every((letters) => letters[last] === '0');
  if (!indices.every(isStill)) return undefined;
  const moved = [operands[0], operands[operands.length - 1]] as Operand[];
  const steps = moved.flatMap(({ offset, strides }) => [
    offset,
    ...strides.slice(0, -1).filter((_, d) => sizes[d] !== 1),
  ]);
  if (![sizes[last] ?? 1, ...steps, ...indexed.map(({ stride }) => stride)].every((n) => n % width === 0))
    return undefined;
  return {
    sizes: sizes.map((size, d) => (d === last ? size / width : size)),
    views: operands.map((operand, k) =>
      k === 0 || k === operands.length - 1
        ? { offset: operand.offset / width, strides: operand.strides.map((stride) => Math.trunc(stride / width)) }
        : operand,
    ),
    indexed: indexed.map(({ size, stride }) => ({ size, stride: stride / width })),
  };
}

/** What runs the launches of a gather. */
export function gatherRunner(program: GatherProgram, machine: Machine): Runner<GatherProgram> {
  const kernels = new Map<string, Kernel<Copying>>();
  return (launch) => {
    const { sizes, operands, indexed = [] } = launch;
    if (product(sizes) === 0) return;
    const buffers = operands.map(({ buffer }) => buffer as GpuBuffer);
    const [read, written] = [buffers.slice(0, -1), buffers.slice(-1)];
    const sharing = sharingOf(read, 1, machine);
    const bound = [...sharedBuffers(read, sharing), ...written];
    const vectors = bound.length === buffers.length ? asVectors(launch) : undefined;
    const lanes = vectors ? width : 1;
    const key = `${lanes} ${sharing}`;
    let kernel = kernels.get(key);
    if (!kernel) kernels.set(key, (kernel = gatherKernel(program, lanes, sharing, machine)));
    const copying = vectors ?? { sizes, views: operands, indexed };
    machine.dispatch(kernel, copying, bound, Math.ceil(product(copying.sizes) / threads));
  };
}
