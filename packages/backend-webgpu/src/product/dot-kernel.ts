// The threads of a workgroup share the depth of a block of sums, for few sums over elements that are dense along it: neighbouring threads
// read neighbours, and a tree adds what they have.

import type { Features } from '../features.ts';
import type { Kernel } from '../wgsl/shader.ts';
import { Frame } from './frame.ts';
import { lanes } from './schedule.ts';
import type { ProductStructure, Variant, Work } from './structure.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

export function dotKernel(features: Features, structure: ProductStructure, variant: Variant): Kernel<Work> {
  const { block } = variant;
  const frame = new Frame(features, structure, variant, lanes);
  const { shader, type } = frame;
  const sums = block.rows * block.columns;
  const total = frame.word((work) => work.rowBlocks * work.columnBlocks * work.extent.batches * work.schedule.pieces);
  shader.declare(`var<workgroup> parts: array<${type}, ${sums * lanes}>;`);
  shader.push(`if (group >= ${total}) { return; }`);
  const place = frame.place('group');
  const { start, end } = frame.piece(place);
  const [a, b] = [frame.factor(0), frame.factor(1)];
  const row0 = shader.let(`${place.rowBlock} * ${block.rows}u`);
  const column0 = shader.let(`${place.columnBlock} * ${block.columns}u`);
  const left = range(block.rows).map((i) => a.lane(shader.let(`min(${row0} + ${i}u, ${frame.rows} - 1u)`)));
  const right = range(block.columns).map((j) => b.lane(shader.let(`min(${column0} + ${j}u, ${frame.columns} - 1u)`)));
  for (const k of range(sums)) shader.push(`var c${k} = ${type}();`);
  const step = (k: string): void => {
    const [toLeft, toRight] = [shader.let(a.depth(k)), shader.let(b.depth(k))];
    const xs = left.map((address) => shader.let(a.load(`${address} + ${toLeft}`)));
    const ys = right.map((address) => shader.let(b.load(`${address} + ${toRight}`)));
    xs.forEach((x, i) => ys.forEach((y, j) => shader.push(`c${i * block.columns + j} += ${x} * ${y};`)));
  };
  shader.push(`var k = ${start} + lane;`, `for (; k + ${3 * lanes}u < ${end}; k += ${4 * lanes}u) {`);
  for (const d of range(4)) step(shader.let(`k + ${d * lanes}u`));
  shader.push('}', `for (; k < ${end}; k += ${lanes}u) {`);
  step('k');
  shader.push('}');
  for (const k of range(sums)) shader.push(`parts[lane + ${k * lanes}u] = c${k};`);
  shader.push(`for (var half = ${lanes / 2}u; half > 0u; half >>= 1u) {`, 'workgroupBarrier();', 'if (lane < half) {');
  for (const k of range(sums)) shader.push(`parts[lane + ${k * lanes}u] += parts[lane + ${k * lanes}u + half];`);
  shader.push('}', '}');
  shader.push('workgroupBarrier();', `if (lane >= ${sums}u) { return; }`);
  const row = shader.let(`${row0} + lane / ${block.columns}u`);
  const column = shader.let(`${column0} + lane % ${block.columns}u`);
  frame.store(place, [row], [column], () => `parts[lane * ${lanes}u]`);
  return shader.finish(`product by dots of ${block.rows} x ${block.columns}`);
}
