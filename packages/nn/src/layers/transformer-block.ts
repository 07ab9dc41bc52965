// What the layers of transformers share: options, the feed-forward part, attention with its masks, and copies of themselves.

import { gelu, relu, ValueError, type Tensor } from '@rushlight/core';
import { ModuleList } from '../containers/module-list.ts';
import { withoutInit } from '../init/skipped.ts';
import { isModule } from '../module/members.ts';
import { ModuleError } from '../module/module-error.ts';
import { Module } from '../module/module.ts';
import { Dropout } from './dropout.ts';
import { LayerNorm } from './layer-norm.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';
import { Linear } from './linear.ts';
import { MultiheadAttention } from './multihead-attention.ts';

/** What stands between the two linear layers: a name, or any function or module of one tensor. */
export type TransformerActivation = 'relu' | 'gelu' | ((x: Tensor) => Tensor) | Module<[x: Tensor], Tensor>;

export interface TransformerLayerOptions extends LayerOptions {
  /** The size between the two linear layers. Default 2048. */
  readonly dimFeedforward?: number;
  /** In training, the probability of an element to be set to 0, in every part. Default 0.1. */
  readonly dropout?: number;
  /** Default 'relu'. */
  readonly activation?: TransformerActivation;
  /** Added to the variance in the norms. Default 1e-5. */
  readonly layerNormEps?: number;
  /** Inputs and output are [N, L, E] instead of [L, N, E]. Default false. */
  readonly batchFirst?: boolean;
  /** Norms stand before attention and feed-forward, instead of after the sum. Default false. */
  readonly normFirst?: boolean;
  /** Whether linear layers, attention and norms have a bias. Default true. */
  readonly bias?: boolean;
}

/** Who looks at what in one attention. */
export interface BlockMasks {
  /** [L, S] or [N·nhead, L, S]: bool, true where a query may not look at a key; or floats that are added to the scores. */
  readonly mask?: Tensor | null | undefined;
  /** [N, S], or [S] for one sample: bool, true for keys that nobody may look at; or floats that are added to the scores. */
  readonly keyPaddingMask?: Tensor | null | undefined;
  /** Says that the mask is causal. Needs the mask. */
  readonly isCausal?: boolean | null | undefined;
}

const named = { relu, gelu };

/** What an activation is called by. Throws ValueError for a name that there is not. */
function activationOf(layer: string, activation: TransformerActivation): Exclude<TransformerActivation, string> {
  if (typeof activation === 'function') return activation;
  if (Object.hasOwn(named, activation)) return (x) => named[activation](x);
  throw new ValueError(layer, `there is no activation "${String(activation)}". Use 'relu', 'gelu' or a function.`);
}

/** A module that can make another like itself: the same options and values, nothing shared. */
export interface CopiedLayer {
  copy(): this;
}

export abstract class TransformerBlock<Args extends readonly unknown[]>
  extends Module<Args, Tensor>
  implements CopiedLayer
{
  readonly dModel: number;
  readonly nhead: number;
  readonly normFirst: boolean;
  readonly batchFirst: boolean;
  /** The last field of a layer: one with parameters comes last in the state dict. */
  abstract activation: Exclude<TransformerActivation, string>;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions) {
    super();
    this.dModel = dModel;
    this.nhead = nhead;
    this.normFirst = options.normFirst ?? false;
    this.batchFirst = options.batchFirst ?? false;
  }

  /** The options that it was made with, as they are now. */
  protected abstract options(): TransformerLayerOptions;

  /** A layer with the same options and values that shares nothing with this one. */
  copy(): this {
    const { activation } = this;
    const Layer = this.constructor as new (dModel: number, nhead: number, options: TransformerLayerOptions) => this;
    const made = withoutInit(
      () => new Layer(this.dModel, this.nhead, { ...this.options(), activation: copied(activation) }),
    );
    const state = this.stateDict();
    if (String(Object.keys(state)) !== String(Object.keys(made.stateDict()))) {
      throw new ModuleError(
        'copy',
        `${Layer.name} holds other tensors than its constructor makes: some are pruned, parametrized or added. ` +
          'Copy it before, or give its class a method `copy`.',
      );
    }
    made.loadStateDict(state);
    const own = this.parameters();
    for (const [k, parameter] of made.parameters().entries()) parameter.requiresGrad_(own[k]?.requiresGrad ?? true);
    return made.train(this.training);
  }

  /** Attention of `x` to `source`, and dropout. */
  protected attend(
    attention: MultiheadAttention,
    dropout: Dropout,
    x: Tensor,
    source: Tensor,
    { mask, keyPaddingMask, isCausal }: BlockMasks,
  ): Tensor {
    if (isCausal && !mask) {
      throw new ValueError(
        this.constructor.name,
        'isCausal is set without a mask, of which it is a hint. Pass nn.Transformer.generateSquareSubsequentMask(length).',
      );
    }
    const [y] = attention(x, source, source, { attnMask: mask, keyPaddingMask, needWeights: false });
    return dropout(y);
  }
}

