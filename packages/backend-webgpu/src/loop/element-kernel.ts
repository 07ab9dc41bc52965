// A thread for each element (or for each row, where there are outputs of rows): loops without stages, and the outputs of those whose
// stages are in memory.

import type { DType, LoopProgram } from '@rushlight/core/kernel';
import type { Features } from '../features.ts';
import type { Lowering } from '../wgsl/lower-expr.ts';
import { storedType } from '../wgsl/value-types.ts';
import type { LoopDispatch } from './loop-dispatch.ts';
import type { LoopKernel } from './loop-kernel.ts';
import { hoist, LoopShader, operandsOf, partOf, type Leaves, type Sharing } from './loop-shader.ts';
import { storedResults } from './stored-results.ts';

/** Threads of a workgroup. */
export const elementThreads = 256;

/** Which outputs: those of rows, those of elements, or both where there are no columns. */
export type Per = 'row' | 'element' | undefined;

/** Binds the operands, then the results of stages where they are needed. */
export function elementKernel(program: LoopProgram, per: Per, features: Features, sharing: Sharing): LoopKernel {
  const { rowRank, columnRank } = program;
  const part = partOf(program, per);
  const loop = new LoopShader(program, features, elementThreads, part, sharing);
  const { shader, columns } = loop;
  const first = shader.word('u32', (d) => d.first);
  const count = shader.word('u32', (d) => d.count);
  const number = shader.let(`group * ${elementThreads}u + lane`, 'n');
  shader.push(`if (${number} < ${count}) {`);
  const hasColumns = per === 'element' && columnRank > 0;
  const quotient = hasColumns && rowRank > 0 ? shader.let(`${number} / ${columns}`, 'q') : number;
  const row = rowRank === 0 ? '0u' : shader.let(`${quotient} + ${first}`, 'r');
  const column = !hasColumns ? '0u' : rowRank === 0 ? number : shader.let(`${number} - ${quotient} * ${columns}`, 'c');
  const at = loop.coordinates(row, 0, rowRank);
  if (hasColumns) at.push(...loop.coordinates(column, rowRank, rowRank + columnRank));
  const results = storedResults(loop, part, row);
  const input = (slot: number): string => loop.operand(slot).load(loop.operand(slot).walk(at));
  const lowering = loop.lowering({ row, column, input, ...results });
  if (per !== 'element') loop.checks('row', lowering, row, column);
  if (per !== 'row') loop.checks('element', lowering, row, column);
  for (const { slot, value } of loop.values(part.outputs, lowering)) {
    const operand = loop.operand(slot);
    operand.store(operand.walk(at), value);
  }
  shader.push('}');
  return { kernel: shader.finish(`loop by ${per ?? 'element'}s`), bound: loop.bound };
}

/**
 * Four elements a thread, along the innermost dim: operands that are dense there are loaded and stored as vectors, and the others do not
 * move. For programs without checks, stages and guards, of which `per` tells the outputs.
 */
export function vectorKernel(program: LoopProgram, per: Per, features: Features): LoopKernel {
  const { rowRank, columnRank } = program;
  const part = partOf(program, per);
  const rank = rowRank + columnRank;
  const slots = operandsOf(program, part);
  const dense = new Set(slots.filter((slot) => isDenseInside(program, slot)));
  const loop = new LoopShader(program, features, elementThreads, part, [], dense);
  const { shader } = loop;
  const count = shader.word('u32', (d) => d.count);
  const number = shader.let(`group * ${elementThreads}u + lane`, 'n');
  shader.push(`if (${number} < ${count}) {`);
  // The innermost dim in fours.
  const quarter = (size: number): number => size / 4;
  const inner = rank === 1 ? '' : shader.word('u32', ({ launch }) => quarter(launch.sizes[rank - 1] ?? 4));
  const rest = rank === 1 ? '0u' : shader.let(`${number} / ${inner}`, 'q');
  const begin = shader.let(rank === 1 ? `${number} * 4u` : `(${number} - ${rest} * ${inner}) * 4u`, 'at');
  const at = [...loop.coordinates(rest, 0, rank - 1), begin];
  const width = shader.word('u32', (d) => d.columns);
  const element = shader.let(`${number} * 4u`, 'n');
  const row = columnRank === 0 ? element : rowRank === 0 ? '0u' : shader.let(`${element} / ${width}`, 'r');
  const column = columnRank === 0 ? '0u' : rowRank === 0 ? element : shader.let(`${element} - ${row} * ${width}`, 'c');
  const places = new Map(slots.map((slot) => [slot, loop.operand(slot).walk(at)]));
  const address = (slot: number): string => `(${places.get(slot)?.address ?? '0u'}) >> 2u`;
  const vectors = new Map<number, string>();
  for (const slot of operandsOf(program, { exprs: part.exprs, outputs: [] }))
    if (dense.has(slot)) vectors.set(slot, shader.let(loop.operand(slot).binding.load(address(slot)), 'v'));
  const none = (): string => '';
  const leaves = (lane: number): Leaves => ({
    row: columnRank === 0 ? `(${row} + ${lane}u)` : row,
    column: columnRank === 0 ? column : `(${column} + ${lane}u)`,
    input: (slot) => {
      const vector = vectors.get(slot);
      if (vector !== undefined) return shader.let(loaded(loop.typeOf(slot).dtype, `${vector}.${'xyzw'[lane]}`), 'x');
      const access = loop.operand(slot);
      return access.load(places.get(slot) ?? access.walk(at));
    },
    stage: none,
    position: none,
  });
  const outer = loop.lowering(leaves(0));
  const group = columnRank === 0 ? 0 : 1;
  hoist(
    part.exprs,
    (leaf) => (leaf.op === 'input' ? dense.has(leaf.value) : leaf.op === 'index' && leaf.value === group),
    outer,
  );
  const lanes = [0, 1, 2, 3].map((lane): Lowering<LoopDispatch> => loop.lowering(leaves(lane), outer));
  const values = lanes.map((lowering) => loop.values(part.outputs, lowering));
  values[0]?.forEach(({ slot }, k) => {
    const { dtype } = loop.typeOf(slot);
    const parts = values.map((lane) => stored(loop, dtype, lane[k]?.value ?? ''));
    shader.push(loop.operand(slot).binding.store(address(slot), `vec4<${storedType(dtype)}>(${parts.join(', ')})`));
  });
  shader.push('}');
  return { kernel: shader.finish(`loop by four ${per ?? 'element'}s`), bound: loop.bound };
}

/** Whether an operand is dense along the innermost dim of the program. */
export function isDenseInside({ inputs, outputs }: LoopProgram, slot: number): boolean {
  return (inputs[slot] ?? outputs[slot - inputs.length])?.strides.endsWith('1') ?? false;
}

function loaded(dtype: DType, element: string): string {
  return dtype === 'bool' ? `(${element} != 0u)` : dtype === 'float16' ? `f32(${element})` : element;
}

function stored({ shader }: LoopShader, dtype: DType, value: string): string {
  return dtype === 'bool'
    ? `select(0u, 1u, ${value})`
    : dtype === 'float16'
      ? `${shader.use('toHalf')}(${value})`
      : value;
}
