import { loopOp, noGrad, runLoop, tidy, ValueError, type Tensor } from '@rushlight/core';
import { nothingCounted, type Metric } from './metric.ts';
import { RunningTotals, wideFloat } from './running-totals.ts';

/** Σ x, times a number, in a wider dtype. */
const scaledSumOp = loopOp('MeanLoss', (k, wide: 'float32' | 'float64') => {
  k.perRow(k.sum(k.input(0).cast(wide)).mul(k.scalar(wide)));
});

/**
 * The mean of a loss over all samples, also where batches differ in size. A loss of one number is taken for the mean over the elements
 * of its target, and weighs as many; of a loss without reduction each element counts once.
 *
 * @example
 * const loss = new MeanLoss(crossEntropy);
 * loss.update(model(x), target);
 * console.log(await loss.compute());
 */
export class MeanLoss implements Metric<number> {
  readonly #criterion: (output: Tensor, target: Tensor) => Tensor;
  readonly #totals = new RunningTotals();
  #weight = 0;

  constructor(criterion: (output: Tensor, target: Tensor) => Tensor) {
    this.#criterion = criterion;
  }

  update(output: Tensor, target: Tensor): void {
    tidy(() => {
      const loss = noGrad(() => this.#criterion(output.detach(), target));
      this.add(loss, target.numel());
    });
  }

  /**
   * Counts a loss that is there already, as in training: `count` is how many samples it is the mean of. Throws ValueError for a
   * count that is no integer ≥ 0.
   */
  add(loss: Tensor, count: number): void {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new ValueError('MeanLoss', `count is ${count}. Pass how many samples the loss is the mean of.`);
    }
    this.#totals.checkDevice('MeanLoss', loss);
    const isMean = loss.shape.length === 0;
    const weight = isMean ? count : loss.numel();
    if (weight === 0) return;
    tidy(() => {
      const inputs = [loss.detach().reshape([-1])];
      const op = scaledSumOp(inputs, wideFloat(loss.device));
      this.#totals.add(runLoop(op, inputs, { columns: [0], scalars: [isMean ? weight : 1] }));
    });
    this.#weight += weight;
  }

  async compute(): Promise<number> {
    const weight = this.#weight;
    const [[total = 0] = []] = await this.#totals.read();
    if (weight === 0) throw nothingCounted('MeanLoss');
    return total / weight;
  }

  reset(): void {
    this.#totals.reset();
    this.#weight = 0;
  }
}
