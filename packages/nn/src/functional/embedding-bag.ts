// Rows of a table, summed bag by bag: one gather and one reduction, whose bags are rows of a matrix or ragged stretches of a list.

import {
  cumsum, DTypeError, gather, indexAdd, indexAdd_, isFloat, loopOp, max, noGrad, padConstant, runLoop, scatterReduce, ShapeError,
  show, tidy, ValueError, where, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { constant, select } from '@rushlight/core/kernel';
import { checkEmbedding, embedding, type EmbeddingOptions } from './embedding.ts';

/** What becomes of the rows of a bag. */
export type BagMode = 'sum' | 'mean' | 'max';

export interface BagInput {
  /** int32 [bags]: where in a list of indices each bag begins. Not with a matrix, whose rows are the bags. */
  readonly offsets?: Tensor | null | undefined;
  /** Factors of the rows, shaped as the indices; for mode 'sum' only. */
  readonly perSampleWeights?: Tensor | null | undefined;
}

export interface EmbeddingBagOptions extends EmbeddingOptions, BagInput {
  /** Default 'mean'. */
  readonly mode?: BagMode;
  /** The offsets end with where the last bag ends; not with a matrix (of which PyTorch then drops the last row). Default false. */
  readonly includeLastOffset?: boolean;
}

/** Rows × factors, 0 for padding; with columns their sum, or mean over those that are no padding. */
const bagOp = loopOp('embeddingBag', (k, mode: BagMode | 'rows', hasWeights: boolean, hasPadding: boolean) => {
  const row = k.input(0);
  const one = constant(1, row.dtype);
  const counts = hasPadding ? select(k.input(1).ne(k.scalar('int32')), one, 0) : one;
  const weighted = hasWeights ? row.mul(k.input(2)) : row;
  const value = hasPadding ? select(counts.eq(1), weighted, 0) : weighted;
  if (mode === 'rows') k.perElement(value);
  else if (mode === 'sum') k.perRow(k.sum(value));
  else {
    const count = k.sum(counts);
    k.perRow(k.sum(value).div(select(count.eq(0), 1, count)));
  }
});

/** The offsets as they are, if the first is 0, each at least the one before (input 1), and the last no larger than scalar 0. */
const offsetsOp = loopOp('embeddingBag', (k) => {
  const [offset, before] = [k.input(0), k.input(1)];
  const isWrong = select(k.row.eq(0), offset, 0).ne(0);
  k.check('row', isWrong.or(offset.lt(before)).or(offset.gt(k.scalar('int32'))), offset);
  k.perElement(offset);
});

/**
 * For every bag of indices the sum, mean (the default) or largest of the rows of a [count, size] weight: int32 [bags, n] gives
 * [bags, size]; so does a list [n] with `offsets`. Rows of `paddingIdx` take no part; empty bags are zeros. Throws ValueError for
 * options that do not go together, an index or an offset out of range, ShapeError or DTypeError for operands that do not fit.
 * torch.nn.functional.embedding_bag
 *
 * @example
 * const offsets = tensor([0, 2], { dtype: 'int32' });
 * embeddingBag(tensor([1, 2, 4], { dtype: 'int32' }), randn([5, 3]), { offsets, mode: 'sum' });
 */
export function embeddingBag(input: Tensor, weight: Tensor, options: EmbeddingBagOptions = {}): Tensor {
  const { offsets, mode = 'mean', perSampleWeights: weights, paddingIdx, includeLastOffset = false } = options;
  checkBag('embeddingBag', options);
  checkOperands(input, weight, options);
  const rows = embedding(input, weight, options);
  const [count = 0] = weight.shape;
  const padding = typeof paddingIdx === 'number' ? (paddingIdx < 0 ? paddingIdx + count : paddingIdx) : undefined;
  const parts = [rows, input.unsqueeze(-1), ...(weights ? [weights.unsqueeze(-1)] : [])];
  const run = (form: BagMode | 'rows', columns: readonly number[]): Tensor => {
    const scalars = padding === undefined ? [] : [padding];
    const op = bagOp(parts, form, Boolean(weights), padding !== undefined);
    return runLoop(op, parts, { columns, scalars })[0] as Tensor;
  };
  const counted = padding === undefined ? undefined : input.ne(padding);
  if (!offsets) {
    if (mode !== 'max') return run(mode, [1]);
    return input.shape[1] === 0 ? run('sum', [1]) : largest(rows, counted);
  }
  const bags = (offsets.shape[0] ?? 0) - Number(includeLastOffset);
  const bag = bagsOf(offsets, input.shape[0] ?? 0);
  // What lies behind the last offset, where that is an end, goes into a bag of its own, which is dropped.
  const space = bags + Number(includeLastOffset);
  const made =
    mode === 'max'
      ? largestOf(rows, bag, space, counted)
      : indexAdd(rows.zeros([space, rows.shape[1] ?? 0]), 0, bag, run('rows', []));
  const whole = mode === 'mean' ? made.div(sizesOf(bag, space, counted, rows)) : made;
  return includeLastOffset ? whole.narrow(0, 0, bags) : whole;
}

/** Refuses options that do not go together. */
export function checkBag(op: string, options: EmbeddingBagOptions): void {
  const { mode = 'mean', scaleGradByFreq, perSampleWeights } = options;
  checkEmbedding(op, options);
  if (!['sum', 'mean', 'max'].includes(mode))
    throw new ValueError(op, `there is no mode '${String(mode)}'. Use 'sum', 'mean' or 'max'.`);
  if (mode === 'max' && scaleGradByFreq)
    throw new ValueError(op, "scaleGradByFreq does not go with the mode 'max'. Use 'sum' or 'mean'.");
  if (mode !== 'sum' && perSampleWeights)
    throw new ValueError(op, `perSampleWeights do not go with the mode '${mode}'. Use 'sum'.`);
}

function checkOperands(
  input: Tensor,
  weight: Tensor,
  { offsets, perSampleWeights: weights, includeLastOffset }: EmbeddingBagOptions,
): void {
  const op = 'embeddingBag';
  if (!isFloat(weight.dtype))
    throw new DTypeError(op, `the weight is ${weight.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  if (weight.shape.length !== 2)
    throw new ShapeError(op, `the weight has shape ${show(weight.shape)}. It must be [count, size].`);
  if (input.shape.length !== 1 && input.shape.length !== 2)
    throw new ShapeError(op, `the input has shape ${show(input.shape)}. It must be [bags, n], or [n] with offsets.`);
  if (input.shape.length === 2 && offsets)
    throw new ValueError(op, `the rows of the input ${show(input.shape)} are bags. Leave out the offsets.`);
  if (input.shape.length === 2 && includeLastOffset)
    throw new ValueError(op, `the rows of the input ${show(input.shape)} are bags: no offset is the last. Leave out includeLastOffset.`); // prettier-ignore
  if (input.shape.length === 1 && offsets?.shape.length !== 1) {
    const what = offsets ? `the offsets have shape ${show(offsets.shape)}` : 'there are no offsets';
    throw new ShapeError(op, `the input is a list, and ${what}. Give [bags]: where each bag begins.`);
  }
  if (offsets && offsets.dtype !== 'int32')
    throw new DTypeError(op, `the offsets are ${offsets.dtype}. Convert with \`.to('int32')\`.`);
  const n = input.shape[0] ?? 0;
  if (offsets?.shape[0] === 0 && (n > 0 || includeLastOffset)) {
    const cure = includeLastOffset ? 'Give at least where the last bag ends' : 'Give at least that of one bag, 0';
    throw new ValueError(op, `there are no offsets, and ${n} indices. ${cure}.`);
  }
  if (!weights) return;
  if (show(weights.shape) !== show(input.shape)) {
    throw new ShapeError(
      op,
      `perSampleWeights has shape ${show(weights.shape)}, the input ${show(input.shape)}. They must be equal.`,
    );
  }
  if (weights.dtype !== weight.dtype) {
    throw new DTypeError(
      op,
      `perSampleWeights is ${weights.dtype}, the weight ${weight.dtype}. Convert one with \`.to('${weight.dtype}')\`.`,
    );
  }
}

/** The number of the bag that each of n indices lies in. Refuses offsets that do not rise from 0 to n at most. */
function bagsOf(offsets: Tensor, n: number): Tensor {
  return tidy(() => {
    const explain = ({ value, position }: { value: number; position: number }): Error =>
      new ValueError(
        'embeddingBag',
        `offset ${value} at position ${position} does not fit ${n} indices. The first must be 0, none below the one before or above ${n}.`,
      );
    const inputs = [offsets, padConstant(offsets, [1, -1])];
    const [starts] = runLoop(offsetsOp(inputs), inputs, { scalars: [n], explain }) as [Tensor];
    const begun = indexAdd_(starts.zeros([n + 1]), 0, starts, starts.filled(1, starts.shape));
    return cumsum(begun, 0).narrow(0, 0, n).sub(1);
  });
}

/** How many rows of each bag count, at least 1: [bags, 1]. */
function sizesOf(bag: Tensor, bags: number, counted: Tensor | undefined, rows: Tensor): Tensor {
  return noGrad(() =>
    tidy(() => {
      const ones = counted ? counted.to(rows.dtype) : rows.filled(1, bag.shape);
      const sizes = indexAdd_(rows.zeros([bags]), 0, bag, ones);
      return where(sizes.eq(0), 1, sizes).unsqueeze(-1);
    }),
  );
}

/** The largest of [bags, n, size] along dim 1, 0 where none counts. */
function largest(rows: Tensor, counted: Tensor | undefined): Tensor {
  if (!counted) return max(rows, 1).values;
  const { values } = max(where(counted.unsqueeze(-1), rows, -Infinity), 1);
  return where(counted.any(1, { keepdim: true }), values, 0);
}

/** The largest of each bag, NaN where one is. As PyTorch has it, of equal ones the first gets the gradient. */
function largestOf(rows: Tensor, bag: Tensor, bags: number, counted: Tensor | undefined): Tensor {
  const [n = 0, size = 0] = rows.shape;
  if (n === 0) return indexAdd(rows.zeros([bags, size]), 0, bag, rows);
  const first = noGrad(() =>
    tidy(() => {
      const values = counted ? where(counted.unsqueeze(-1), rows, -Infinity) : rows.detach();
      const index = bag.unsqueeze(-1).expand([n, size]);
      const top = scatterReduce(values.filled(-Infinity, [bags, size]), 0, index, values, 'amax');
      const place = cumsum(bag.filled(1, [n]), 0)
        .sub(1)
        .unsqueeze(-1);
      const isTop = values.eq(gather(top, 0, index)).logicalOr(values.isnan());
      const candidates = where(counted ? isTop.logicalAnd(counted.unsqueeze(-1)) : isTop, place, n);
      return scatterReduce(bag.filled(n, [bags, size]), 0, index, candidates, 'amin');
    }),
  );
  const isEmpty = first.eq(n);
  return where(isEmpty, 0, gather(rows, 0, where(isEmpty, 0, first)));
}
