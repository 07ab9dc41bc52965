import type { Tensor } from '@rushlight/core';
import { gruCell, lstmCell, rnnCells } from '../functional/recurrent-cell.ts';
import { reprOptions } from '../module/print.ts';
import type { LSTMState } from './lstm.ts';
import { RecurrentStep, type RecurrentCellOptions } from './recurrent-step.ts';
import { checkNonlinearity, type RNNNonlinearity } from './rnn.ts';
import type { HiddenOptions } from './start-states.ts';

export interface RNNCellOptions extends RecurrentCellOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: RNNNonlinearity;
}

/**
 * A step of RNN: x [N, inputSize] or [inputSize] and h [N, hiddenSize] or [hiddenSize] give the next h. `weight_ih` is
 * [hiddenSize, inputSize], `weight_hh` [hiddenSize, hiddenSize]. Throws as RNN does. torch.nn.RNNCell
 *
 * @example
 * const cell = new nn.RNNCell(10, 20);
 * let hx = zeros([3, 20]);
 * for (const x of steps) hx = cell(x, { hx });
 */
export class RNNCell extends RecurrentStep<Tensor> {
  readonly nonlinearity: RNNNonlinearity;

  constructor(inputSize: number, hiddenSize: number, { nonlinearity = 'tanh', ...options }: RNNCellOptions = {}) {
    super(rnnCells[checkNonlinearity('RNNCell', nonlinearity)], inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  forward(x: Tensor, { hx }: HiddenOptions<Tensor> = {}): Tensor {
    return this.run(x, hx && [hx])[0];
  }

  override extraRepr(): string {
    const { nonlinearity } = this;
    return `${super.extraRepr()}${nonlinearity === 'tanh' ? '' : `, ${reprOptions({ nonlinearity })}`}`;
  }
}

/** A step of GRU, as RNNCell is one of RNN; the weights have 3·hiddenSize rows. torch.nn.GRUCell */
export class GRUCell extends RecurrentStep<Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentCellOptions = {}) {
    super(gruCell, inputSize, hiddenSize, options);
  }

  forward(x: Tensor, { hx }: HiddenOptions<Tensor> = {}): Tensor {
    return this.run(x, hx && [hx])[0];
  }
}

/** A step of LSTM: `cell(x, { hx: [h, c] })` gives the next [h, c]; the weights have 4·hiddenSize rows. torch.nn.LSTMCell */
export class LSTMCell extends RecurrentStep<LSTMState> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentCellOptions = {}) {
    super(lstmCell, inputSize, hiddenSize, options);
  }

  forward(x: Tensor, { hx }: HiddenOptions<LSTMState> = {}): LSTMState {
    return this.run(x, hx) as LSTMState;
  }
}
