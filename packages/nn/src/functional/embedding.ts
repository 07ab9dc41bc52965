import {
  embedding as rowsOf, indexAdd_, indexCopy_, indexSelect, loopOp, noGrad, norm, runLoop, tidy, ValueError, where, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { constant, override } from '@rushlight/core/kernel';

export interface EmbeddingOptions {
  /** A row of the weight that gets no gradient; negative ones count from the end. */
  readonly paddingIdx?: number | null | undefined;
  /** Rows that are looked up and have a larger norm are first scaled to this one, in place. */
  readonly maxNorm?: number | null | undefined;
  /** The p of that norm. Default 2. */
  readonly normType?: number;
  /** Divide the gradient of each row by how often it is looked up. Default false. */
  readonly scaleGradByFreq?: boolean;
  /** There are no sparse gradients: only false is taken. */
  readonly sparse?: boolean;
}

/** x itself; its gradient is divided by input 1. */
const divideGradOp = loopOp('embedding', (k) => {
  const x = k.input(0);
  k.perElement(override(x, [[x, constant(1, x.dtype).div(k.input(1))]]));
});

/**
 * Rows of a [count, size] weight, one per index: an int32 input [*] gives [*, size]. Throws ValueError for an index or a
 * paddingIdx out of range, for a negative maxNorm and for `sparse: true`, ShapeError or DTypeError for operands that do not
 * fit. torch.nn.functional.embedding
 */
export function embedding(input: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false } = options;
  checkEmbedding('embedding', options);
  if (typeof maxNorm === 'number') noGrad(() => tidy(() => renorm_(weight.detach(), input, maxNorm, normType)));
  const y = rowsOf(weight, input, typeof paddingIdx === 'number' ? { paddingIdx } : {});
  if (!scaleGradByFreq || !y.requiresGrad) return y;
  const operands = [y, countsOf(input, weight).unsqueeze(-1)];
  return runLoop(divideGradOp(operands), operands)[0] as Tensor;
}

/** Refuses options that no table of rows goes with. */
export function checkEmbedding(op: string, { maxNorm, sparse }: EmbeddingOptions): void {
  if (sparse) throw new ValueError(op, 'there are no sparse gradients. Leave out `sparse`: gradients are dense.');
  if (typeof maxNorm === 'number' && !(maxNorm >= 0))
    throw new ValueError(op, `maxNorm is ${maxNorm}. It must be ≥ 0.`);
}

function renorm_(weight: Tensor, input: Tensor, maxNorm: number, p: number): void {
  const index = input.flatten();
  const rows = rowsOf(weight, index);
  const norms = norm(rows, -1, { p, keepdim: true });
  const factors = where(norms.gt(maxNorm), norms.add(1e-7).reciprocal().mul(maxNorm), norms.filled(1));
  // A row that is met several times is written several times, the same.
  indexCopy_(weight, 0, index, rows.mul(factors));
}

/** For every index how often it is there. */
function countsOf(input: Tensor, weight: Tensor): Tensor {
  return noGrad(() =>
    tidy(() => {
      const index = input.flatten();
      const counts = indexAdd_(weight.zeros([weight.shape[0] ?? 0]), 0, index, weight.filled(1, index.shape));
      return indexSelect(counts, 0, index).reshape(input.shape);
    }),
  );
}
