// Precision, recall and F1 score: what can be told from how often each class was right, was told, and was the case.

import { loopOp, runLoop, scatter_, ShapeError, show, tidy, ValueError, zeros, type Tensor } from '@rushlight/core';
import { select } from '@rushlight/core/kernel';
import { checkIgnoreIndex, classOfRow, classRows, type ClassMetricOptions } from './class-rows.ts';
import { nothingCounted, type Metric } from './metric.ts';
import { RunningTotals } from './running-totals.ts';

/**
 * What becomes of the classes' values: `macro` is their mean, over the classes that were the case or were told at least once;
 * `weighted` weighs each by how often it was the case; `micro` counts all classes together; `none` gives one value per class.
 */
export type Average = 'macro' | 'micro' | 'weighted' | 'none';

/** Of `Precision`, `Recall` and `F1Score`. */
export interface PrecisionRecallOptions<A extends Average = Average> extends ClassMetricOptions {
  /** Default `macro`. */
  readonly average?: A;
}

/** What `compute` gives. */
export type Averaged<A extends Average> = A extends 'none' ? number[] : number;

const averages: readonly Average[] = ['macro', 'micro', 'weighted', 'none'];

/** How often, of one class or of all. */
export interface ClassCounts {
  /** It was told and was the case. */
  readonly right: number;
  /** It was told. */
  readonly told: number;
  /** It was the case. */
  readonly present: number;
}

/** The places in [right, told, present, one for what does not count] of each sample, each but the last with one place per class. */
const placesOp = loopOp('classMetric', (k) => {
  const { index, isCounted } = classOfRow(k);
  const [classes, none] = [k.scalar('int32'), k.scalar('int32')];
  const told = k.argmax(k.input(0)).position;
  k.perRow(select(isCounted.and(told.eq(index)), index, none));
  k.perRow(select(isCounted, told.add(classes), none));
  k.perRow(select(isCounted, index.add(classes).add(classes), none));
});

/** A ratio of counts per class, averaged. */
abstract class ClassRatio<A extends Average> implements Metric<Averaged<A>> {
  readonly average: A;
  readonly ignoreIndex: number;
  readonly #name: string;
  readonly #totals = new RunningTotals();
  #classes: number | undefined;

  constructor(name: string, { average = 'macro' as A, ignoreIndex = -100 }: PrecisionRecallOptions<A>) {
    if (!averages.includes(average)) {
      const known = averages.map((one) => `'${one}'`).join(', ');
      throw new ValueError(name, `there is no average "${String(average)}". Use one of ${known}.`);
    }
    checkIgnoreIndex(name, ignoreIndex);
    this.#name = name;
    this.average = average;
    this.ignoreIndex = ignoreIndex;
  }

  /** The ratio; 0 where it would be 0/0. */
  protected abstract ratio(counts: ClassCounts): number;

  update(output: Tensor, target: Tensor): void {
    const name = this.#name;
    tidy(() => {
      const { inputs, classes, options } = classRows(name, [output, target], this.ignoreIndex);
      this.#classes ??= classes;
      if (classes !== this.#classes) {
        throw new ShapeError(
          name,
          `the output has shape ${show(output.shape)}, ${classes} classes, and those before had ${this.#classes}. Call reset() in between.`,
        );
      }
      this.#totals.checkDevice(name, output);
      if (target.numel() === 0) return;
      const scalars = [...(options.scalars ?? []), classes, 3 * classes];
      const places = runLoop(placesOp(inputs), inputs, { ...options, scalars });
      const counts = zeros([3 * classes + 1], { dtype: 'int32', device: output.device });
      for (const place of places) scatter_(counts, 0, place.reshape([-1]), 1, { reduce: 'add' });
      this.#totals.add([counts.narrow(0, 0, 3 * classes)]);
    });
  }

  async compute(): Promise<Averaged<A>> {
    const classes = this.#classes ?? 0;
    const [flat = []] = await this.#totals.read();
    const counts = Array.from({ length: classes }, (_, c): ClassCounts => {
      const [right = 0, told = 0, present = 0] = [flat[c], flat[classes + c], flat[2 * classes + c]];
      return { right, told, present };
    });
    const total = sum(counts.map(({ present }) => present));
    if (total === 0) throw nothingCounted(this.#name);
    return this.#averaged(counts, total) as Averaged<A>;
  }

  #averaged(counts: readonly ClassCounts[], total: number): number | number[] {
    const average: Average = this.average;
    const ratios = (of: readonly ClassCounts[]): number[] => of.map((one) => this.ratio(one));
    switch (average) {
      case 'none':
        return ratios(counts);
      case 'micro':
        return this.ratio({ right: sum(counts.map(({ right }) => right)), told: total, present: total });
      case 'weighted':
        return sum(ratios(counts).map((value, c) => (value * (counts[c]?.present ?? 0)) / total));
      case 'macro': {
        const known = counts.filter(({ told, present }) => told + present > 0);
        return sum(ratios(known)) / known.length;
      }
      default:
        return average satisfies never;
    }
  }

  reset(): void {
    this.#totals.reset();
    this.#classes = undefined;
  }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const ratioOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/**
 * Of the samples that were taken for a class, the share that belongs to it: right / told, 0 for a class that was never told. Takes what
 * `Accuracy` takes; throws ValueError for an unknown average, and ShapeError in `update` where the number of classes changes.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_score.html
 *
 * @example
 * const precision = new Precision({ average: 'none' });
 * precision.update(model(x), target);
 * const [first, second] = await precision.compute();
 */
export class Precision<A extends Average = 'macro'> extends ClassRatio<A> {
  constructor(options: PrecisionRecallOptions<A> = {}) {
    super('Precision', options);
  }

  protected override ratio({ right, told }: ClassCounts): number {
    return ratioOf(right, told);
  }
}

/**
 * Of the samples of a class, the share that was taken for it: right / present, 0 for a class that was never the case. Takes and throws
 * what `Precision` does. https://scikit-learn.org/stable/modules/generated/sklearn.metrics.recall_score.html
 */
export class Recall<A extends Average = 'macro'> extends ClassRatio<A> {
  constructor(options: PrecisionRecallOptions<A> = {}) {
    super('Recall', options);
  }

  protected override ratio({ right, present }: ClassCounts): number {
    return ratioOf(right, present);
  }
}

/**
 * The harmonic mean of precision and recall: 2·right / (told + present), 0 for a class that was neither. Takes and throws what
 * `Precision` does. https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html
 *
 * @example
 * const f1 = new F1Score({ average: 'weighted' });
 * f1.update(model(x), target);
 * console.log(await f1.compute());
 */
export class F1Score<A extends Average = 'macro'> extends ClassRatio<A> {
  constructor(options: PrecisionRecallOptions<A> = {}) {
    super('F1Score', options);
  }

  protected override ratio({ right, told, present }: ClassCounts): number {
    return ratioOf(2 * right, told + present);
  }
}
