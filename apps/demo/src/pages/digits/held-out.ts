// What the network makes of the digits that it does not learn from: how often each was taken for each, and the worst mistakes.

import { untracked, type data, type Tensor, type train } from 'rushlight';

interface Mistake {
  /** 28 × 28. */
  readonly pixels: Uint8Array;
  readonly label: number;
  readonly guess: number;
  /** How sure the network was of its guess: a probability. */
  readonly sure: number;
}

export interface HeldOutReport {
  /** Another one has another number. */
  readonly id: number;
  readonly count: number;
  /** From 0 to 1. */
  readonly accuracy: number;
  /** How often a digit (row) was taken for each (column). */
  readonly matrix: readonly (readonly number[])[];
  /** The surest first. */
  readonly mistakes: readonly Mistake[];
}

const mostMistakes = 12;
let lastId = 0;

/** The probabilities that were given, sample by sample, as a metric of an evaluation. */
export class Guesses implements train.Metric<number[][]> {
  private parts: Tensor[] = [];

  update(output: Tensor): void {
    this.parts.push(untracked(() => output.softmax(1)));
  }

  async compute(): Promise<number[][]> {
    const rows: number[][] = [];
    for (const part of this.parts) {
      const values = Array.from(await part.data());
      for (let k = 0; k < values.length; k += 10) rows.push(values.slice(k, k + 10));
    }
    return rows;
  }

  reset(): void {
    for (const part of this.parts) part.dispose();
    this.parts = [];
  }
}

/** What is to be told of an evaluation. */
export function reportOf(images: data.LabeledImages, guesses: readonly (readonly number[])[]): HeldOutReport {
  const matrix = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  const wrong: { at: number; label: number; guess: number; sure: number }[] = [];
  let right = 0;
  guesses.forEach((probabilities, at) => {
    const label = images.labels[at] ?? 0;
    const sure = Math.max(...probabilities);
    const guess = probabilities.indexOf(sure);
    if (guess < 0) return; // NaN is no reading
    const row = matrix[label];
    if (row) row[guess] = (row[guess] ?? 0) + 1;
    if (guess === label) right++;
    else wrong.push({ at, label, guess, sure });
  });
  const size = images.rows * images.cols;
  const mistakes = wrong
    .toSorted((a, b) => b.sure - a.sure)
    .slice(0, mostMistakes)
    .map(({ at, ...rest }) => ({ ...rest, pixels: images.images.slice(at * size, (at + 1) * size) }));
  return { id: ++lastId, count: guesses.length, accuracy: right / guesses.length, matrix, mistakes };
}
