// How many samples are right.

import { loopOp, runLoop, tidy, ValueError, type LoopBuilder, type LoopOp, type Tensor } from '@rushlight/core';
import { constant, select, type Expr } from '@rushlight/core/kernel';
import { checkIgnoreIndex, classOfRow, classRows, type ClassMetricOptions } from './class-rows.ts';
import { nothingCounted, type Metric } from './metric.ts';
import { RunningTotals } from './running-totals.ts';

/** What is written of each sample. */
const [ignored, wrong, right] = [0, 1, 2];

function writeVerdict(k: LoopBuilder, isCounted: Expr, isRight: Expr): void {
  const verdict = select(isRight, constant(right, 'int32'), wrong);
  k.perRow(select(isCounted, verdict, ignored));
}

/** How many are right, and how many count. */
const tallyOp = loopOp('tally', (k) => {
  const verdict = k.input(0);
  k.perRow(k.sum(verdict.eq(right).cast('int32')));
  k.perRow(k.sum(verdict.ne(ignored).cast('int32')));
});

/** The share of samples that a loop finds right. */
abstract class HitRate implements Metric<number> {
  readonly ignoreIndex: number;
  readonly #name: string;
  readonly #totals = new RunningTotals();

  constructor(name: string, { ignoreIndex = -100 }: ClassMetricOptions) {
    checkIgnoreIndex(name, ignoreIndex);
    this.#name = name;
    this.ignoreIndex = ignoreIndex;
  }

  /** The loop that writes the verdict of each sample, and its scalars past those of `classOfRow`. */
  protected abstract verdicts(inputs: readonly Tensor[], classes: number): { op: LoopOp; numbers: readonly number[] };

  update(output: Tensor, target: Tensor): void {
    tidy(() => {
      const { inputs, classes, options } = classRows(this.#name, [output, target], this.ignoreIndex);
      this.#totals.checkDevice(this.#name, output);
      const { op, numbers } = this.verdicts(inputs, classes);
      if (target.numel() === 0) return;
      const scalars = [...(options.scalars ?? []), ...numbers];
      const verdicts = runLoop(op, inputs, { ...options, scalars }).map((x) => x.reshape([-1]));
      this.#totals.add(runLoop(tallyOp(verdicts), verdicts, { columns: [0] }));
    });
  }

  async compute(): Promise<number> {
    const [[hits = 0] = [], [counted = 0] = []] = await this.#totals.read();
    if (counted === 0) throw nothingCounted(this.#name);
    return hits / counted;
  }

  reset(): void {
    this.#totals.reset();
  }
}

const accuracyOp = loopOp('Accuracy', (k) => {
  const { index, isCounted } = classOfRow(k);
  writeVerdict(k, isCounted, k.argmax(k.input(0)).position.eq(index));
});

/**
 * The share of samples whose largest logit is that of their class, in 0…1. Of equal logits the first counts as the largest, and NaN
 * is larger than all, as of argmax.
 *
 * `output`: logits, float, [C], [N, C] or [N, C, d1, …]. `target`: class indices, int32 or uint8, of that shape without C.
 * `update` throws ShapeError or DTypeError where these do not fit, ValueError for a class out of range.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.accuracy_score.html
 *
 * @example
 * const accuracy = new Accuracy();
 * for await (const [x, target] of loader) accuracy.update(model(x), target);
 * console.log(await accuracy.compute());
 */
export class Accuracy extends HitRate {
  constructor(options: ClassMetricOptions = {}) {
    super('Accuracy', options);
  }

  protected override verdicts(inputs: readonly Tensor[]) {
    return { op: accuracyOp(inputs), numbers: [] };
  }
}

const topKOp = loopOp('TopKAccuracy', (k) => {
  const x = k.input(0);
  const { index, isCounted } = classOfRow(k);
  const count = k.scalar('int32');
  const own = k.sum(select(k.column.eq(index), x, 0));
  const isEarlier = k.column.lt(index);
  const isEqual = x.eq(own).or(x.isNaN().and(own.isNaN()));
  const isLarger = x.gt(own).or(x.isNaN().and(own.isNaN().not()));
  const before = k.sum(isLarger.or(isEqual.and(isEarlier)).cast('int32'));
  writeVerdict(k, isCounted, before.lt(count));
});

/**
 * The share of samples whose class is among their `k` largest logits, in 0…1. Of equal logits the first come first, and NaN before all.
 * Takes what `Accuracy` takes. Throws ValueError for a k that is no positive integer, or in `update` more than there are classes.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.top_k_accuracy_score.html
 */
export class TopKAccuracy extends HitRate {
  /** How many of the largest logits count. */
  readonly k: number;

  constructor(k: number, options: ClassMetricOptions = {}) {
    super('TopKAccuracy', options);
    if (!Number.isSafeInteger(k) || k < 1) {
      throw new ValueError('TopKAccuracy', `k should be a positive integer, but is ${k}. Pass an integer >= 1.`);
    }
    this.k = k;
  }

  protected override verdicts(inputs: readonly Tensor[], classes: number) {
    if (this.k > classes) {
      throw new ValueError('TopKAccuracy', `k is ${this.k}, and the output has ${classes} classes. Use a smaller k.`);
    }
    return { op: topKOp(inputs), numbers: [this.k] };
  }
}
