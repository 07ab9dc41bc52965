import { empty, noGrad, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import { checkEmbedding, embedding, type EmbeddingOptions as LookupOptions } from '../functional/embedding.ts';
import { normal_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface EmbeddingOptions extends LookupOptions, LayerOptions {
  /** @internal The weight to begin with. */
  readonly _weight?: Parameter;
}

export interface PretrainedOptions extends LookupOptions {
  /** Whether the weight stays as it is. Default true. */
  readonly freeze?: boolean;
}

/**
 * A table of learned vectors, one per index: from int32 [*] to [*, embeddingDim]. `weight` is [numEmbeddings, embeddingDim],
 * drawn from the standard normal distribution; the row of `paddingIdx` starts as zeros and gets no gradient. Throws ValueError
 * for options that do not fit and for an index out of range. torch.nn.Embedding
 */
export class Embedding extends Module<[input: Tensor], Tensor> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  maxNorm: number | null;
  normType: number;
  scaleGradByFreq: boolean;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super();
    const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false, _weight, device, dtype } = options;
    checkCount('Embedding', 'numEmbeddings', numEmbeddings);
    checkCount('Embedding', 'embeddingDim', embeddingDim);
    checkEmbedding('Embedding', options);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = typeof paddingIdx === 'number' ? this.#row(paddingIdx) : null;
    this.maxNorm = maxNorm ?? null;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    const made = { ...(device && { device }), ...(dtype && { dtype }) };
    this.weight = _weight ?? new Parameter(empty([numEmbeddings, embeddingDim], made));
    if (!_weight) this.resetParameters();
  }

  #row(paddingIdx: number): number {
    const { numEmbeddings: count } = this;
    const row = paddingIdx < 0 ? paddingIdx + count : paddingIdx;
    if (Number.isInteger(row) && row >= 0 && row < count) return row;
    throw new ValueError(
      'Embedding',
      `paddingIdx ${paddingIdx} is no row of ${count}. Use ${-count} … ${count - 1}, or leave it out.`,
    );
  }

  /** A layer whose weight is `embeddings`, [count, size], sharing its memory. torch.nn.Embedding.from_pretrained */
  static fromPretrained(embeddings: Tensor, { freeze = true, ...options }: PretrainedOptions = {}): Embedding {
    const [count, size] = embeddings.shape;
    if (count === undefined || size === undefined || embeddings.shape.length !== 2) {
      throw new ShapeError(
        'Embedding',
        `the embeddings have shape ${show(embeddings.shape)}. They must be [count, size].`,
      );
    }
    const _weight = new Parameter(embeddings.detach(), { requiresGrad: !freeze });
    // Not by its name: a bundler would give the class another one, which is what printing shows.
    return new this(count, size, { ...options, _weight });
  }

  /** Draws the weight anew. */
  resetParameters(): void {
    const { weight, paddingIdx } = this;
    normal_(weight);
    if (paddingIdx !== null) noGrad(() => weight.select(0, paddingIdx).zero_());
  }

  forward(input: Tensor): Tensor {
    return embedding(input, this.weight, this);
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    const options = {
      ...(paddingIdx !== null && { paddingIdx }),
      ...(maxNorm !== null && { maxNorm }),
      ...(normType !== 2 && { normType }),
      ...(scaleGradByFreq && { scaleGradByFreq }),
    };
    return [numEmbeddings, embeddingDim, reprOptions(options)].filter((part) => part !== '').join(', ');
  }
}
