import { full, ShapeError, show, triu, type Tensor, type TensorOptions } from '@rushlight/core';
import { xavierUniform_ } from '../init/scaled.ts';
import { Module } from '../module/module.ts';
import { checkCount } from './layer-options.ts';
import { blockParts, type TransformerLayerOptions } from './transformer-block.ts';
import { TransformerDecoder, TransformerDecoderLayer, type DecoderMasks } from './transformer-decoder.ts';
import { TransformerEncoder, TransformerEncoderLayer, type EncoderMasks } from './transformer-encoder.ts';

export interface TransformerOptions extends TransformerLayerOptions {
  /** The size of an element. Default 512. */
  readonly dModel?: number;
  /** Default 8. */
  readonly nhead?: number;
  /** Default 6. */
  readonly numEncoderLayers?: number;
  /** Default 6. */
  readonly numDecoderLayers?: number;
  /** Stands in for the encoder. */
  readonly customEncoder?: Module<[src: Tensor, masks?: EncoderMasks | undefined], Tensor> | null;
  /** Stands in for the decoder. */
  readonly customDecoder?: Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks | undefined], Tensor> | null;
}

/** In masks true forbids; floats are added to the scores. */
export interface TransformerMasks extends DecoderMasks {
  /** [S, S] or [N·nhead, S, S]: where a position of the source may not look in it. */
  readonly srcMask?: Tensor | null | undefined;
  /** [N, S], or [S] for one sample: positions of the source that nobody may look at. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
  /** Says that srcMask is causal. Default: unknown. */
  readonly srcIsCausal?: boolean | null | undefined;
}

/**
 * An encoder whose output a decoder looks at while it reads the target.
 *
 * `transformer(src, tgt, { tgtMask, … })` takes src [S, N, dModel] and tgt [T, N, dModel] ([N, L, dModel] with batchFirst,
 * [L, dModel] for one sample) and gives the shape of tgt. Weights of 2 dims and more are drawn by xavierUniform_. Throws
 * ShapeError for batches or sizes that differ. https://arxiv.org/abs/1706.03762. torch.nn.Transformer
 *
 * @example
 * const model = new nn.Transformer({ dModel: 16, nhead: 4, numEncoderLayers: 2, numDecoderLayers: 2 });
 * const y = model(src, tgt, { tgtMask: nn.Transformer.generateSquareSubsequentMask(tgt.size(0)) });
 */
export class Transformer extends Module<[src: Tensor, tgt: Tensor, masks?: TransformerMasks], Tensor> {
  encoder: Module<[src: Tensor, masks?: EncoderMasks | undefined], Tensor>;
  decoder: Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks | undefined], Tensor>;
  readonly dModel: number;
  readonly nhead: number;
  readonly batchFirst: boolean;

  constructor({ dModel = 512, nhead = 8, ...options }: TransformerOptions = {}) {
    super();
    const { numEncoderLayers = 6, numDecoderLayers = 6, customEncoder, customDecoder, ...layer } = options;
    checkCount('Transformer', 'dModel', dModel, 1);
    const { norm } = blockParts('Transformer', dModel, nhead, layer);
    const encoder = (): TransformerEncoder =>
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, layer), numEncoderLayers, { norm: norm() });
    const decoder = (): TransformerDecoder =>
      new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, layer), numDecoderLayers, { norm: norm() });
    this.encoder = customEncoder ?? encoder();
    this.decoder = customDecoder ?? decoder();
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = layer.batchFirst ?? false;
    for (const parameter of this.parameters()) if (parameter.shape.length > 1) xavierUniform_(parameter);
  }

  /** [size, size] floats: 0 where a position may look, −Infinity at what comes after it. */
  static generateSquareSubsequentMask(size: number, options: TensorOptions = {}): Tensor {
    return triu(full([size, size], -Infinity, options), { diagonal: 1 });
  }

  forward(src: Tensor, tgt: Tensor, masks: TransformerMasks = {}): Tensor {
    const { srcMask, srcKeyPaddingMask, srcIsCausal, ...rest } = masks;
    const batchDim = this.batchFirst ? 0 : 1;
    if (src.shape.length === 3 && src.shape[batchDim] !== tgt.shape[batchDim]) {
      const [from, to] = [src, tgt].map((x) => show(x.shape));
      throw new ShapeError('Transformer', `the source ${from} and the target ${to} are batches of different sizes. Make them equal.`); // prettier-ignore
    }
    for (const [name, x] of Object.entries({ source: src, target: tgt })) {
      if (x.shape.at(-1) === this.dModel) continue;
      throw new ShapeError(
        'Transformer',
        `the ${name} has shape ${show(x.shape)}. Its last dim must be dModel, ${this.dModel}.`,
      );
    }
    const memory = this.encoder(src, { mask: srcMask, srcKeyPaddingMask, isCausal: srcIsCausal });
    return this.decoder(tgt, memory, rest);
  }
}
