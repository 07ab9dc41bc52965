// Stable sort along the last dim. Short rows are sorted in shared memory, several to a workgroup; of others keys are made, sorted, and what
// comes out are the positions of the values.

import type { Launch, Operand, SortProgram } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import { coordinates, product } from '../indexed/coordinates.ts';
import type { Machine } from '../machine.ts';
import type { Runner } from '../runners.ts';
import { OperandAccess } from '../wgsl/operand-access.ts';
import { Shader, type Binding, type Kernel } from '../wgsl/shader.ts';
import { KeySort } from './key-sort.ts';
import { word } from './radix-sort.ts';
import { keyBits, keyFunction } from './sort-keys.ts';

type SortLaunch = Launch<SortProgram>;
type SortShader = Shader<SortLaunch>;

/** Elements that a workgroup sorts. */
const room = 1024;
const threads = 256;

const lengthOf = ({ sizes }: SortLaunch): number => sizes[sizes.length - 1] ?? 0;
const rowsOf = ({ sizes }: SortLaunch): number => product(sizes.slice(0, -1));
/** The power of two that a row of the launch fits into. */
const padded = (launch: SortLaunch): number => 2 ** Math.ceil(Math.log2(lengthOf(launch)));

const access = (shader: SortShader, { input, outputs }: SortProgram, operand: number, binding: Binding) =>
  new OperandAccess(shader, operand === 0 ? input : (outputs[operand - 1] as SortProgram['input']), binding, ({ operands }) => operands[operand] as Operand); // prettier-ignore

const sizeWords = (shader: SortShader, dims: number): string[] =>
  Array.from({ length: dims }, (_, d) => shader.word('u32', ({ sizes }) => sizes[d] ?? 1));

/** What runs the launches of a sort. */
export function sortRunner(program: SortProgram, machine: Machine): Runner<SortProgram> {
  const { software } = machine.features;
  const kernels: {
    counted?: Kernel<SortLaunch>;
    rows?: Kernel<SortLaunch>;
    keys?: Kernel<SortLaunch>;
    results?: Kernel<SortLaunch>;
  } = {};
  const sorter = new KeySort(machine);
  const sortInGroups = (launch: SortLaunch, buffers: readonly GpuBuffer[]): void => {
    const kernel = (kernels.rows ??= rowKernel(program, machine));
    const groups = Math.ceil((rowsOf(launch) * padded(launch)) / room);
    machine.dispatch(kernel, launch, buffers, groups, groups * room * 100);
  };
  const sortByCounting = (launch: SortLaunch, buffers: readonly GpuBuffer[]): void => {
    const size = product(launch.sizes);
    const kernel = (kernels.counted ??= countKernel(program, machine));
    machine.dispatch(kernel, launch, buffers, Math.ceil(size / threads), size * lengthOf(launch) * 4);
  };
  const sortKeys = (launch: SortLaunch, [source, values, places]: [GpuBuffer, GpuBuffer, GpuBuffer]): void => {
    const size = product(launch.sizes);
    const groups = Math.ceil(size / threads);
    const keys = machine.borrow(word, size);
    machine.dispatch((kernels.keys ??= keyKernel(program, machine)), launch, [source, keys], groups);
    const { positions } = sorter.sort(keys, rowsOf(launch), lengthOf(launch), keyBits(program.input.dtype));
    machine.dispatch((kernels.results ??= resultKernel(program, machine)), launch, [source, positions, values, places], groups); // prettier-ignore
  };
  return (launch) => {
    if (product(launch.sizes) === 0) return;
    const buffers = launch.operands.map(({ buffer }) => buffer as GpuBuffer) as [GpuBuffer, GpuBuffer, GpuBuffer];
    if (lengthOf(launch) > (software ? 256 : room)) sortKeys(launch, buffers);
    else if (software) sortByCounting(launch, buffers);
    else sortInGroups(launch, buffers);
  };
}

/** Finds where each element belongs by comparing it with all of its row: on a CPU the quickest for rows that are short. */
function countKernel(program: SortProgram, { features }: Machine): Kernel<SortLaunch> {
  const shader: SortShader = new Shader(features, threads);
  const { input, rank, descending } = program;
  const source = access(shader, program, 0, shader.buffer(input.dtype, 'read'));
  const values = access(shader, program, 1, shader.buffer(input.dtype, 'write'));
  const positions = access(shader, program, 2, shader.buffer('int32', 'write'));
  const keyOf = keyFunction(shader, input.dtype, descending);
  const total = shader.word('u32', ({ sizes }) => product(sizes));
  const length = shader.word('u32', lengthOf);
  const sizes = sizeWords(shader, rank - 1);
  shader.push(
    `let n = group * ${threads}u + lane;`,
    `if (n < ${total}) {`,
    `let row = n / ${length};`,
    `let column = n - row * ${length};`,
  );
  const at = coordinates(shader, 'row', sizes);
  const [line, toValues, toPositions] = [source, values, positions].map((operand) => operand.walk(at));
  const load = (k: string): string => source.load(source.walk([k], rank - 1, line));
  const value = load('column');
  const key = shader.let(`${keyOf}(${value})`, 'key');
  shader.push('var place = 0u;', `for (var k = 0u; k < ${length}; k++) {`);
  const other = shader.let(`${keyOf}(${load('k')})`, 'key');
  shader.push(`place += select(0u, 1u, ${other} < ${key} || (${other} == ${key} && k < column));`, '}');
  values.store(values.walk(['place'], rank - 1, toValues), value);
  positions.store(positions.walk(['place'], rank - 1, toPositions), 'i32(column)');
  shader.push('}');
  return shader.finish('sort by counting');
}

