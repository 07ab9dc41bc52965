import type { Tensor } from '@rushlight/core';
import type { ModuleList } from '../containers/module-list.ts';
import { Module } from '../module/module.ts';
import type { Dropout } from './dropout.ts';
import type { LayerNorm } from './layer-norm.ts';
import type { Linear } from './linear.ts';
import type { MultiheadAttention } from './multihead-attention.ts';
import {
  blockParts, copiesOf, optionsOf, TransformerBlock, type CopiedLayer, type TransformerActivation,
  type TransformerLayerOptions,
} from './transformer-block.ts'; // prettier-ignore

export interface EncoderLayerMasks {
  /** [L, L] or [N·nhead, L, L]: bool, true where one may not look; or floats that are added to the scores. */
  readonly srcMask?: Tensor | null | undefined;
  /** [N, L], or [L] for one sample: true for positions that nobody may look at, or floats that are added. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
  /** Says that srcMask is causal. Default false. */
  readonly isCausal?: boolean | null | undefined;
}

/**
 * Self-attention, then two linear layers with an activation between them, each added to its input and normalized: after the sum
 * norm(x + f(x)), or with normFirst x + f(norm(x)).
 *
 * `layer(src, { srcMask, srcKeyPaddingMask })` takes src [L, N, dModel] ([N, L, dModel] with batchFirst, [L, dModel] for one
 * sample) and gives the same shape. In masks true forbids. Throws ShapeError or DTypeError for operands that do not fit,
 * ValueError for options, and for isCausal without a mask. https://arxiv.org/abs/1706.03762. torch.nn.TransformerEncoderLayer
 */
export class TransformerEncoderLayer extends TransformerBlock<[src: Tensor, masks?: EncoderLayerMasks]> {
  self_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  activation: Exclude<TransformerActivation, string>;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
    const { attention, linear, dropout, norm, dimFeedforward, activation } = blockParts(
      this.constructor.name, dModel, nhead, options,
    ); // prettier-ignore
    this.self_attn = attention();
    this.linear1 = linear(dModel, dimFeedforward);
    this.dropout = dropout();
    this.linear2 = linear(dimFeedforward, dModel);
    this.norm1 = norm();
    this.norm2 = norm();
    this.dropout1 = dropout();
    this.dropout2 = dropout();
    this.activation = activation;
  }

  /** @internal */
  protected override options(): TransformerLayerOptions {
    return optionsOf(this);
  }

  forward(src: Tensor, { srcMask, srcKeyPaddingMask, isCausal }: EncoderLayerMasks = {}): Tensor {
    const masks = { mask: srcMask, keyPaddingMask: srcKeyPaddingMask, isCausal };
    const look = (x: Tensor): Tensor => this.attend(this.self_attn, this.dropout1, x, x, masks);
    const feed = (x: Tensor): Tensor => this.dropout2(this.linear2(this.dropout(this.activation(this.linear1(x)))));
    if (this.normFirst) {
      const x = src.add(look(this.norm1(src)));
      return x.add(feed(this.norm2(x)));
    }
    const x = this.norm1(src.add(look(src)));
    return this.norm2(x.add(feed(x)));
  }
}

/** What the layers of an encoder are called with. */
export type EncoderLayer = Module<[src: Tensor, masks?: EncoderLayerMasks | undefined], Tensor> & CopiedLayer;

export interface TransformerEncoderOptions {
  /** Applied to the output. Default none. */
  readonly norm?: Module<[x: Tensor], Tensor> | null;
}

export interface EncoderMasks {
  /** `srcMask` of the layers. */
  readonly mask?: Tensor | null | undefined;
  /** [N, L], or [L] for one sample: true for positions that nobody may look at, or floats that are added. */
  readonly srcKeyPaddingMask?: Tensor | null | undefined;
  /** Says that the mask is causal. Default: unknown. */
  readonly isCausal?: boolean | null | undefined;
}

/**
 * A stack of copies of a layer, which start with its values and share none: a method `copy` of the layer makes them. A padded
 * position stays in the output; there are no nested tensors. torch.nn.TransformerEncoder
 *
 * @example
 * const layer = new nn.TransformerEncoderLayer(16, 4, { batchFirst: true });
 * const encoder = new nn.TransformerEncoder(layer, 2);
 * const y = encoder(randn([8, 10, 16]));
 */
export class TransformerEncoder extends Module<[src: Tensor, masks?: EncoderMasks | undefined], Tensor> {
  layers: ModuleList<EncoderLayer>;
  readonly numLayers: number;
  norm: Module<[x: Tensor], Tensor> | null;

  constructor(encoderLayer: EncoderLayer, numLayers: number, { norm = null }: TransformerEncoderOptions = {}) {
    super();
    this.layers = copiesOf('TransformerEncoder', encoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  forward(src: Tensor, { mask, srcKeyPaddingMask, isCausal }: EncoderMasks = {}): Tensor {
    let x = src;
    for (const layer of this.layers) x = layer(x, { srcMask: mask, srcKeyPaddingMask, isCausal });
    return this.norm ? this.norm(x) : x;
  }
}
