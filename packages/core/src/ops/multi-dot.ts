// The product of many matrices, in the order that multiplies the fewest numbers.

import { ShapeError, show } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { matmul } from './matmul.ts';
import { scratch } from './scratch.ts';

/** Where to cut each chain i … j of matrices [sizes[i], sizes[i + 1]]: Cormen et al., Introduction to Algorithms, 14.2. */
function cuts(sizes: readonly number[]): number[][] {
  const n = sizes.length - 1;
  const cost = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const cut = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let length = 1; length < n; length++) {
    for (let i = 0; i + length < n; i++) {
      const j = i + length;
      let least = Infinity;
      for (let k = i; k < j; k++) {
        const here =
          (cost[i]?.[k] ?? 0) + (cost[k + 1]?.[j] ?? 0) + (sizes[i] ?? 0) * (sizes[k + 1] ?? 0) * (sizes[j + 1] ?? 0);
        if (here >= least) continue;
        least = here;
        (cut[i] as number[])[j] = k;
      }
      (cost[i] as number[])[j] = least;
    }
  }
  return cut;
}

function chain(op: string, matrices: readonly Tensor[]): Tensor {
  matrices.forEach((x, k) => {
    const before = matrices[k - 1];
    if (before && before.shape[1] !== x.shape[0])
      throw new ShapeError(
        op,
        `matrix ${k - 1} is ${show(before.shape)}, matrix ${k} ${show(x.shape)}: sizes ${before.shape[1]} and ${x.shape[0]} differ. Make them equal.`,
      );
  });
  const cut = cuts([matrices[0]?.shape[0] ?? 0, ...matrices.map((x) => x.shape[1] ?? 0)]);
  const product = (i: number, j: number): Tensor => {
    if (i === j) return matrices[i] as Tensor;
    const k = cut[i]?.[j] ?? i;
    return matmul(product(i, k), product(k + 1, j));
  };
  return product(0, matrices.length - 1);
}

/**
 * The product of two or more tensors in the cheapest order: matrices, of which the first may be a vector taken as a row and the
 * last one taken as a column. Throws ShapeError for other ranks and for sizes that differ. torch.linalg.multi_dot
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const last = tensors.length - 1;
  if (last < 1)
    throw new ShapeError('multiDot', `there are ${tensors.length} tensors. Give at least two to be multiplied.`);
  return scratch(tensors, () => {
    const matrices = tensors.map((x, k) => {
      const rank = x.shape.length;
      if (rank === 2) return x;
      if (rank === 1 && (k === 0 || k === last)) return x.unsqueeze(k === 0 ? 0 : 1);
      throw new ShapeError('multiDot', `tensor ${k} has shape ${show(x.shape)}. Only the ends may be no matrices.`);
    });
    const ends = [tensors[0], tensors[last]].flatMap((x, k) => (x?.shape.length === 1 ? [k] : []));
    const product = chain('multiDot', matrices);
    return ends.length === 0 ? product : product.squeeze(ends);
  });
}

/** The product of matrices in the cheapest order; of one that one. torch.chain_matmul */
export function chainMatmul(...matrices: readonly Tensor[]): Tensor {
  const [first] = matrices;
  if (!first) throw new ShapeError('chainMatmul', 'there is nothing to multiply. Give at least one matrix.');
  for (const x of matrices)
    if (x.shape.length !== 2)
      throw new ShapeError('chainMatmul', `it takes matrices, not ${show(x.shape)}. Use matmul for other shapes.`);
  return scratch(matrices, () => chain('chainMatmul', matrices));
}
