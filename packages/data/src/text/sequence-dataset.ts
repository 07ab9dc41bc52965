import { defaultGenerator, tensor, ValueError, type Generator, type Tensor } from '@rushlight/core';
import { checkCount, checkIndex } from '../check-options.ts';
import { Dataset } from '../dataset.ts';

/** Options of a SequenceDataset. */
export interface SequenceDatasetOptions {
  /** How far one block begins after the one before it. Default: a block's length, so that blocks lie side by side. */
  readonly stride?: number;
  /** Begin each block at a random place up to where the next one would: other blocks every epoch. Default false. */
  readonly randomOffset?: boolean;
}

/**
 * A long sequence of tokens in blocks to learn the next token from: sample `i` is `[input, target]`, both int32 [blockLength], the
 * target one token further on. Tokens after the last whole block are left out. A batch is [n, blockLength] twice. With
 * `randomOffset` every sample draws one number, unless there is but one place for it. Throws a ValueError for a sequence that is too
 * short for one block, or for what is no count.
 *
 * @example
 * const dataset = new SequenceDataset(tokenizer.encode(text), 128, { stride: 64 });
 * for await (const [input, target] of new DataLoader(dataset, { batchSize: 32, shuffle: true })) step(input, target);
 */
export class SequenceDataset extends Dataset<[input: Int32Array, target: Int32Array]> {
  /** All tokens. */
  readonly tokens: Int32Array;
  /** How many tokens a block has. */
  readonly blockLength: number;
  /** How far one block begins after the one before it. */
  readonly stride: number;
  /** Whether blocks begin at random places. */
  readonly randomOffset: boolean;

  constructor(
    tokens: Int32Array | readonly number[],
    blockLength: number,
    { stride = blockLength, randomOffset = false }: SequenceDatasetOptions = {},
  ) {
    super();
    checkCount('SequenceDataset', 'blockLength', blockLength);
    checkCount('SequenceDataset', 'stride', stride);
    if (tokens.length <= blockLength) {
      throw new ValueError(
        'SequenceDataset',
        `a block of ${blockLength} and the token after it do not fit into ${tokens.length} tokens. Pass more, or a smaller blockLength.`,
      );
    }
    if (!(tokens instanceof Int32Array)) {
      const odd = tokens.findIndex((token) => token !== (token | 0));
      if (odd >= 0)
        throw new ValueError('SequenceDataset', `${tokens[odd]} at ${odd} is no token. Pass int32 numbers.`);
    }
    this.tokens = tokens instanceof Int32Array ? tokens : Int32Array.from(tokens);
    this.blockLength = blockLength;
    this.stride = stride;
    this.randomOffset = randomOffset;
  }

  get length(): number {
    return Math.floor((this.tokens.length - this.blockLength - 1) / this.stride) + 1;
  }

  get(index: number, generator?: Generator): [input: Int32Array, target: Int32Array] {
    const start = this.#start(index, generator);
    const end = start + this.blockLength;
    return [this.tokens.slice(start, end), this.tokens.slice(start + 1, end + 1)];
  }

  override getBatch(indices: readonly number[], generator?: Generator): [input: Tensor, target: Tensor] {
    const { blockLength, tokens } = this;
    const shape = [indices.length, blockLength];
    const inputs = new Int32Array(indices.length * blockLength);
    const targets = new Int32Array(inputs.length);
    indices.forEach((index, place) => {
      const start = this.#start(index, generator);
      inputs.set(tokens.subarray(start, start + blockLength), place * blockLength);
      targets.set(tokens.subarray(start + 1, start + 1 + blockLength), place * blockLength);
    });
    return [tensor(inputs, { shape }), tensor(targets, { shape })];
  }

  #start(index: number, generator: Generator = defaultGenerator()): number {
    checkIndex('SequenceDataset', index, this.length);
    const start = index * this.stride;
    const places = Math.min(this.stride, this.tokens.length - this.blockLength - start);
    return this.randomOffset && places > 1 ? start + (generator.random() % places) : start;
  }
}