function copied(activation: TransformerActivation): TransformerActivation {
  if (!isModule(activation)) return activation;
  const { copy } = activation as unknown as { readonly copy?: () => TransformerActivation };
  if (copy) return copy.call(activation);
  if (activation.parameters().length + activation.buffers().length === 0) return activation;
  throw new ModuleError(
    'copy',
    `the activation ${String(activation)} holds tensors, and there is no way to copy it. Give its class a method \`copy\`.`,
  );
}

/** Copies of a layer that share nothing, as PyTorch's deep copies. */
export function copiesOf<L extends Module & CopiedLayer>(op: string, layer: L, count: number): ModuleList<L> {
  checkCount(op, 'numLayers', count);
  if (!isModule(layer) || typeof layer.copy !== 'function') {
    throw new ModuleError(
      op,
      `${String(layer)} cannot be copied. Give its class a method \`copy\` that makes another.`,
    );
  }
  return new ModuleList(Array.from({ length: count }, () => layer.copy()));
}

/** How the parts of a layer are made. */
export interface BlockParts {
  readonly attention: () => MultiheadAttention;
  readonly norm: () => LayerNorm;
  readonly linear: (from: number, to: number) => Linear;
  readonly dropout: () => Dropout;
  readonly dimFeedforward: number;
  readonly activation: Exclude<TransformerActivation, string>;
}

export function blockParts(layer: string, dModel: number, nhead: number, options: TransformerLayerOptions): BlockParts {
  const { dimFeedforward = 2048, dropout: p = 0.1, layerNormEps = 1e-5, batchFirst = false, bias = true } = options;
  const { activation = 'relu', device, dtype } = options;
  checkCount(layer, 'dimFeedforward', dimFeedforward, 1);
  const made = { ...(device && { device }), ...(dtype && { dtype }) };
  return {
    dimFeedforward,
    activation: activationOf(layer, activation),
    attention: () => new MultiheadAttention(dModel, nhead, { dropout: p, batchFirst, bias, ...made }),
    linear: (from, to) => new Linear(from, to, { bias, ...made }),
    dropout: () => new Dropout({ p }),
    norm() {
      const norm = new LayerNorm(dModel, { eps: layerNormEps, ...made });
      if (!bias) norm.bias = null;
      return norm;
    },
  };
}

/** The options of a layer from its parts. */
export function optionsOf({
  linear1,
  dropout,
  norm1,
  normFirst,
  batchFirst,
  activation,
}: {
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly norm1: LayerNorm;
  readonly normFirst: boolean;
  readonly batchFirst: boolean;
  readonly activation: TransformerActivation;
}): TransformerLayerOptions {
  const { weight, bias } = linear1;
  return {
    dimFeedforward: weight.shape[0] ?? 0,
    dropout: dropout.p,
    activation,
    layerNormEps: norm1.eps,
    batchFirst,
    normFirst,
    bias: bias !== null,
    device: weight.device,
    dtype: weight.dtype,
  };
}
