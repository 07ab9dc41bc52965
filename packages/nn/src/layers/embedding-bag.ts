import type { Tensor } from '@rushlight/core';
import {
  checkBag, embeddingBag, type BagInput, type BagMode, type EmbeddingBagOptions as LookupOptions,
} from '../functional/embedding-bag.ts'; // prettier-ignore
import { reprOptions } from '../module/print.ts';
import { EmbeddingTable, ofVectors, type EmbeddingTableOptions } from './embedding-table.ts';

type BagOptions = Omit<LookupOptions, keyof BagInput>;

export interface EmbeddingBagOptions extends BagOptions, EmbeddingTableOptions {}

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
export class EmbeddingBag extends EmbeddingTable<[input: Tensor, options?: BagInput]> {
  readonly mode: BagMode;
  readonly includeLastOffset: boolean;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagOptions = {}) {
    checkBag('EmbeddingBag', options);
    super(numEmbeddings, embeddingDim, options);
    this.mode = options.mode ?? 'mean';
    this.includeLastOffset = options.includeLastOffset ?? false;
  }

  /** A layer whose weight is `embeddings`, [count, size], sharing its memory. torch.nn.EmbeddingBag.from_pretrained */
  static fromPretrained(embeddings: Tensor, { freeze = true, ...options }: PretrainedBagOptions = {}): EmbeddingBag {
    const { count, size, _weight } = ofVectors(this.name, embeddings, freeze);
    // Not by its name: a bundler would give the class another one, which is what printing shows.
    return new this(count, size, { ...options, _weight });
  }

  forward(input: Tensor, { offsets, perSampleWeights }: BagInput = {}): Tensor {
    const { weight, paddingIdx, maxNorm, normType, scaleGradByFreq, mode, includeLastOffset } = this;
    const options = { paddingIdx, maxNorm, normType, scaleGradByFreq, mode, includeLastOffset };
    return embeddingBag(input, weight, { ...options, offsets, perSampleWeights });
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx, mode } = this;
    const options = { ...this.shownOptions(), mode: `'${mode}'`, ...(paddingIdx !== null && { paddingIdx }) };
    return `${numEmbeddings}, ${embeddingDim}, ${reprOptions(options)}`;
  }
}
