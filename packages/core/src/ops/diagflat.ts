import type { Tensor } from '../tensor.ts';
import { diagEmbed } from './triangle.ts';
import { reshape } from './view.ts';

export interface DiagflatOptions {
  /** Which diagonal: 0 the main one, positive above it. Default 0. */
  readonly offset?: number;
}

/** A square matrix with all elements of x, row-major, on a diagonal. torch.diagflat */
export function diagflat(x: Tensor, { offset = 0 }: DiagflatOptions = {}): Tensor {
  return diagEmbed(reshape(x, [-1]), { offset });
}
