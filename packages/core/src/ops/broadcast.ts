// Making shapes equal.

import { ShapeError, show, ValueError } from '../errors.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** All tensors expanded to their common shape. torch.broadcast_tensors */
export function broadcastTensors(...tensors: readonly Tensor[]): Tensor[] {
  const shape = broadcastShapes(
    'broadcastTensors',
    tensors.map((x) => x.shape),
  );
  return tensors.map((x) => x.expand(shape));
}

export interface MeshgridOptions {
  /** 'ij': dims in the order of the tensors. 'xy': the first two exchanged, as for images. Default 'ij'. */
  readonly indexing?: 'ij' | 'xy';
}

/** The coordinates of a grid over vectors: tensor k varies along dim k with the values of vector k. torch.meshgrid */
export function meshgrid(tensors: readonly Tensor[], { indexing = 'ij' }: MeshgridOptions = {}): Tensor[] {
  if (indexing !== 'ij' && indexing !== 'xy')
    throw new ValueError('meshgrid', `there is no indexing "${String(indexing)}". Use 'ij' or 'xy'.`);
  tensors.forEach((x, k) => {
    if (x.shape.length > 1)
      throw new ShapeError('meshgrid', `tensor ${k} has shape ${show(x.shape)}. Each must be a vector.`);
  });
  if (tensors.length === 0) throw new ShapeError('meshgrid', 'there is nothing to make a grid of. Give a vector.');
  const turned = indexing === 'xy' && tensors.length > 1;
  const place = (k: number): number => (turned && k < 2 ? 1 - k : k);
  const shape = tensors.map((_, d) => tensors[place(d)]?.numel() ?? 1);
  return tensors.map((x, k) => x.reshape(shape.map((n, d) => (d === place(k) ? n : 1))).expand(shape));
}
