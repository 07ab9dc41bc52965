// Adds the sums of the pieces of a product, in order, and applies the epilogue: a thread for each.

import type { Features } from '../features.ts';
import type { Kernel } from '../wgsl/shader.ts';
import { Frame } from './frame.ts';
import { lanes } from './schedule.ts';
import type { ProductStructure, Variant, Work } from './structure.ts';

export function finishKernel(features: Features, structure: ProductStructure, variant: Variant): Kernel<Work> {
  const frame = new Frame(features, structure, variant, lanes);
  const { shader } = frame;
  const total = frame.word(({ extent }) => extent.rows * extent.columns * extent.batches);
  const pieces = frame.word(({ schedule }) => schedule.pieces);
  shader.push(`let at = group * ${lanes}u + lane;`, `if (at >= ${total}) { return; }`);
  const place = frame.place('at');
  shader.push(`var sum = ${frame.sums.load('at')};`, `for (var p = 1u; p < ${pieces}; p++) {`);
  shader.push(`sum += ${frame.sums.load(`p * ${total} + at`)};`, '}');
  frame.store(place, [place.rowBlock], [place.columnBlock], () => 'sum');
  return shader.finish('end of a product in pieces');
}
