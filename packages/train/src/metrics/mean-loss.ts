import { isTensor, loopOp, noGrad, runLoop, tidy, ValueError, type Tensor } from '@rushlight/core';
import { weighed, type Criterion, type WeightedLoss } from '../criterion.ts';
import { constant, select } from '@rushlight/core/kernel';
import { nothingCounted, type Metric } from './metric.ts';
import { RunningTotals, wideFloat } from './running-totals.ts';

type Wide = 'float32' | 'float64';

/** Σ x, times a number, in a wider dtype. */
const scaledSumOp = loopOp('MeanLoss', (k, wide: Wide) => {
  k.perRow(k.sum(k.input(0).cast(wide)).mul(k.scalar(wide)));
});

/** A loss times its weight, and the weight; a loss of weight 0, which may be NaN, is nothing. */
const weightedOp = loopOp('MeanLoss', (k, wide: Wide) => {
  const [loss, weight] = [k.input(0).cast(wide), k.input(1).cast(wide)];
  k.perElement(select(weight.eq(0), constant(0, wide), loss.mul(weight)));
  k.perElement(weight);
});

/**
 * The mean of a loss over all samples, also where batches differ in size. A loss of one number is taken for the mean over the elements
 * of its target, and weighs as many; of a loss without reduction each element counts once. Where a loss is the mean over something else,
 * as with class weights or ignored targets, let the criterion give `{ loss, weight }`: see `Criterion`.
 *
 * @example
 * const loss = new MeanLoss(crossEntropy);
 * loss.update(model(x), target);
 * console.log(await loss.compute());
 */
export class MeanLoss implements Metric<number> {
  readonly #criterion: Criterion;
  readonly #totals = new RunningTotals();
  /** Of weights that are tensors: losses times weights, and weights. */
  readonly #weighted = new RunningTotals();
  #weight = 0;

  constructor(criterion: Criterion) {
    this.#criterion = criterion;
  }

  /** Counts the loss of a batch. Throws TypeError where the criterion gives none. */
  update(output: Tensor, target: Tensor): void {
    tidy(() => {
      const result: Tensor | WeightedLoss = noGrad(() => this.#criterion(output.detach(), target));
      if (isTensor(result)) this.add(result, target.numel());
      else {
        const { loss, weight = target.numel() } = weighed('MeanLoss', result);
        this.add(loss, weight);
      }
    });
  }

  /**
   * Counts a loss that is there already, as in training: `weight` is what it is the mean over, the number of its samples or the sum of their
   * weights; a tensor is not read. Throws ValueError for a number that is negative or not finite.
   */
  add(loss: Tensor, weight: Tensor | number): void {
    if (typeof weight === 'number' && !(weight >= 0 && weight < Infinity)) {
      throw new ValueError('MeanLoss', `the weight is ${weight}. Pass how many samples the loss is the mean of.`);
    }
    this.#totals.checkDevice('MeanLoss', loss);
    this.#weighted.checkDevice('MeanLoss', loss);
    const wide = wideFloat(loss.device);
    const isMean = loss.shape.length === 0;
    if (isMean && isTensor(weight)) {
      tidy(() => {
        const inputs = [loss, weight].map((x) => x.detach().reshape([1]));
        this.#weighted.add(runLoop(weightedOp(inputs, wide), inputs));
      });
      return;
    }
    const count = isMean ? Number(weight) : loss.numel();
    if (count === 0) return;
    tidy(() => {
      const inputs = [loss.detach().reshape([-1])];
      this.#totals.add(runLoop(scaledSumOp(inputs, wide), inputs, { columns: [0], scalars: [isMean ? count : 1] }));
    });
    this.#weight += count;
  }

  async compute(): Promise<number> {
    const own = this.#weight;
    const [[[total = 0] = []], [[weighted = 0] = [], [others = 0] = []]] = await Promise.all([this.#totals.read(), this.#weighted.read()]); // prettier-ignore
    const weight = own + others;
    if (weight === 0) throw nothingCounted('MeanLoss');
    return (total + weighted) / weight;
  }

  reset(): void {
    this.#totals.reset();
    this.#weighted.reset();
    this.#weight = 0;
  }
}
