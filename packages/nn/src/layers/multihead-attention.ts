import { cat, dropout, empty, linear, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import { attentionMask, type AttentionMasks } from '../functional/attention-mask.ts';
import { attentionWeights } from '../functional/scaled-dot-product-attention.ts';
import { zeros_ } from '../init/fill.ts';
import { xavierNormal_, xavierUniform_ } from '../init/scaled.ts';
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';
import { Linear } from './linear.ts';

export interface MultiheadAttentionOptions extends LayerOptions {
  /** In training, the probability of a weight to be set to 0. Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** A learned key and value that every query may look at. Default false. */
  readonly addBiasKv?: boolean;
  /** A key and value of zeros that every query may look at. Default false. */
  readonly addZeroAttn?: boolean;
  /** The size of keys. Default embedDim. */
  readonly kdim?: number | null;
  /** The size of values. Default embedDim. */
  readonly vdim?: number | null;
  /** Inputs and output are [N, L, *] instead of [L, N, *]. Default false. */
  readonly batchFirst?: boolean;
}

export interface AttentionOptions extends AttentionMasks {
  /** Whether the weights are returned. Default true. */
  readonly needWeights?: boolean;
  /** Whether the weights are the mean over the heads. Default true. */
  readonly averageAttnWeights?: boolean;
}

type Inputs = [query: Tensor, key: Tensor, value: Tensor];

/**
 * Attention in several heads: query, key and value are projected, cut into numHeads parts of size D = embedDim / numHeads,
 * softmax(q kᵀ / √D + mask) v is taken of each, and their concatenation is projected.
 *
 * `mha(query, key, value, { keyPaddingMask, attnMask })` takes [L, N, embedDim], [S, N, kdim], [S, N, vdim] ([N, L, *] with
 * batchFirst; without N for one sample) and gives the output, like the query, and the weights [N, L, S] ([N, numHeads, L, S]
 * unless averaged), or null. In masks true forbids. A query that may look at nothing gets zeros from the heads. `in_proj_weight`
 * is [3·embedDim, embedDim], for query, key and value in turn, or with other sizes there are `q_proj_weight`, `k_proj_weight` and
 * `v_proj_weight`. Throws ShapeError or DTypeError for operands that do not fit, ValueError for options.
 * https://arxiv.org/abs/1706.03762. torch.nn.MultiheadAttention
 *
 * @example
 * const attention = new nn.MultiheadAttention(16, 4, { batchFirst: true });
 * const [y] = attention(x, x, x, { attnMask: causal, needWeights: false });
 */
export class MultiheadAttention extends Module<
  [...Inputs, options?: AttentionOptions],
  [output: Tensor, weights: Tensor | null]
> {
  readonly embedDim: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly numHeads: number;
  readonly headDim: number;
  dropout: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;
  in_proj_weight: Parameter | null;
  q_proj_weight: Parameter | null;
  k_proj_weight: Parameter | null;
  v_proj_weight: Parameter | null;
  in_proj_bias: Parameter | null;
  bias_k: Parameter | null;
  bias_v: Parameter | null;
  out_proj: Linear;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    const { dropout: p = 0, bias = true, addBiasKv = false, addZeroAttn = false, batchFirst = false } = options;
    const { device, dtype } = options;
    const layer = 'MultiheadAttention';
    this.embedDim = embedDim;
    this.kdim = options.kdim ?? embedDim;
    this.vdim = options.vdim ?? embedDim;
    for (const name of ['embedDim', 'kdim', 'vdim'] as const) checkCount(layer, name, this[name], 1);
    checkCount(layer, 'numHeads', numHeads, 1);
    if (embedDim % numHeads !== 0) {
      throw new ValueError(
        layer,
        `embedDim is ${embedDim}, which ${numHeads} heads do not divide. Use a multiple of numHeads.`,
      );
    }
    if (!(p >= 0 && p <= 1)) throw new ValueError(layer, `the probability is ${p}. It must lie in [0, 1].`);
    this.numHeads = numHeads;
    this.headDim = embedDim / numHeads;
    this.dropout = p;
    this.batchFirst = batchFirst;
    this.addZeroAttn = addZeroAttn;
    const made = { ...(device && { device }), ...(dtype && { dtype }) };
    const parameter = (wanted: boolean, ...shape: number[]): Parameter | null =>
      wanted ? new Parameter(empty(shape, made)) : null;
    const isPacked = this.kdim === embedDim && this.vdim === embedDim;
    this.in_proj_weight = parameter(isPacked, 3 * embedDim, embedDim);
    this.q_proj_weight = parameter(!isPacked, embedDim, embedDim);
    this.k_proj_weight = parameter(!isPacked, embedDim, this.kdim);
    this.v_proj_weight = parameter(!isPacked, embedDim, this.vdim);
    this.in_proj_bias = parameter(bias, 3 * embedDim);
    this.bias_k = parameter(addBiasKv, 1, 1, embedDim);
    this.bias_v = parameter(addBiasKv, 1, 1, embedDim);
    this.out_proj = new Linear(embedDim, embedDim, { bias, ...made });
    this.#draw();
  }

  /** @internal */
  override get [hasModes](): boolean {
    return this.dropout > 0;
  }

  /** Draws all parameters anew. */
  resetParameters(): void {
    this.out_proj.resetParameters();
    this.#draw();
  }

  #draw(): void {
    const weights = [this.in_proj_weight, this.q_proj_weight, this.k_proj_weight, this.v_proj_weight];
    for (const weight of weights) if (weight) xavierUniform_(weight);
    for (const bias of [this.in_proj_bias, this.out_proj.bias]) if (bias) zeros_(bias);
    for (const bias of [this.bias_k, this.bias_v]) if (bias) xavierNormal_(bias);
  }

  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    { needWeights = true, averageAttnWeights = true, ...masks }: AttentionOptions = {},
  ): [output: Tensor, weights: Tensor | null] {
    const isBatch = this.#check(query, key, value);
    const batchDim = this.batchFirst ? 0 : 1;
    const inputs = [query, key, value].map((x) => (isBatch ? x : x.unsqueeze(batchDim)));
    const heads = inputs.map((x, k) => this.#project(x, k));
    const [q, k, v] = [heads[0], ...heads.slice(1).map((x, at) => this.#extend(x, at))] as Inputs;
    const scores = q.matmul(k.transpose(-2, -1));
    const length = (x: Tensor): number => x.shape[isBatch && this.batchFirst ? 1 : 0] ?? 0;
    const sizes = { batch: isBatch ? query.size(batchDim) : undefined, heads: this.numHeads, length: length(query), keys: length(key) }; // prettier-ignore
    const mask = attentionMask(masks, sizes, scores);
    const raw = attentionWeights(scores, 1 / Math.sqrt(this.headDim), mask);
    const weights = dropout(raw, { p: this.dropout, training: this.training });
    const joined = weights.matmul(v).permute(this.batchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]);
    const y = this.out_proj(joined.reshape([...joined.shape.slice(0, 2), this.embedDim]));
    const output = isBatch ? y : y.squeeze(batchDim);
    if (!needWeights) return [output, null];
    const shown = averageAttnWeights ? weights.mean(1) : weights;
    return [output, isBatch ? shown : shown.squeeze(0)];
  }

  /** Projects input `k` and cuts it into heads: [N, numHeads, L, headDim]. */
  #project(x: Tensor, k: number): Tensor {
    const { embedDim, in_proj_weight: packed, in_proj_bias: biases } = this;
    const own = [this.q_proj_weight, this.k_proj_weight, this.v_proj_weight][k];
    const weight = packed ? packed.narrow(0, k * embedDim, embedDim) : (own as Tensor);
    const y = linear(x, weight, biases ? { bias: biases.narrow(0, k * embedDim, embedDim) } : {});
    const parts = y.reshape([...y.shape.slice(0, 2), this.numHeads, this.headDim]);
    return parts.permute(this.batchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3]);
  }

  /** Adds the key, or value, that every query may look at. */
  #extend(x: Tensor, at: number): Tensor {
    const { numHeads, headDim } = this;
    const shape = [x.shape[0] ?? 0, numHeads, 1, headDim];
    const learned = [this.bias_k, this.bias_v][at]?.reshape([1, numHeads, 1, headDim]).expand(shape);
    const more = [...(learned ? [learned] : []), ...(this.addZeroAttn ? [x.zeros(shape)] : [])];
    return more.length > 0 ? cat([x, ...more], 2) : x;
  }

  /** Whether the inputs are batches. */
  #check(query: Tensor, key: Tensor, value: Tensor): boolean {
    const layer = 'MultiheadAttention';
    const rank = query.shape.length;
    const sizes = { query: this.embedDim, key: this.kdim, value: this.vdim };
    for (const [name, x] of Object.entries({ query, key, value })) {
      const size = sizes[name as keyof typeof sizes];
      if ((x.shape.length === 2 || x.shape.length === 3) && x.shape.length === rank && x.shape.at(-1) === size)
        continue;
      const right = this.batchFirst ? `[N, L, ${size}]` : `[L, N, ${size}]`;
      throw new ShapeError(
        layer,
        `the ${name} has shape ${show(x.shape)}, the query ${show(query.shape)}. It must be ${right}, or [L, ${size}] where the query has 2 dims.`,
      );
    }
    const [keys, values] = [key.shape.slice(0, -1), value.shape.slice(0, -1)];
    if (show(keys) !== show(values)) {
      throw new ShapeError(
        layer,
        `the key has shape ${show(key.shape)}, the value ${show(value.shape)}. Their lengths and batches must be equal.`,
      );
    }
    const batchDim = this.batchFirst ? 0 : 1;
    if (rank === 3 && query.shape[batchDim] !== key.shape[batchDim]) {
      throw new ShapeError(
        layer,
        `the query ${show(query.shape)} is a batch of ${query.shape[batchDim]}, the key ${show(key.shape)} of ${key.shape[batchDim]}. Make them equal.`,
      );
    }
    return rank === 3;
  }
}
