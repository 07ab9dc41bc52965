// What the layers that look vectors up share: options checked, the table drawn, printing.

import { empty, noGrad, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';
import { checkEmbedding, type EmbeddingOptions } from '../functional/embedding.ts';
import { normal_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';

export interface EmbeddingTableOptions extends EmbeddingOptions, LayerOptions {
  /** @internal The weight to begin with. */
  readonly _weight?: Parameter;
}

export abstract class EmbeddingTable<Args extends readonly unknown[]> extends Module<Args, Tensor> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  maxNorm: number | null;
  normType: number;
  scaleGradByFreq: boolean;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingTableOptions) {
    super();
    const layer = this.constructor.name;
    const { paddingIdx, maxNorm, normType = 2, scaleGradByFreq = false, _weight, device, dtype } = options;
    checkCount(layer, 'numEmbeddings', numEmbeddings);
    checkCount(layer, 'embeddingDim', embeddingDim);
    checkEmbedding(layer, options);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = typeof paddingIdx === 'number' ? rowOf(layer, paddingIdx, numEmbeddings) : null;
    this.maxNorm = maxNorm ?? null;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    const made = { ...(device && { device }), ...(dtype && { dtype }) };
    this.weight = _weight ?? new Parameter(empty([numEmbeddings, embeddingDim], made));
    if (!_weight) this.resetParameters();
  }

  /** Draws the weight anew. */
  resetParameters(): void {
    const { weight, paddingIdx } = this;
    normal_(weight);
    if (paddingIdx !== null) noGrad(() => weight.select(0, paddingIdx).zero_());
  }

  /** The options that are not as usual, but for `paddingIdx`, which PyTorch has in different places. */
  protected shownOptions(): Readonly<Record<string, unknown>> {
    const { maxNorm, normType, scaleGradByFreq } = this;
    return {
      ...(maxNorm !== null && { maxNorm }),
      ...(normType !== 2 && { normType }),
      ...(scaleGradByFreq && { scaleGradByFreq }),
    };
  }
}

function rowOf(layer: string, paddingIdx: number, count: number): number {
  const row = paddingIdx < 0 ? paddingIdx + count : paddingIdx;
  if (Number.isInteger(row) && row >= 0 && row < count) return row;
  throw new ValueError(
    layer,
    `paddingIdx ${paddingIdx} is no row of ${count}. Use ${-count} … ${count - 1}, or leave it out.`,
  );
}

/** The arguments that make a layer of ready vectors, [count, size], whose memory its weight shares. */
export function ofVectors(layer: string, embeddings: Tensor, freeze: boolean) {
  const [count, size] = embeddings.shape;
  if (count === undefined || size === undefined || embeddings.shape.length !== 2) {
    throw new ShapeError(layer, `the embeddings have shape ${show(embeddings.shape)}. They must be [count, size].`);
  }
  return { count, size, _weight: new Parameter(embeddings.detach(), { requiresGrad: !freeze }) };
}
