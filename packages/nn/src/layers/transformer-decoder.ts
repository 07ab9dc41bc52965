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

/** In masks true forbids; floats are added to the scores. */
export interface DecoderMasks {
  /** [T, T] or [N·nhead, T, T]: where a position of the target may not look in it. */
  readonly tgtMask?: Tensor | null | undefined;
  /** [T, S] or [N·nhead, T, S]: where a position of the target may not look in the memory. */
  readonly memoryMask?: Tensor | null | undefined;
  /** [N, T], or [T] for one sample: positions of the target that nobody may look at. */
  readonly tgtKeyPaddingMask?: Tensor | null | undefined;
  /** [N, S], or [S] for one sample: positions of the memory that nobody may look at. */
  readonly memoryKeyPaddingMask?: Tensor | null | undefined;
  /** Says that tgtMask is causal. Default false. */
  readonly tgtIsCausal?: boolean | null | undefined;
  /** Says that memoryMask is causal. Default false. */
  readonly memoryIsCausal?: boolean | null | undefined;
}

/**
 * Self-attention, attention to the memory, and two linear layers with an activation between them, each added to its input and
 * normalized: after the sum norm(x + f(x)), or with normFirst x + f(norm(x)).
 *
 * `layer(tgt, memory, { tgtMask, memoryMask, … })` takes tgt [T, N, dModel] and memory [S, N, dModel] ([N, L, dModel] with
 * batchFirst, [L, dModel] for one sample) and gives the shape of tgt. Throws ShapeError or DTypeError for operands that do not
 * fit, ValueError for options, and for a causal hint without its mask. https://arxiv.org/abs/1706.03762.
 * torch.nn.TransformerDecoderLayer
 */
export class TransformerDecoderLayer extends TransformerBlock<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks]> {
  self_attn: MultiheadAttention;
  multihead_attn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  activation: Exclude<TransformerActivation, string>;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
    const { attention, linear, dropout, norm, dimFeedforward, activation } = blockParts(
      this.constructor.name, dModel, nhead, options,
    ); // prettier-ignore
    this.self_attn = attention();
    this.multihead_attn = attention();
    this.linear1 = linear(dModel, dimFeedforward);
    this.dropout = dropout();
    this.linear2 = linear(dimFeedforward, dModel);
    this.norm1 = norm();
    this.norm2 = norm();
    this.norm3 = norm();
    this.dropout1 = dropout();
    this.dropout2 = dropout();
    this.dropout3 = dropout();
    this.activation = activation;
  }

  /** @internal */
  protected override options(): TransformerLayerOptions {
    return optionsOf(this);
  }

  forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    const { tgtMask, memoryMask, tgtKeyPaddingMask, memoryKeyPaddingMask, tgtIsCausal, memoryIsCausal } = masks;
    const own = { mask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, isCausal: tgtIsCausal };
    const other = { mask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, isCausal: memoryIsCausal };
    const look = (x: Tensor): Tensor => this.attend(this.self_attn, this.dropout1, x, x, own);
    const recall = (x: Tensor): Tensor => this.attend(this.multihead_attn, this.dropout2, x, memory, other);
    const feed = (x: Tensor): Tensor => this.dropout3(this.linear2(this.dropout(this.activation(this.linear1(x)))));
    if (this.normFirst) {
      let x = tgt.add(look(this.norm1(tgt)));
      x = x.add(recall(this.norm2(x)));
      return x.add(feed(this.norm3(x)));
    }
    let x = this.norm1(tgt.add(look(tgt)));
    x = this.norm2(x.add(recall(x)));
    return this.norm3(x.add(feed(x)));
  }
}

/** What the layers of a decoder are called with. */
export type DecoderLayer = Module<[tgt: Tensor, memory: Tensor, masks?: DecoderMasks | undefined], Tensor> &
  CopiedLayer;

export interface TransformerDecoderOptions {
  /** Applied to the output. Default none. */
  readonly norm?: Module<[x: Tensor], Tensor> | null;
}

/**
 * A stack of copies of a layer, which start with its values and share none: a method `copy` of the layer makes them.
 * torch.nn.TransformerDecoder
 */
export class TransformerDecoder extends Module<
  [tgt: Tensor, memory: Tensor, masks?: DecoderMasks | undefined],
  Tensor
> {
  layers: ModuleList<DecoderLayer>;
  readonly numLayers: number;
  norm: Module<[x: Tensor], Tensor> | null;

  constructor(decoderLayer: DecoderLayer, numLayers: number, { norm = null }: TransformerDecoderOptions = {}) {
    super();
    this.layers = copiesOf('TransformerDecoder', decoderLayer, numLayers);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  forward(tgt: Tensor, memory: Tensor, masks: DecoderMasks = {}): Tensor {
    let x = tgt;
    for (const layer of this.layers) x = layer(x, memory, masks);
    return this.norm ? this.norm(x) : x;
  }
}
