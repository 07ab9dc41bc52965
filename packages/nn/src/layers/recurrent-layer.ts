// What RNN, GRU and LSTM share: their parameters, the state they start from, layers and directions.

import {
  cat, dropout, empty, isGradEnabled, isTensor, linear, ShapeError, show, stack, tidy, ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import type { RecurrentCell } from '../functional/recurrent-cell.ts';
import { recurrent } from '../functional/recurrent.ts';
import { uniform_ } from '../init/fill.ts';
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { checkCount, type LayerOptions } from './layer-options.ts';
import { startStates, type GivenStates, type HiddenOptions } from './start-states.ts';

// A warning, as PyTorch gives it.
declare const console: { warn(message: string): void };

export interface RecurrentOptions extends LayerOptions {
  /** How many layers, each fed by the one before. Default 1. */
  readonly numLayers?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Input and output are [N, L, *] instead of [L, N, *]; states are not. Default false. */
  readonly batchFirst?: boolean;
  /** In training, the probability of an element between two layers to be set to 0. Default 0. */
  readonly dropout?: number;
  /** A second direction walks from the end, its output is put beside. Default false. */
  readonly bidirectional?: boolean;
}

/** The state of all layers and directions: the hidden state, for LSTM also the cell. */
type States = readonly [hidden: Tensor, cell?: Tensor];

export abstract class RecurrentLayer<Hidden> extends Module<
  [x: Tensor, options?: HiddenOptions<Hidden>],
  [output: Tensor, state: Hidden]
> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;
  readonly #cell: RecurrentCell;

  constructor(
    cell: RecurrentCell,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions & { readonly projSize?: number },
  ) {
    super();
    const { numLayers = 1, bias = true, batchFirst = false, dropout: p = 0, bidirectional = false } = options;
    const { projSize = 0, device, dtype } = options;
    const layer = this.constructor.name;
    checkCount(layer, 'inputSize', inputSize);
    checkCount(layer, 'hiddenSize', hiddenSize, 1);
    checkCount(layer, 'numLayers', numLayers, 1);
    checkCount(layer, 'projSize', projSize);
    if (projSize >= hiddenSize) {
      throw new ValueError(
        layer,
        `projSize is ${projSize}, hiddenSize ${hiddenSize}. A projection must be smaller; 0 means none.`,
      );
    }
    if (!(p >= 0 && p <= 1)) throw new ValueError(layer, `the probability is ${p}. It must lie in [0, 1].`);
    if (p > 0 && numLayers === 1)
      console.warn(`${layer}: dropout is ${p}, but acts between layers, and there is one. Use numLayers > 1.`);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = p;
    this.bidirectional = bidirectional;
    this.projSize = projSize;
    this.#cell = cell;
    const made = { ...(device && { device }), ...(dtype && { dtype }) };
    const [rows, width] = [cell.gates * hiddenSize, this.#width];
    for (let k = 0; k < numLayers; k++) {
      for (const suffix of this.#suffixes(k)) {
        const add = (name: string, shape: readonly number[]): void =>
          this.registerParameter(`${name}_${suffix}`, new Parameter(empty(shape, made)));
        add('weight_ih', [rows, k === 0 ? inputSize : width * this.#directions]);
        add('weight_hh', [rows, width]);
        if (bias) add('bias_ih', [rows]);
        if (bias) add('bias_hh', [rows]);
        if (projSize > 0) add('weight_hr', [projSize, hiddenSize]);
      }
    }
    this.resetParameters();
  }

  get #directions(): number {
    return this.bidirectional ? 2 : 1;
  }
  /** The size of the hidden state. */
  get #width(): number {
    return this.projSize || this.hiddenSize;
  }
  /** What the names of the parameters of a layer end in, one per direction. */
  #suffixes(layer: number): string[] {
    return this.bidirectional ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`];
  }

  /** @internal */
  override get [hasModes](): boolean {
    return this.dropout > 0;
  }

  /** Draws all parameters anew, from ±1/√hiddenSize. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const parameter of this.parameters()) uniform_(parameter, { a: -bound, b: bound });
  }

  /** The output of the last layer, and the state of all after the last step. */
  protected run(x: Tensor, given: GivenStates): [Tensor, States] {
    // What lies between the layers is freed where no gradient needs it.
    return isGradEnabled() ? this.#run(x, given) : tidy(() => this.#run(x, given));
  }

  #run(x: Tensor, given: GivenStates): [Tensor, States] {
    const isBatch = this.#checkInput(x);
    const batched = isBatch ? (this.batchFirst ? x.transpose(0, 1) : x) : x.unsqueeze(1);
    const states = this.#startStates(batched, given, isBatch);
    const [hidden, cell] = states;
    const ends: [Tensor, Tensor | undefined][] = [];
    let input = batched;
    for (let k = 0; k < this.numLayers; k++) {
      const outputs = this.#suffixes(k).map((suffix, direction) => {
        const at = ends.length;
        const [y, end] = this.#direction(input, suffix, direction === 1, hidden.select(0, at), cell?.select(0, at));
        ends.push([y.select(0, direction === 1 ? 0 : y.size(0) - 1), end]);
        return y;
      });
      const y = outputs.length === 1 ? (outputs[0] as Tensor) : cat(outputs, 2);
      const isLast = k === this.numLayers - 1;
      input = isLast ? y : dropout(y, { p: this.dropout, training: this.training });
    }
    const output = isBatch ? (this.batchFirst ? input.transpose(0, 1) : input) : input.squeeze(1);
    const last = [stack(ends.map(([h]) => h)), ...(cell ? [stack(ends.map(([, c]) => c as Tensor))] : [])];
    return [output, (isBatch ? last : last.map((s) => s.squeeze(1))) as unknown as States];
  }

  #direction(x: Tensor, suffix: string, reverse: boolean, h: Tensor, c?: Tensor): readonly [Tensor, Tensor?] {
    const own = this as unknown as Readonly<Record<string, Tensor | undefined>>;
    const [weight, bias] = [own[`weight_ih_${suffix}`] as Tensor, own[`bias_ih_${suffix}`]];
    const gates = linear(x, weight, bias ? { bias } : {});
    return recurrent({ cell: this.#cell, reverse }, [
      gates,
      own[`weight_hh_${suffix}`] as Tensor,
      h,
      own[`bias_hh_${suffix}`] ?? null,
      own[`weight_hr_${suffix}`] ?? null,
      c ?? null,
    ]);
  }

  /** Whether the input is a batch. */
  #checkInput(x: Tensor): boolean {
    const layer = this.constructor.name;
    if (!isTensor(x)) {
      throw new ValueError(layer, `the input is ${typeof x}, not a tensor. There are no packed sequences: pad them.`);
    }
    const { inputSize, batchFirst } = this;
    const rank = x.shape.length;
    if ((rank !== 2 && rank !== 3) || x.shape[rank - 1] !== inputSize) {
      const batch = batchFirst ? `[N, L, ${inputSize}]` : `[L, N, ${inputSize}]`;
      throw new ShapeError(layer, `the input has shape ${show(x.shape)}. It must be ${batch} or [L, ${inputSize}].`);
    }
    if (x.shape[rank === 3 && batchFirst ? 1 : 0] === 0)
      throw new ShapeError(layer, `the input ${show(x.shape)} has no steps. Pass at least one.`);
    return rank === 3;
  }

  #startStates(x: Tensor, given: GivenStates, isBatch: boolean): States {
    const places = [this.numLayers * this.#directions, ...(isBatch ? [x.shape[1] ?? 0] : [])];
    const shapes = [[...places, this.#width], ...(this.#cell.reads === 'cell' ? [[...places, this.hiddenSize]] : [])];
    const states = startStates(this.constructor.name, x, given, shapes);
    return (isBatch ? states : states.map((state) => state.unsqueeze(1))) as unknown as States;
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, projSize, numLayers, bias, batchFirst, bidirectional } = this;
    const options = {
      ...(projSize !== 0 && { projSize }),
      ...(numLayers !== 1 && { numLayers }),
      ...(!bias && { bias }),
      ...(batchFirst && { batchFirst }),
      ...(this.dropout !== 0 && { dropout: this.dropout }),
      ...(bidirectional && { bidirectional }),
    };
    return [inputSize, hiddenSize, reprOptions(options)].filter((part) => part !== '').join(', ');
  }
}
