// Sums (or products, …) of rows that are sorted by slot, in their order: each thread goes through a chunk of them for one column. What lies
// wholly inside of a chunk is stored; the first and the last slot of each chunk, which others may have a part in, make a shorter list of the
// same kind, until one chunk is left. So many rows of one slot take few steps, and the order of additions is always the same.

import type { ScatterProgram } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import { OperandAccess } from '../wgsl/operand-access.ts';
import { Shader, type Kernel } from '../wgsl/shader.ts';
import { valueType } from '../wgsl/value-types.ts';
import { accumulated, combine, identity } from './combine.ts';
import {
  addressInRow,
  both,
  combinations,
  none,
  placeIn,
  threads,
  viewOf,
  word,
  type ScatterVariant,
} from './scatter-kernels.ts';
import type { ScatterPlan } from './scatter-plan.ts';
import type { Sorted } from '../ordered/radix-sort.ts';

/** A list of rows at one of the levels. */
interface Level extends ScatterPlan {
  readonly entries: number;
  readonly span: number;
}

/** Entries of a chunk. */
const spanOf = ({ features }: Machine): number => (features.software ? 512 : 32);

export class Segments {
  private readonly machine: Machine;
  private readonly variant: ScatterVariant;
  private readonly kernels = new Map<string, Kernel<Level>>();

  constructor(machine: Machine, variant: ScatterVariant) {
    this.machine = machine;
    this.variant = variant;
  }

  /** Combines sorted rows of `source` into `out`. */
  run(plan: ScatterPlan, { keys, positions }: Sorted, source: GpuBuffer, out: GpuBuffer): void {
    const { machine } = this;
    const dtype = accumulated(this.variant.program.output.dtype);
    const { columns } = plan;
    const span = spanOf(machine);
    let list = [keys, positions, source];
    let entries = plan.rows;
    for (let isFirst = true; ; isFirst = false) {
      const level: Level = { ...plan, entries, span };
      const chunks = Math.ceil(entries / span);
      const isLast = chunks === 1;
      const parts = isLast ? [] : [machine.borrow(word, 2 * chunks), machine.borrow(dtype, 2 * chunks * columns)];
      const kernel = this.kernel(isFirst, isLast);
      machine.dispatch(
        kernel,
        level,
        [...list, out, ...parts],
        Math.ceil((chunks * columns) / threads),
        entries * columns * 16,
      );
      if (isLast) return;
      list = parts;
      entries = 2 * chunks;
    }
  }

  private kernel(isFirst: boolean, isLast: boolean): Kernel<Level> {
    const key = `${isFirst} ${isLast}`;
    let kernel = this.kernels.get(key);
    if (!kernel) this.kernels.set(key, (kernel = segmentKernel(this.variant, isFirst, isLast)));
    return kernel;
  }
}

function segmentKernel(variant: ScatterVariant, isFirst: boolean, isLast: boolean): Kernel<Level> {
  const { program, features } = variant;
  const reduce = combinations[program.reduce as Exclude<ScatterProgram['reduce'], 'set'>];
  const dtype = accumulated(program.output.dtype);
  const shader = new Shader<Level>(features, threads);
  const keys = shader.buffer(word, 'read').name;
  const rows = isFirst ? shader.buffer(word, 'read').name : '';
  const values = shader.buffer(isFirst ? program.inputs[0].dtype : dtype, 'read');
  const out = shader.buffer(program.output.dtype, 'write');
  const toKeys = isLast ? '' : shader.buffer(word, 'write').name;
  const toValues = isLast ? undefined : shader.buffer(dtype, 'write');
  const source = isFirst ? new OperandAccess(shader, program.inputs[0], values, viewOf(0)) : undefined;
  const entries = shader.word('u32', (level) => level.entries);
  const span = shader.word('u32', (level) => level.span);
  const columns = shader.word('u32', (level) => level.columns);
  const slots = shader.word('u32', (level) => level.slots);
  const place = placeIn(shader, variant);

  /** Hands a segment on to the next level, as the first or second of its chunk. */
  const emit = (which: 0 | 1, key: string): void => {
    if (!toValues) return;
    shader.push(
      `if (column == 0u) { ${toKeys}[2u * chunk + ${which}u] = ${key}; }`,
      toValues.store(`(2u * chunk + ${which}u) * ${columns} + column`, 'total'),
    );
  };
  shader.push(
    `let n = group * ${threads}u + lane;`,
    `let chunk = n / ${columns};`,
    `let column = n - chunk * ${columns};`,
    `let begin = chunk * ${span};`,
    `let end = min(${entries}, begin + ${span});`,
    `if (begin < ${entries}) {`,
    `var key = ${none};`,
    `var total: ${valueType(dtype)} = ${identity(shader, reduce, dtype)};`,
    'var isFirst = true;',
  );
  const at = place.columns('column');
  const address = addressInRow(shader, 'key', at, variant);
  const store = (): void => {
    const old = shader.let(out.load(address), 'x');
    shader.push(out.store(address, combine(shader, reduce, dtype, old, 'total')));
  };
  shader.push('for (var k = begin; k < end; k++) {', `let next = ${keys}[k];`, `if (next >= ${slots}) { continue; }`);
  if (source) {
    shader.push(`let row = ${rows}[k];`);
    shader.push(`let value = ${source.load(source.walk(both(place.rows('row'), at, variant)))};`);
  } else shader.push(`let value = ${values.load(`k * ${columns} + column`)};`);
  shader.push('if (next == key) {');
  shader.push(`total = ${combine(shader, reduce, dtype, 'total', 'value')};`, '} else {');
  if (isLast) {
    shader.push(`if (key != ${none}) {`);
    store();
    shader.push('}');
  } else {
    shader.push(`if (key != ${none}) {`, 'if (isFirst) {');
    emit(0, 'key');
    shader.push('} else {');
    store();
    shader.push('}', 'isFirst = false;', '}');
  }
  shader.push('key = next;', 'total = value;', '}', '}');
  if (isLast) {
    shader.push(`if (key != ${none}) {`);
    store();
    shader.push('}');
  } else {
    shader.push('if (isFirst) {');
    emit(0, 'key');
    emit(1, none);
    shader.push('} else {');
    emit(1, 'key');
    shader.push('}');
  }
  shader.push('}');
  return shader.finish(`scatter: ${program.reduce}${isLast ? '' : ' in parts'}`);
}
