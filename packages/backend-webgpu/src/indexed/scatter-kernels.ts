// The kernels of scatter that know its program: they read indices and sources.

import type { IndexedDim, Operand, ScatterProgram, View } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import { OperandAccess } from '../wgsl/operand-access.ts';
import { Shader, type Binding, type Kernel } from '../wgsl/shader.ts';
import { accumulated, combine, type Combination } from './combine.ts';
import { coordinates, product } from './coordinates.ts';
import { Indices } from './indices.ts';
import { outOf, type ScatterPlan } from './scatter-plan.ts';
import { bindShared, type Sharing } from './shared-buffers.ts';

type ScatterShader = Shader<ScatterPlan>;
/** What the shape of a kernel depends on beside its program. */
export interface ScatterVariant {
  readonly program: ScatterProgram;
  readonly isColumn: readonly boolean[];
  readonly features: Features;
}

/** Borrowed words: keys, rows and numbers of rows. */
export const word = 'uint8';
/** No key: there are fewer slots. */
export const none = '0xffffffffu';

export const threads = 128;
export const combinations = { add: 'sum', mul: 'prod', max: 'max', min: 'min' } as const satisfies Record<
  string,
  Combination
>;

const indexed =
  (k: number, divided: boolean) =>
  ({ launch, unit }: ScatterPlan): IndexedDim => {
    const { size, stride } = launch.indexed?.[k] ?? { size: 0, stride: 0 };
    // What is no multiple of the unit belongs to a dim of size 1, whose index is 0.
    return { size, stride: divided ? Math.trunc(stride / unit) : stride };
  };

export const viewOf =
  (k: number) =>
  ({ launch }: ScatterPlan): View =>
    launch.operands[k] as Operand;

/** The indices of a program, in bindings of their own or of `inputs`; with `divided` their offsets count units. */
function indicesOf(
  shader: ScatterShader,
  program: ScatterProgram,
  bindings: readonly Binding[],
  divided: boolean,
): Indices<ScatterPlan> {
  return new Indices(shader, {
    wrap: program.wrap,
    types: program.inputs.slice(1),
    bindings,
    view: (plan, k) => viewOf(k + 1)(plan),
    dim: (plan, k) => indexed(k, divided)(plan),
  });
}

/** u32 terms for all coordinates, given terms for the numbers of the row and of the column. */
export function placeIn<S extends ScatterPlan>(
  shader: Shader<S>,
  { isColumn }: ScatterVariant,
): { rows(row: string): string[]; columns(column: string): string[] } {
  const sizes = isColumn.map((_, d) => shader.word('u32', ({ launch }) => launch.sizes[d] ?? 1));
  const among =
    (wanted: boolean) =>
    (number: string): string[] => {
      const own = coordinates(
        shader,
        number,
        sizes.filter((_, d) => isColumn[d] === wanted),
      );
      return isColumn.map((is) => (is === wanted ? (own.shift() ?? '0u') : '0u'));
    };
  return { rows: among(false), columns: among(true) };
}

export const both = (rows: readonly string[], columns: readonly string[], { isColumn }: ScatterVariant): string[] =>
  isColumn.map((is, d) => (is ? columns : rows)[d] ?? '0u');

/** An element's address within the row that its slot says. */
export function addressInRow<S extends ScatterPlan>(
  shader: Shader<S>,
  slot: string,
  columns: readonly string[],
  { isColumn, program }: ScatterVariant,
): string {
  const low = shader.word('u32', ({ low: address }) => address);
  const unit = shader.word('u32', (plan) => plan.unit);
  const steps = columns.flatMap((coordinate, d) => {
    if (!isColumn[d] || coordinate === '0u') return [];
    if (program.output.strides[d] === '1') return [coordinate];
    return [`${coordinate} * ${shader.word('u32', (plan) => outOf(plan.launch).strides[d] ?? 0)}`];
  });
  return [low, `${slot} * ${unit}`, ...steps].join(' + ');
}

