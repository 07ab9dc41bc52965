import {
  autocasting, dropout, DTypeError, isFloat, loopOp, runLoop, ShapeError, show, ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { detach, exp, mod, select } from '@rushlight/core/kernel';

export interface ScaledDotProductAttentionOptions {
  /** [*, L, S], broadcast: bool, true where a query may look at a key; or floats that are added to the scores. */
  readonly attnMask?: Tensor | null | undefined;
  /** The probability of a weight to be set to 0. Default 0; there is no training mode here. */
  readonly dropoutP?: number;
  /** Query i looks at the keys 0 … i. Not together with a mask. Default false. */
  readonly isCausal?: boolean;
  /** What the scores are multiplied by. Default 1 / √E. */
  readonly scale?: number | null | undefined;
}

/** Scaled, masked, and softmax over the columns, where a row without a key is 0. */
const weightsOp = loopOp('attentionWeights', (k, mask: 'none' | 'causal' | 'bool' | 'float') => {
  const raw = k.input(0);
  const scaled = raw.mul(k.scalar(raw.dtype));
  const query = (): ReturnType<typeof mod> => mod(k.row, k.scalar('int32'));
  const score = {
    none: () => scaled,
    causal: () => select(k.column.gt(query()), -Infinity, scaled),
    bool: () => select(k.input(1), scaled, -Infinity),
    float: () => scaled.add(k.input(1)),
  }[mask]();
  const largest = detach(k.max(score));
  const power = exp(score.sub(select(largest.eq(-Infinity), 0, largest)));
  const total = k.sum(power);
  k.perElement(power.div(select(total.eq(0), 1, total)));
});

/** @internal softmax(scale · scores + mask) over the last dim [*, L, S]: one kernel. */
export function attentionWeights(scores: Tensor, scale: number, mask: Tensor | 'causal' | null): Tensor {
  const region = autocasting();
  if (region) return region.run('attentionWeights', attentionWeights, [scores, scale, mask]);
  const rank = scores.shape.length;
  const columns = [rank - 1];
  if (mask === null || mask === 'causal') {
    const scalars = mask ? [scale, scores.shape[rank - 2] ?? 1] : [scale];
    return runLoop(weightsOp([scores], mask ?? 'none'), [scores], { columns, scalars })[0] as Tensor;
  }
  const inputs = [scores, mask];
  const kind = mask.dtype === 'bool' ? 'bool' : 'float';
  return runLoop(weightsOp(inputs, kind), inputs, { columns, scalars: [scale] })[0] as Tensor;
}

/**
 * softmax(scale · query keyᵀ + mask) value: query [*, L, E], key [*, S, E], value [*, S, Ev] give [*, L, Ev], leading dims
 * broadcast. Two products, and between them one kernel for scale, mask and softmax. A query without any key gives zeros. Throws
 * ShapeError or DTypeError for operands that do not fit, ValueError for a mask together with isCausal.
 * https://arxiv.org/abs/1706.03762. torch.nn.functional.scaled_dot_product_attention
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { attnMask, dropoutP = 0, isCausal = false, scale }: ScaledDotProductAttentionOptions = {},
): Tensor {
  const mode = autocasting();
  if (mode)
    return mode.run('scaledDotProductAttention', scaledDotProductAttention, [
      query,
      key,
      value,
      { attnMask, dropoutP, isCausal, scale },
    ]);
  check(query, key, value);
  if (attnMask && isCausal) {
    throw new ValueError(
      'scaledDotProductAttention',
      'there are both attnMask and isCausal. Give one, or put the causal mask into attnMask.',
    );
  }
  const scores = query.matmul(key.transpose(-2, -1));
  if (attnMask) checkMask(attnMask, scores);
  const size = query.shape.at(-1) ?? 1;
  const weights = attentionWeights(scores, scale ?? 1 / Math.sqrt(size), attnMask ?? (isCausal ? 'causal' : null));
  return dropout(weights, { p: dropoutP }).matmul(value);
}

function check(query: Tensor, key: Tensor, value: Tensor): void {
  const op = 'scaledDotProductAttention';
  for (const [name, x] of Object.entries({ query, key, value })) {
    if (x.shape.length < 2)
      throw new ShapeError(op, `the ${name} has shape ${show(x.shape)}. It needs 2 dims or more: [*, length, size].`);
    if (!isFloat(x.dtype))
      throw new DTypeError(op, `the ${name} is ${x.dtype}. It must be a float: convert with \`.to('float32')\`.`);
    if (x.dtype === query.dtype) continue;
    throw new DTypeError(
      op,
      `the ${name} is ${x.dtype}, the query ${query.dtype}. Convert one with \`.to('${query.dtype}')\`.`,
    );
  }
  if (query.shape.at(-1) !== key.shape.at(-1)) {
    throw new ShapeError(
      op,
      `the query ${show(query.shape)} and the key ${show(key.shape)} differ in the last dim. Make them equal.`,
    );
  }
  if (key.shape.at(-2) !== value.shape.at(-2)) {
    throw new ShapeError(
      op,
      `the key ${show(key.shape)} has ${key.shape.at(-2)} positions, the value ${show(value.shape)} ${value.shape.at(-2)}. Make them equal.`,
    );
  }
}

function checkMask(mask: Tensor, scores: Tensor): void {
  const op = 'scaledDotProductAttention';
  if (mask.dtype !== 'bool' && mask.dtype !== scores.dtype) {
    throw new DTypeError(op, `attnMask is ${mask.dtype}. It must be bool, or ${scores.dtype} as the query is.`);
  }
  const missing = scores.shape.length - mask.shape.length;
  if (missing >= 0 && mask.shape.every((n, d) => n === 1 || n === scores.shape[d + missing])) return;
  throw new ShapeError(op, `attnMask has shape ${show(mask.shape)}, the scores ${show(scores.shape)}. It must broadcast to that.`); // prettier-ignore
}
