import { ValueError, type Tensor } from '@rushlight/core';
import { rnnCells } from '../functional/recurrent-cell.ts';
import { RecurrentLayer, type RecurrentOptions } from './recurrent-layer.ts';

/** What a plain recurrent layer applies to the sum of input and hidden state. */
export type RNNNonlinearity = keyof typeof rnnCells;

export interface RNNOptions extends RecurrentOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: RNNNonlinearity;
}

/** @internal Refuses others. */
export function checkNonlinearity(layer: string, nonlinearity: RNNNonlinearity): RNNNonlinearity {
  if (Object.hasOwn(rnnCells, nonlinearity)) return nonlinearity;
  throw new ValueError(layer, `there is no nonlinearity "${String(nonlinearity)}". Use 'tanh' or 'relu'.`);
}

/**
 * A plain recurrent layer: for each step h ← tanh(W_ih x + b_ih + W_hh h + b_hh), or ReLU. Shapes, names and errors are those of
 * GRU; `weight_ih_l0` is [hiddenSize, inputSize]. torch.nn.RNN
 */
export class RNN extends RecurrentLayer<Tensor> {
  readonly nonlinearity: RNNNonlinearity;

  constructor(inputSize: number, hiddenSize: number, { nonlinearity = 'tanh', ...options }: RNNOptions = {}) {
    super(rnnCells[checkNonlinearity('RNN', nonlinearity)], inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }
}