/** A thread for each element, all of which have an address of their own, or are combined by atomic operations. */
export function elementKernel(
  { program, features }: ScatterVariant,
  sharing: Sharing,
  isAtomic: boolean,
): Kernel<ScatterPlan> {
  const { inputs, output, rank, reduce } = program;
  const shader: ScatterShader = new Shader(features, threads);
  const { dtype } = output;
  const [first, ...bindings] = bindShared(
    shader,
    inputs.map((type) => type.dtype),
    sharing,
  );
  const source = new OperandAccess(shader, inputs[0], first as Binding, viewOf(0));
  const indices = indicesOf(shader, program, bindings, false);
  const binding = isAtomic ? atomicBinding(shader, program) : shader.buffer(dtype, 'write');
  const out = new OperandAccess(shader, output, binding, ({ launch }) => outOf(launch));
  const total = shader.word('u32', ({ launch }) => product(launch.sizes));
  const before = shader.word('u32', (plan) => plan.first);
  const sizes = Array.from({ length: rank }, (_, d) => shader.word('u32', ({ launch }) => launch.sizes[d] ?? 1));
  shader.push(`let n = group * ${threads}u + lane;`, `if (n < ${total}) {`);
  const at = coordinates(shader, 'n', sizes);
  const { offset, good } = indices.read(at, shader.let(`${before} + n`, 'p'));
  shader.push(`if (${good}) {`);
  const place = out.walk(at);
  const value = source.load(source.walk(at));
  if (isAtomic || reduce === 'set') out.store(place, value, offset);
  else
    out.store(place, combine(shader, combinations[reduce], accumulated(dtype), out.load(place, offset), value), offset);
  shader.push('}', '}');
  return shader.finish(`scatter: ${reduce}${isAtomic ? ' atomically' : ''}`);
}

/** Whether elements that meet may be combined in any order, by an operation that memory itself can do. */
export const isAtomic = ({ reduce, output }: ScatterProgram): boolean =>
  reduce === 'max' || reduce === 'min' ? /int|bool/.test(output.dtype) : reduce === 'add' && output.dtype === 'int32';

function atomicBinding(shader: ScatterShader, { output, reduce }: ScatterProgram): Binding {
  const { dtype } = output;
  const name = shader.atomics(dtype === 'int32' ? 'i32' : 'u32');
  const operation = reduce === 'add' ? 'atomicAdd' : reduce === 'max' ? 'atomicMax' : 'atomicMin';
  return {
    dtype,
    name,
    load: (index) => `atomicLoad(&${name}[${index}])`,
    store: (index, value) =>
      `if (live) { ${operation}(&${name}[${index}], ${dtype === 'bool' ? `select(0u, 1u, ${value})` : value}); }`,
  };
}

/**
 * What gives the slot of the row at some coordinates: a u32 term, and whether its indices are in range. Given the row's number they
 * are checked.
 */
function slotReader(
  shader: ScatterShader,
  { isColumn, program }: ScatterVariant,
  indices: Indices<ScatterPlan>,
): (at: readonly string[], row?: string) => { readonly slot: string; readonly good: string } {
  const { strides } = program.output;
  const rowDims = isColumn.flatMap((is, d) => (is ? [] : [d]));
  const zero = shader.word('u32', ({ launch, low, unit }) => (outOf(launch).offset - low) / unit);
  const steps = rowDims.flatMap((d) =>
    strides[d] === '0' ? [] : [{ d, step: shader.word('u32', ({ launch, unit }) => Math.trunc((outOf(launch).strides[d] ?? 0) / unit)) }],
  ); // prettier-ignore
  return (at, row) => {
    let position: string | undefined;
    if (row !== undefined) {
      const before = shader.word('u32', (plan) => plan.first);
      const inside = isColumn.some(Boolean)
        ? rowDims.map((d) => `${at[d]} * ${shader.word('u32', ({ launch }) => product(launch.sizes.slice(d + 1)))}`)
        : [row];
      position = shader.let([before, ...inside].join(' + '), 'p');
    }
    const { offset, good } = indices.read(at, position);
    return {
      slot: shader.let([zero, ...steps.map(({ d, step }) => `${at[d]} * ${step}`), offset].join(' + '), 's'),
      good,
    };
  };
}

