import type { Tensor } from '@rushlight/core';
import { embedding, type EmbeddingOptions as LookupOptions } from '../functional/embedding.ts';
import { reprOptions } from '../module/print.ts';
import { EmbeddingTable, ofVectors, type EmbeddingTableOptions } from './embedding-table.ts';

export interface EmbeddingOptions extends EmbeddingTableOptions {}

export interface PretrainedOptions extends LookupOptions {
  /** Whether the weight stays as it is. Default true. */
  readonly freeze?: boolean;
}

/**
 * A table of learned vectors, one per index: from int32 [*] to [*, embeddingDim]. `weight` is [numEmbeddings, embeddingDim],
 * drawn from the standard normal distribution; the row of `paddingIdx` starts as zeros and gets no gradient. Throws ValueError
 * for options that do not fit and for an index out of range. torch.nn.Embedding
 */
export class Embedding extends EmbeddingTable<[input: Tensor]> {
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions = {}) {
    super(numEmbeddings, embeddingDim, options);
  }

  /** A layer whose weight is `embeddings`, [count, size], sharing its memory. torch.nn.Embedding.from_pretrained */
  static fromPretrained(embeddings: Tensor, { freeze = true, ...options }: PretrainedOptions = {}): Embedding {
    const { count, size, _weight } = ofVectors(this.name, embeddings, freeze);
    // Not by its name: a bundler would give the class another one, which is what printing shows.
    return new this(count, size, { ...options, _weight });
  }

  forward(input: Tensor): Tensor {
    return embedding(input, this.weight, this);
  }

  override extraRepr(): string {
    const { numEmbeddings, embeddingDim, paddingIdx } = this;
    const options = { ...(paddingIdx !== null && { paddingIdx }), ...this.shownOptions() };
    return [numEmbeddings, embeddingDim, reprOptions(options)].filter((part) => part !== '').join(', ');
  }
}
