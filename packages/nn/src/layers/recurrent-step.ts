// One step of a recurrent layer as a layer of its own: what RNNCell, GRUCell and LSTMCell share.

import { empty, linear, ShapeError, show, type Tensor } from '@rushlight/core';
import type { RecurrentCell } from '../functional/recurrent-cell.ts';
import { recurrentSteps } from '../functional/recurrent-steps.ts';
import { recurrent } from '../functional/recurrent.ts';
import { uniform_ } from '../init/fill.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';
import { startStates, type GivenStates, type HiddenOptions } from './start-states.ts';

export interface RecurrentCellOptions extends LayerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

export abstract class RecurrentStep<Hidden> extends Module<[x: Tensor, options?: HiddenOptions<Hidden>], Hidden> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  weight_ih: Parameter;
  weight_hh: Parameter;
  bias_ih: Parameter | null;
  bias_hh: Parameter | null;
  readonly #cell: RecurrentCell;

  constructor(
    cell: RecurrentCell,
    inputSize: number,
    hiddenSize: number,
    { bias = true, ...made }: RecurrentCellOptions,
  ) {
    super();
    checkCount(this.constructor.name, 'inputSize', inputSize);
    checkCount(this.constructor.name, 'hiddenSize', hiddenSize, 1);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    this.#cell = cell;
    const rows = cell.gates * hiddenSize;
    this.weight_ih = new Parameter(empty([rows, inputSize], made));
    this.weight_hh = new Parameter(empty([rows, hiddenSize], made));
    this.bias_ih = bias ? new Parameter(empty([rows], made)) : null;
    this.bias_hh = bias ? new Parameter(empty([rows], made)) : null;
    this.resetParameters();
  }

  /** Draws all parameters anew, from ±1/√hiddenSize. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, { a: -bound, b: bound });
  }

  /** The hidden state after a step, and for LSTM the cell. */
  protected run(x: Tensor, given: GivenStates): [hidden: Tensor, cell?: Tensor] {
    const { inputSize, weight_ih, weight_hh, bias_ih, bias_hh } = this;
    const rank = x.shape.length;
    if ((rank !== 1 && rank !== 2) || x.shape[rank - 1] !== inputSize) {
      throw new ShapeError(
        this.constructor.name,
        `the input has shape ${show(x.shape)}. It must be [N, ${inputSize}] or [${inputSize}].`,
      );
    }
    const batch = rank === 2 ? x : x.unsqueeze(0);
    const shape = [...x.shape.slice(0, -1), this.hiddenSize];
    const shapes = this.#cell.reads === 'cell' ? [shape, shape] : [shape];
    const states = startStates(this.constructor.name, x, given, shapes);
    const [hidden, cell = null] = states.map((s) => (rank === 2 ? s : s.unsqueeze(0)));
    const gates = linear(batch, weight_ih, bias_ih ? { bias: bias_ih } : {});
    const recurrence = { cell: this.#cell, walk: recurrentSteps([batch.shape[0] ?? 0], false) };
    const [y, after] = recurrent(recurrence, [gates, weight_hh, hidden as Tensor, bias_hh, null, cell]);
    const next = [y, ...(after ? [after] : [])];
    return (rank === 2 ? next : next.map((s) => s.squeeze(0))) as [Tensor, Tensor?];
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, bias } = this;
    return `${inputSize}, ${hiddenSize}${bias ? '' : `, ${reprOptions({ bias })}`}`;
  }
}
