// What RNN, GRU and LSTM share: their parameters, the state they start from, layers and directions.

import {
  cat, dropout, empty, isGradEnabled, isTensor, linear, ShapeError, show, stack, tidy, ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import type { RecurrentCell } from '../functional/recurrent-cell.ts';
import { endStates, recurrentSteps, type RecurrentSteps } from '../functional/recurrent-steps.ts';
import { recurrent } from '../functional/recurrent.ts';
import { uniform_ } from '../init/fill.ts';
import { hasModes } from '../module/members.ts';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';
import { Parameter } from '../parameter.ts';
import { PackedSequence, reordered } from '../utils/packed-sequence.ts';
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

// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- a class cannot write its call signature
export interface RecurrentLayer<Hidden> {
  /** Packed sequences give packed ones. */
  (x: PackedSequence, options?: HiddenOptions<Hidden>): [output: PackedSequence, state: Hidden];
  (x: Tensor, options?: HiddenOptions<Hidden>): [output: Tensor, state: Hidden];
}

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

  forward(x: PackedSequence, options?: HiddenOptions<Hidden>): [output: PackedSequence, state: Hidden];
  forward(x: Tensor, options?: HiddenOptions<Hidden>): [output: Tensor, state: Hidden];
  forward(
    x: Tensor | PackedSequence,
    { hx }: HiddenOptions<Hidden> = {},
  ): [output: Tensor | PackedSequence, state: Hidden] {
    const hasCell = this.#cell.reads === 'cell';
    const given = (hasCell || !hx ? hx : [hx]) as GivenStates;
    const run = (): [Tensor, States] => (x instanceof PackedSequence ? this.#runPacked(x, given) : this.#run(x, given));
    // What lies between the layers is freed where no gradient needs it.
    const [output, states] = isGradEnabled() ? run() : tidy(run);
    return [x instanceof PackedSequence ? x.with(output) : output, (hasCell ? states : states[0]) as Hidden];
  }

  /** The output of the last layer, and the state of all after the last step. */
  #run(x: Tensor, given: GivenStates): [Tensor, States] {
    const isBatch = this.#checkInput(x);
    const batched = isBatch ? (this.batchFirst ? x.transpose(0, 1) : x) : x.unsqueeze(1);
    const [length = 0, batch = 0] = batched.shape;
    const states = this.#startStates(x, given, isBatch ? [batch] : []);
    const start = (isBatch ? states : states.map((state) => state.unsqueeze(1))) as unknown as States;
    const sizes = new Array<number>(length).fill(batch);
    const [rows, last] = this.#layers(batched.reshape([length * batch, this.inputSize]), sizes, start);
    const y = rows.reshape([length, batch, rows.shape[1] ?? 0]);
    const output = isBatch ? (this.batchFirst ? y.transpose(0, 1) : y) : y.squeeze(1);
    return [output, (isBatch ? last : last.map((s) => s?.squeeze(1))) as unknown as States];
  }

  /** The same of packed sequences; states are in the order of the batch. */
  #runPacked(
    { data, batchSizes, sortedIndices, unsortedIndices }: PackedSequence,
    given: GivenStates,
  ): [Tensor, States] {
    if (data.shape.length !== 2 || data.shape[1] !== this.inputSize) {
      const right = `[${data.shape[0]}, ${this.inputSize}]`;
      throw new ShapeError(
        this.constructor.name,
        `the packed data have shape ${show(data.shape)}. It must be ${right}.`,
      );
    }
    const states = this.#startStates(data, given, [batchSizes[0] ?? 0]);
    const start = (given ? states.map((state) => reordered(state, sortedIndices)) : states) as unknown as States;
    const [rows, last] = this.#layers(data, batchSizes, start);
    return [rows, last.map((state) => state && reordered(state, unsortedIndices)) as unknown as States];
  }

  /** All layers over rows of elements, those of the first step first. */
  #layers(x: Tensor, batchSizes: readonly number[], [hidden, cell]: States): [Tensor, States] {
    const walks = [false, true].map((reverse) => recurrentSteps(batchSizes, reverse));
    const ends: [Tensor, Tensor | undefined][] = [];
    let input = x;
    for (let k = 0; k < this.numLayers; k++) {
      const outputs = this.#suffixes(k).map((suffix, direction) => {
        const [at, walk] = [ends.length, walks[direction] as RecurrentSteps];
        const [y, end] = this.#direction(input, suffix, walk, hidden.select(0, at), cell?.select(0, at));
        ends.push([endStates(walk, y), end]);
        return y;
      });
      const y = outputs.length === 1 ? (outputs[0] as Tensor) : cat(outputs, 1);
      const isLast = k === this.numLayers - 1;
      input = isLast ? y : dropout(y, { p: this.dropout, training: this.training });
    }
    const last = [stack(ends.map(([h]) => h)), ...(cell ? [stack(ends.map(([, c]) => c as Tensor))] : [])];
    return [input, last as unknown as States];
  }

  #direction(x: Tensor, suffix: string, walk: RecurrentSteps, h: Tensor, c?: Tensor): readonly [Tensor, Tensor?] {
    const own = this as unknown as Readonly<Record<string, Tensor | undefined>>;
    const [weight, bias] = [own[`weight_ih_${suffix}`] as Tensor, own[`bias_ih_${suffix}`]];
    const gates = linear(x, weight, bias ? { bias } : {});
    return recurrent({ cell: this.#cell, walk }, [
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
      throw new ValueError(layer, `the input is ${typeof x}. It must be a tensor or a PackedSequence.`);
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

  #startStates(x: Tensor, given: GivenStates, batch: readonly number[]): Tensor[] {
    const places = [this.numLayers * this.#directions, ...batch];
    const shapes = [[...places, this.#width], ...(this.#cell.reads === 'cell' ? [[...places, this.hiddenSize]] : [])];
    return startStates(this.constructor.name, x, given, shapes);
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