/** Rows that are few: a thread for each and each column looks at all others, and the first row of a slot (of `set` the last) does it all. */
export function fewKernel(variant: ScatterVariant, sharing: Sharing): Kernel<ScatterPlan> {
  const { program, features } = variant;
  const { inputs, output, reduce } = program;
  const shader: ScatterShader = new Shader(features, threads);
  const [first, ...bindings] = bindShared(
    shader,
    inputs.map((type) => type.dtype),
    sharing,
  );
  const source = new OperandAccess(shader, inputs[0], first as Binding, viewOf(0));
  const indices = indicesOf(shader, program, bindings, true);
  const out = shader.buffer(output.dtype, 'write');
  const rows = shader.word('u32', (plan) => plan.rows);
  const columns = shader.word('u32', (plan) => plan.columns);
  const place = placeIn(shader, variant);
  const slotAt = slotReader(shader, variant, indices);
  shader.push(
    `let n = group * ${threads}u + lane;`,
    `let row = n / ${columns};`,
    `let column = n - row * ${columns};`,
    `if (row < ${rows}) {`,
  );
  const at = place.columns('column');
  const own = place.rows('row');
  const { slot, good } = slotAt(own, 'row');
  shader.push(`if (${good}) {`);
  const address = shader.let(addressInRow(shader, slot, at, variant), 'a');
  const isSet = reduce === 'set';
  const dtype = accumulated(output.dtype);
  shader.push('var isOurs = true;');
  if (!isSet) shader.push(`var total = ${out.load(address)};`);
  shader.push(`for (var k = ${isSet ? 'row + 1u' : '0u'}; k < ${rows}; k++) {`);
  const other = place.rows('k');
  const meeting = slotAt(other);
  shader.push(`if (${meeting.good} && ${meeting.slot} == ${slot}) {`);
  if (isSet) shader.push('isOurs = false;', 'break;');
  else {
    shader.push('if (k < row) {', 'isOurs = false;', 'break;', '}');
    const value = source.load(source.walk(both(other, at, variant)));
    shader.push(`total = ${combine(shader, combinations[reduce], dtype, 'total', value)};`);
  }
  shader.push('}', '}', 'if (isOurs) {');
  shader.push(out.store(address, isSet ? source.load(source.walk(both(own, at, variant))) : 'total'));
  shader.push('}', '}', '}');
  return shader.finish(`scatter: ${reduce} of few`);
}

/** Notes the slot of each row, or as many as there are slots where an index is out of range. With `marks` clears what votes are for. */
export function keyKernel(variant: ScatterVariant, sharing: Sharing, marks: boolean): Kernel<ScatterPlan> {
  const { program, features } = variant;
  const { inputs } = program;
  const shader: ScatterShader = new Shader(features, threads);
  const indices = indicesOf(
    shader,
    program,
    bindShared(
      shader,
      inputs.slice(1).map((type) => type.dtype),
      sharing,
    ),
    true,
  );
  const keys = shader.buffer(word, 'write').name;
  const votes = marks ? shader.atomics() : undefined;
  const rows = shader.word('u32', (plan) => plan.rows);
  const slots = shader.word('u32', (plan) => plan.slots);
  shader.push(`let n = group * ${threads}u + lane;`, `if (n < ${rows}) {`);
  const at = placeIn(shader, variant).rows('n');
  const { slot, good } = slotReader(shader, variant, indices)(at, 'n');
  const key = shader.let(`select(${slots}, ${slot}, ${good})`, 'key');
  shader.push(`${keys}[n] = ${key};`);
  // Several rows may clear the same.
  if (votes !== undefined) shader.push(`if (${good}) { atomicStore(&${votes}[${key}], 0u); }`);
  shader.push('}');
  return shader.finish('scatter: slots of rows');
}

/** Of the rows of a slot finds the last. */
export function voteKernel(features: Features): Kernel<ScatterPlan> {
  const shader: ScatterShader = new Shader(features, threads);
  const keys = shader.buffer(word, 'read').name;
  const votes = shader.atomics();
  const rows = shader.word('u32', (plan) => plan.rows);
  const slots = shader.word('u32', (plan) => plan.slots);
  shader.push(
    `let n = group * ${threads}u + lane;`,
    `if (n < ${rows}) {`,
    `let key = ${keys}[n];`,
    `if (key < ${slots}) { atomicMax(&${votes}[key], n + 1u); }`,
    '}',
  );
  return shader.finish('scatter: last rows');
}

/** Copies the rows that are the last of their slots. */
export function lastKernel(variant: ScatterVariant): Kernel<ScatterPlan> {
  const { program, features } = variant;
  const shader: ScatterShader = new Shader(features, threads);
  const source = new OperandAccess(
    shader,
    program.inputs[0],
    shader.buffer(program.inputs[0].dtype, 'read'),
    viewOf(0),
  );
  const keys = shader.buffer(word, 'read').name;
  const votes = shader.buffer(word, 'read').name;
  const out = shader.buffer(program.output.dtype, 'write');
  const columns = shader.word('u32', (plan) => plan.columns);
  const total = shader.word('u32', (plan) => plan.rows * plan.columns);
  const slots = shader.word('u32', (plan) => plan.slots);
  const place = placeIn(shader, variant);
  shader.push(
    `let n = group * ${threads}u + lane;`,
    `if (n < ${total}) {`,
    `let row = n / ${columns};`,
    `let column = n - row * ${columns};`,
    `let key = ${keys}[row];`,
    `if (key < ${slots} && ${votes}[key] == row + 1u) {`,
  );
  const at = place.columns('column');
  const value = source.load(source.walk(both(place.rows('row'), at, variant)));
  shader.push(out.store(addressInRow(shader, 'key', at, variant), value), '}', '}');
  return shader.finish('scatter: set');
}
