import { empty, noGrad, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import {
  checkBag, embeddingBag, type BagInput, type BagMode, type EmbeddingBagOptions as LookupOptions,
} from '../functional/embedding-bag.ts'; // prettier-ignore
import { normal_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

type BagOptions = Omit<LookupOptions, keyof BagInput>;

export interface EmbeddingBagOptions extends BagOptions, LayerOptions {
  /** @internal The weight to begin with. */
  readonly _weight?: Parameter;
}

export interface PretrainedBagOptions extends BagOptions {
  /** Whether the weight stays as it is. Default true. */
  readonly freeze?: boolean;
}

/**
 * A table of learned vectors of which every bag of indices gives the sum, mean or largest: from int32 [bags, n], or [n] with
 * `layer(input, { offsets })`, to [bags, embeddingDim]. `weight` is [numEmbeddings, embeddingDim], drawn from the standard normal
 * distribution; the row of `paddingIdx` starts as zeros and takes no part. `perSampleWeights` multiply the rows (mode 'sum').
 * Throws ValueError for options that do not fit and for an index out of range. torch.nn.EmbeddingBag
 */
export class EmbeddingBag extends Module<[input: Tensor, options?: BagInput], Tensor> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  maxNorm: number | null;
  normType: number;
  scaleGradByFreq: boolean;
  readonly mode: BagMode;
  readonly includeLastOffset: boolean;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagOptions = {}) {
    super();
    const {
      paddingIdx,
      maxNorm,
      normType = 2,
      scaleGradByFreq = false,
      mode = 'mean',
      includeLastOffset = false,
    } = options;
    const { _weight, device, dtype } = options;
    checkCount('EmbeddingBag', 'numEmbeddings', numEmbeddings);
    checkCount('EmbeddingBag', 'embeddingDim', embeddingDim);
    checkBag('EmbeddingBag', options);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = typeof paddingIdx === 'number' ? this.#row(paddingIdx) : null;
    this.maxNorm = maxNorm ?? null;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.mode = mode;
    this.includeLastOffset = includeLastOffset;
    const made = { ...(device && { device }), ...(dtype && { dtype }) };
    this.weight = _weight ?? new Parameter(empty([numEmbeddings, embeddingDim], made));
    if (!_weight) this.resetParameters();
  }

  #row(paddingIdx: number): number {
    const { numEmbeddings: count } = this;
    const row = paddingIdx < 0 ? paddingIdx + count : paddingIdx;
    if (Number.isInteger(row) && row >= 0 && row < count) return row;
    throw new ValueError(
      'EmbeddingBag',
      `paddingIdx ${paddingIdx} is no row of ${count}. Use ${-count} … ${count - 1}, or leave it out.`,
    );
  }

  /** A layer whose weight is `embeddings`, [count, size], sharing its memory. torch.nn.EmbeddingBag.from_pretrained */
  static fromPretrained(embeddings: Tensor, { freeze = true, ...options }: PretrainedBagOptions = {}): EmbeddingBag {
    const [count, size] = embeddings.shape;
    if (count === undefined || size === undefined || embeddings.shape.length !== 2) {
      throw new ShapeError(
        'EmbeddingBag',
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

  forward(input: Tensor, { offsets, perSampleWeights }: BagInput = {}): Tensor {
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq, mode, includeLastOffset } = this;
    const options = { paddingIdx, maxNorm, normType, scaleGradByFreq, mode, includeLastOffset };
    return embeddingBag(input, weight, { ...options, offsets, perSampleWeights });
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx, maxNorm, normType, scaleGradByFreq, mode } = this;
    const options = {
      ...(maxNorm !== null && { maxNorm }),
      ...(normType !== 2 && { normType }),
      ...(scaleGradByFreq && { scaleGradByFreq }),
      mode: `'${mode}'`,
      ...(paddingIdx !== null && { paddingIdx }),
    };
    return `${numEmbeddings}, ${embeddingDim}, ${reprOptions(options)}`;
  }
}
