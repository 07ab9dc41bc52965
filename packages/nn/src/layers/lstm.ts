import type { Tensor } from '@rushlight/core';
import { lstmCell } from '../functional/recurrent-cell.ts';
import { RecurrentLayer, type RecurrentOptions } from './recurrent-layer.ts';

export interface LSTMOptions extends RecurrentOptions {
  /** Project the hidden state to this smaller size; 0 means not to. Default 0. */
  readonly projSize?: number;
}

/** The hidden state and the cell. */
export type LSTMState = [hidden: Tensor, cell: Tensor];

/**
 * Long short-term memory over a sequence: for each step i, f, o = σ(W x + b + W h + b), g = tanh(W x + b + W h + b),
 * c ← f·c + i·g, h ← o·tanh(c), or with projSize that times W_hrᵀ.
 *
 * `lstm(x, { hx: [h0, c0] })` gives the output and [hₙ, cₙ]. Shapes, names and errors are those of GRU; `weight_ih_l0` is
 * [4·hiddenSize, inputSize], rows in the order i, f, g, o. With projSize hidden states have that size, `weight_hh_l0` is
 * [4·hiddenSize, projSize], and there is `weight_hr_l0`, [projSize, hiddenSize].
 * S. Hochreiter, J. Schmidhuber, 1997; https://arxiv.org/abs/1402.1128 for projections. torch.nn.LSTM
 */
export class LSTM extends RecurrentLayer<LSTMState> {
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super(lstmCell, inputSize, hiddenSize, options);
  }
}
