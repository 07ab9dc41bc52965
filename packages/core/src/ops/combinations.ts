// Choosing from vectors in every way there is.

import { ShapeError, show, ValueError } from '../errors.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { meshgrid } from './broadcast.ts';
import { read } from './lookup.ts';
import { scratch } from './scratch.ts';
import { stack } from './join.ts';

/** One element of each vector, in every way: k vectors give [∏ sizes, k], one is returned as it is. torch.cartesian_prod */
export function cartesianProd(...tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError('cartesianProd', 'there is nothing to choose from. Give at least one vector.');
  for (const x of tensors)
    if (x.shape.length !== 1)
      throw new ShapeError('cartesianProd', `it takes vectors, not ${show(x.shape)}. Flatten it.`);
  if (tensors.length === 1) return first;
  return scratch(tensors, () =>
    stack(
      meshgrid(tensors).map((x) => x.flatten()),
      1,
    ),
  );
}

export interface CombinationsOptions {
  /** How many are chosen. Default 2. */
  readonly r?: number;
  /** Whether one may be chosen more than once. Default false. */
  readonly withReplacement?: boolean;
}

/** The rising positions of every choice of `r` among `n`, one after another. */
function choices(n: number, r: number, withReplacement: boolean): Int32Array<ArrayBuffer> {
  const found: number[] = [];
  let chosen = Array.from({ length: r }, (_, k) => (withReplacement ? 0 : k));
  const last = (k: number): number => (withReplacement ? n - 1 : n - r + k);
  for (let moved = last(0) < 0 ? -1 : 0; moved >= 0;) {
    for (const at of chosen) found.push(at);
    // The last one that can still rise does, and those behind it start again.
    moved = chosen.findLastIndex((at, k) => at < last(k));
    const next = (chosen[moved] ?? 0) + 1;
    chosen = chosen.map((at, k) => (k < moved ? at : withReplacement ? next : next + k - moved));
  }
  return Int32Array.from(found);
}

/**
 * Every choice of `r` elements of a vector, in its order, as rows. Throws ShapeError for what is no vector, ValueError for r
 * below 0. torch.combinations
 */
export function combinations(x: Tensor, { r = 2, withReplacement = false }: CombinationsOptions = {}): Tensor {
  if (x.shape.length !== 1)
    throw new ShapeError('combinations', `it takes a vector, not ${show(x.shape)}. Flatten it.`);
  if (!Number.isInteger(r) || r < 0)
    throw new ValueError('combinations', `${r} elements cannot be chosen. Use a whole number from 0 on.`);
  if (r === 0) return x.zeros([0]);
  const flat = choices(x.shape[0] ?? 0, r, withReplacement);
  return scratch([x], () => {
    const index = makeTensor(x.device, 'int32', [flat.length / r, r]);
    if (flat.length > 0) x.device.backend.write(x.device.resolve(index.storage), flat);
    return read('combinations', x, { shape: index.shape, dims: [{ index, at: 0 }], wrap: false });
  });
}
