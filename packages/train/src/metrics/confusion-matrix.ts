import { loopOp, runLoop, scatter_, ShapeError, show, tidy, ValueError, zeros, type Tensor } from '@rushlight/core';
import { select } from '@rushlight/core/kernel';
import { checkIgnoreIndex, classOfRow, classRows, type ClassMetricOptions } from './class-rows.ts';
import { nothingCounted, type Metric } from './metric.ts';
import { RunningTotals } from './running-totals.ts';

/** The cell of each sample, and one behind the last for those that do not count. */
const cellOp = loopOp('ConfusionMatrix', (k) => {
  const { index, isCounted } = classOfRow(k);
  const [classes, none] = [k.scalar('int32'), k.scalar('int32')];
  k.perRow(select(isCounted, index.mul(classes).add(k.argmax(k.input(0)).position), none));
});

/**
 * How often samples of each class (row) were taken for each class (column): `compute` gives a list of rows. What a sample is taken for
 * is the class of its largest logit, as of argmax. Takes what `Accuracy` takes; throws ValueError for a number of classes that is no
 * positive integer, or larger than 46,000, and ShapeError in `update` where the output has others.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.confusion_matrix.html
 */
export class ConfusionMatrix implements Metric<number[][]> {
  /** How many rows and columns it has. */
  readonly classes: number;
  /** Targets of this value count for nothing. */
  readonly ignoreIndex: number;
  readonly #totals = new RunningTotals();

  constructor(classes: number, { ignoreIndex = -100 }: ClassMetricOptions = {}) {
    // Cells are numbered by int32.
    if (!Number.isSafeInteger(classes) || classes < 1 || classes > 46_000) {
      throw new ValueError('ConfusionMatrix', `classes is ${classes}. Pass an integer from 1 to 46000.`);
    }
    checkIgnoreIndex('ConfusionMatrix', ignoreIndex);
    this.classes = classes;
    this.ignoreIndex = ignoreIndex;
  }

  update(output: Tensor, target: Tensor): void {
    const { classes: n } = this;
    tidy(() => {
      const { inputs, classes, options } = classRows('ConfusionMatrix', [output, target], this.ignoreIndex, [n, n * n]);
      if (classes !== n) {
        throw new ShapeError(
          'ConfusionMatrix',
          `the output has shape ${show(output.shape)}, ${classes} classes, and the matrix ${n}. Make it with new ConfusionMatrix(${classes}).`,
        );
      }
      this.#totals.checkDevice('ConfusionMatrix', output);
      if (target.numel() === 0) return;
      const [cells] = runLoop(cellOp(inputs), inputs, options) as [Tensor];
      const counts = zeros([n * n + 1], { dtype: 'int32', device: output.device });
      this.#totals.add([scatter_(counts, 0, cells.reshape([-1]), 1, { reduce: 'add' }).narrow(0, 0, n * n)]);
    });
  }

  async compute(): Promise<number[][]> {
    const { classes } = this;
    const [counts = []] = await this.#totals.read();
    if (!counts.some((count) => count > 0)) throw nothingCounted('ConfusionMatrix');
    return Array.from({ length: classes }, (_, row) => counts.slice(row * classes, (row + 1) * classes));
  }

  reset(): void {
    this.#totals.reset();
  }
}