/** Makes the keys of all elements. */
function keyKernel(program: SortProgram, { features }: Machine): Kernel<SortLaunch> {
  const shader: SortShader = new Shader(features, threads);
  const { dtype } = program.input;
  const source = access(shader, program, 0, shader.buffer(dtype, 'read'));
  const keys = shader.buffer(word, 'write').name;
  const total = shader.word('u32', ({ sizes }) => product(sizes));
  const keyOf = keyFunction(shader, dtype, program.descending);
  shader.push(`let n = group * ${threads}u + lane;`, `if (n < ${total}) {`);
  const at = coordinates(shader, 'n', sizeWords(shader, program.rank));
  shader.push(`${keys}[n] = ${keyOf}(${source.load(source.walk(at))});`, '}');
  return shader.finish('sort: keys');
}

/** Stores values and positions where they belong, given what is where. */
function resultKernel(program: SortProgram, { features }: Machine): Kernel<SortLaunch> {
  const shader: SortShader = new Shader(features, threads);
  const source = access(shader, program, 0, shader.buffer(program.input.dtype, 'read'));
  const sorted = shader.buffer(word, 'read').name;
  const values = access(shader, program, 1, shader.buffer(program.input.dtype, 'write'));
  const positions = access(shader, program, 2, shader.buffer('int32', 'write'));
  const total = shader.word('u32', ({ sizes }) => product(sizes));
  shader.push(`let n = group * ${threads}u + lane;`, `if (n < ${total}) {`);
  const at = coordinates(shader, 'n', sizeWords(shader, program.rank));
  const position = shader.let(`${sorted}[n]`, 'p');
  values.store(values.walk(at), source.load(source.walk(at.with(-1, position))));
  positions.store(positions.walk(at), `i32(${position})`);
  shader.push('}');
  return shader.finish('sort: results');
}

/** Sorts rows of at most `room` elements: a bitonic network over pairs of key and position, which differ all. */
function rowKernel(program: SortProgram, { features }: Machine): Kernel<SortLaunch> {
  const shader: SortShader = new Shader(features, threads);
  const { dtype } = program.input;
  const source = access(shader, program, 0, shader.buffer(dtype, 'read'));
  const values = access(shader, program, 1, shader.buffer(dtype, 'write'));
  const positions = access(shader, program, 2, shader.buffer('int32', 'write'));
  const keyOf = keyFunction(shader, dtype, program.descending);
  const length = shader.word('u32', lengthOf);
  const rows = shader.word('u32', rowsOf);
  const width = shader.word('u32', padded);
  const sizes = sizeWords(shader, program.rank - 1);
  shader.declare(`var<workgroup> keys: array<u32, ${room}>;`);
  shader.declare(`var<workgroup> places: array<u32, ${room}>;`);
  /** The element that slot `s` of the workgroup is for: its row, its column, and whether there is one. */
  const slot = (): void =>
    shader.push(
      `let row = group * (${room}u / ${width}) + s / ${width};`,
      `let k = s & (${width} - 1u);`,
      `let exists = row < ${rows} && k < ${length};`,
    );
  shader.push(`for (var s = lane; s < ${room}u; s += ${threads}u) {`);
  slot();
  shader.push('var key = 0xffffffffu;', 'if (exists) {');
  const from = coordinates(shader, 'row', sizes);
  shader.push(`key = ${keyOf}(${source.load(source.walk([...from, 'k']))});`);
  shader.push(
    '}',
    'keys[s] = key;',
    'places[s] = select(0xffffffffu, k, exists);',
    '}',
    'workgroupBarrier();',
    `for (var size = 2u; size <= ${width}; size *= 2u) {`,
    'for (var step = size / 2u; step > 0u; step /= 2u) {',
    `for (var pair = lane; pair < ${room / 2}u; pair += ${threads}u) {`,
    'let low = ((pair & ~(step - 1u)) << 1u) | (pair & (step - 1u));',
    'let high = low + step;',
    `let rises = (low & (${width} - 1u) & size) == 0u;`,
    'let a = keys[low];',
    'let b = keys[high];',
    'let p = places[low];',
    'let q = places[high];',
    'if ((a > b || (a == b && p > q)) == rises) {',
    'keys[low] = b;',
    'keys[high] = a;',
    'places[low] = q;',
    'places[high] = p;',
    '}',
    '}',
    'workgroupBarrier();',
    '}',
    '}',
    `for (var s = lane; s < ${room}u; s += ${threads}u) {`,
  );
  slot();
  shader.push('if (exists) {', 'let position = places[s];');
  const at = coordinates(shader, 'row', sizes);
  values.store(values.walk([...at, 'k']), source.load(source.walk([...at, 'position'])));
  positions.store(positions.walk([...at, 'k']), 'i32(position)');
  shader.push('}', '}');
  return shader.finish('sort of rows');
}
