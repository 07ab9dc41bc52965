// Every thread computes a block of sums from memory, and nobody waits for anybody: for small products, for very few rows, and for
// adapters that are programs on the CPU, where memory is near and barriers are far.

import type { Features } from '../features.ts';
import type { Kernel } from '../wgsl/shader.ts';
import { Frame } from './frame.ts';
import { lanes } from './schedule.ts';
import type { ProductStructure, Variant, Work } from './structure.ts';

const range = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** Steps of the depth at a time, so that loads do not wait for each other, where a thread has few sums. */
const together = ({ rows, columns }: Variant['block']): number => (rows * columns <= 4 ? 4 : 1);

export function directKernel(features: Features, structure: ProductStructure, variant: Variant): Kernel<Work> {
  const { block } = variant;
  const frame = new Frame(features, structure, variant, lanes);
  const { shader, type } = frame;
  const total = frame.word((work) => work.rowBlocks * work.columnBlocks * work.extent.batches * work.schedule.pieces);
  shader.push(`let at = group * ${lanes}u + lane;`, `if (at >= ${total}) { return; }`);
  const place = frame.place('at');
  const { start, end } = frame.piece(place);
  const [a, b] = [frame.factor(0), frame.factor(1)];
  const rows = range(block.rows).map((i) => shader.let(`${place.rowBlock} * ${block.rows}u + ${i}u`));
  const columns = range(block.columns).map((j) => shader.let(`${place.columnBlock} * ${block.columns}u + ${j}u`));
  const left = rows.map((row) => a.lane(shader.let(`min(${row}, ${frame.rows} - 1u)`)));
  const right = columns.map((column) => b.lane(shader.let(`min(${column}, ${frame.columns} - 1u)`)));
  for (const i of rows.keys()) for (const j of columns.keys()) shader.push(`var c${i}_${j} = ${type}();`);
  const step = (k: string): void => {
    const [toLeft, toRight] = [shader.let(a.depth(k)), shader.let(b.depth(k))];
    const xs = left.map((address) => shader.let(a.load(`${address} + ${toLeft}`)));
    const ys = right.map((address) => shader.let(b.load(`${address} + ${toRight}`)));
    xs.forEach((x, i) => ys.forEach((y, j) => shader.push(`c${i}_${j} += ${x} * ${y};`)));
  };
  const count = together(block);
  shader.push(`var k = ${start};`);
  if (count > 1) {
    shader.push(`for (; k + ${count - 1}u < ${end}; k += ${count}u) {`);
    for (const d of range(count)) step(shader.let(`k + ${d}u`));
    shader.push('}');
  }
  shader.push(`for (; k < ${end}; k++) {`);
  step('k');
  shader.push('}');
  frame.store(place, rows, columns, (i, j) => `c${i}_${j}`);
  return shader.finish(`product by blocks of ${block.rows} x ${block.columns}`);
}
