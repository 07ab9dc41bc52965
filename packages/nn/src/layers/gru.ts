import type { Tensor } from '@rushlight/core';
import { gruCell } from '../functional/recurrent-cell.ts';
import { RecurrentLayer, type RecurrentOptions } from './recurrent-layer.ts';

/**
 * Gated recurrent units over a sequence: for each step r = σ(W_ir x + b_ir + W_hr h + b_hr), z = σ(W_iz x + b_iz + W_hz h + b_hz),
 * n = tanh(W_in x + b_in + r·(W_hn h + b_hn)), h ← (1 − z)·n + z·h.
 *
 * `gru(x, { hx })` takes x [L, N, inputSize] ([N, L, inputSize] with batchFirst, [L, inputSize] for one sequence) and h₀
 * [numLayers·D, N, hiddenSize], with D = 2 directions if bidirectional, and gives the output [L, N, D·hiddenSize] of the last
 * layer and hₙ; a PackedSequence gives a PackedSequence, and states are in the order of its batch. `weight_ih_l0` is [3·hiddenSize, inputSize], `weight_hh_l0` [3·hiddenSize, hiddenSize], their rows and those of
 * `bias_ih_l0` and `bias_hh_l0` in the order r, z, n; the other direction's end in `_reverse`. All are drawn from
 * ±1/√hiddenSize. Throws ShapeError or DTypeError for an input or state that does not fit, ValueError for options.
 * K. Cho et al., https://arxiv.org/abs/1406.1078. torch.nn.GRU
 *
 * @example
 * const gru = new nn.GRU(10, 20, { numLayers: 2 });
 * const [output, hn] = gru(randn([5, 3, 10]));
 */
export class GRU extends RecurrentLayer<Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(gruCell, inputSize, hiddenSize, options);
  }
}
