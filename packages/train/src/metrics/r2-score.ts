// The coefficient of determination. Σ(y − ȳ)² as Σy² − n·ȳ² would lose everything where the mean is large beside the spread. So each
// batch has a mean and squares of its own, about that mean, and batches are merged by their difference; and all of it is about the mean
// of the first batch, so that float32 suffices for means.
// T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance", 1983.

import { loopOp, runLoop, ShapeError, show, tidy, untracked, ValueError, zeros, type Tensor } from '@rushlight/core';
import { checkSameShape } from './mean-error.ts';
import { nothingCounted, type Metric } from './metric.ts';
import { RunningTotals, wideFloat } from './running-totals.ts';

/** What becomes of several outputs: the mean of their values, one that weighs each by the spread of its target, or all of them. */
export type Multioutput = 'uniformAverage' | 'varianceWeighted' | 'rawValues';

/** What becomes of several outputs. */
export interface R2ScoreOptions<M extends Multioutput = Multioutput> {
  /** Default `uniformAverage`. */
  readonly multioutput?: M;
}

const multioutputs: readonly Multioutput[] = ['uniformAverage', 'varianceWeighted', 'rawValues'];

type Wide = 'float32' | 'float64';

/** The mean over the columns. */
const meanOp = loopOp('R2Score', (k, wide: Wide) => {
  k.perRow(k.sum(k.input(0).cast(wide)).div(k.scalar(wide)));
});

/** Of target, output and origin: the target's mean beyond the origin, its squares about that mean, and those of the residuals. */
const momentsOp = loopOp('R2Score', (k, wide: Wide) => {
  const [target, output] = [k.input(0).cast(wide), k.input(1).cast(wide)];
  const beyond = target.sub(k.input(2));
  const mean = k.sum(beyond).div(k.scalar(wide));
  k.perRow(mean);
  k.perRow(k.sum(beyond.sub(mean).square()));
  k.perRow(k.sum(target.sub(output).square()));
});

/** Moves the mean towards a batch's, and gives the squares that the batch adds. */
const mergeOp = loopOp('R2Score', (k, wide: Wide) => {
  const [mean, own, squares] = [k.input(0), k.input(1), k.input(2)];
  const [share, weight] = [k.scalar(wide), k.scalar(wide)];
  const apart = own.sub(mean);
  k.perElement(mean.add(apart.mul(share)));
  k.perElement(squares.add(apart.square().mul(weight)));
});

/**
 * 1 − Σ(y − ŷ)² / Σ(y − ȳ)²: 1 is perfect, 0 is no better than the mean of the targets. Where all targets are equal, 1 if the outputs
 * equal them and else 0.
 *
 * `output`, `target`: [N], or [N, D] for D outputs, of any dtypes. `update` throws ShapeError for other or two shapes; `compute`
 * rejects with ValueError for fewer than two samples.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.r2_score.html
 */
export class R2Score<M extends Multioutput = 'uniformAverage'> implements Metric<
  M extends 'rawValues' ? number[] : number
> {
  /** What becomes of several outputs. */
  readonly multioutput: M;
  /** Of the squares: those of the targets about their mean, and those of the residuals. */
  readonly #totals = new RunningTotals();
  #count = 0;
  #outputs = 0;
  /** The mean of the first batch, and how far that of all is from it. */
  #means: readonly [origin: Tensor, mean: Tensor] | undefined;

  constructor({ multioutput = 'uniformAverage' as M }: R2ScoreOptions<M> = {}) {
    if (!multioutputs.includes(multioutput)) {
      const known = multioutputs.map((one) => `'${one}'`).join(', ');
      throw new ValueError('R2Score', `there is no multioutput "${String(multioutput)}". Use one of ${known}.`);
    }
    this.multioutput = multioutput;
  }

  update(output: Tensor, target: Tensor): void {
    checkSameShape('R2Score', output, target);
    const { shape } = output;
    const [count = 1, outputs = 1] = shape;
    if (shape.length === 0 || shape.length > 2 || outputs === 0) {
      throw new ShapeError('R2Score', `the output has shape ${show(shape)}. Use [N], or [N, D] for D outputs.`);
    }
    if (this.#count > 0 && outputs !== this.#outputs) {
      throw new ShapeError(
        'R2Score',
        `the output has shape ${show(shape)}, ${outputs} outputs, and those before had ${this.#outputs}. Call reset() in between.`,
      );
    }
    this.#totals.checkDevice('R2Score', output);
    if (count === 0) return;
    tidy(() => this.#add(output.detach().reshape([count, outputs]), target.detach().reshape([count, outputs])));
    this.#count += count;
    this.#outputs = outputs;
  }

  #add(output: Tensor, target: Tensor): void {
    const [count = 1, outputs = 1] = target.shape;
    const wide = wideFloat(target.device);
    this.#means ??= untracked(() => {
      const [origin] = runLoop(meanOp([target], wide), [target], { columns: [0], scalars: [count] }) as [Tensor];
      return [origin, zeros([outputs], { dtype: wide, device: target.device })];
    });
    const [origin, mean] = this.#means;
    const inputs = [target, output, origin];
    const [own, squares, residuals] = runLoop(momentsOp(inputs, wide), inputs, {
      columns: [0],
      scalars: [count],
    }) as [Tensor, Tensor, Tensor];
    const share = count / (this.#count + count);
    const merged = [mean, own, squares];
    const added = runLoop(mergeOp(merged, wide), merged, { inplace: [mean], scalars: [share, this.#count * share] });
    this.#totals.add([added[1] as Tensor, residuals]);
  }

  async compute(): Promise<M extends 'rawValues' ? number[] : number> {
    const count = this.#count;
    const [spreads = [], residuals = []] = await this.#totals.read();
    if (count < 2) {
      throw nothingCounted(
        'R2Score',
        `${count === 0 ? 'nothing' : 'one sample'} was counted, and the spread of two is needed`,
      );
    }
    const scores = spreads.map((spread, d) => score(spread, residuals[d] ?? 0));
    const multioutput: Multioutput = this.multioutput;
    const value =
      multioutput === 'rawValues' ? scores : average(scores, multioutput === 'varianceWeighted' ? spreads : []);
    return value as M extends 'rawValues' ? number[] : number;
  }

  reset(): void {
    this.#totals.reset();
    for (const x of this.#means ?? []) x.dispose();
    this.#means = undefined;
    this.#count = 0;
    this.#outputs = 0;
  }
}

function score(spread: number, residual: number): number {
  if (spread === 0) return residual === 0 ? 1 : 0;
  return 1 - residual / spread;
}

/** The mean, weighted where there are weights that are not all 0. */
function average(values: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((a, b) => a + b, 0);
  const weightOf = (k: number): number => (total === 0 ? 1 / values.length : (weights[k] ?? 0) / total);
  return values.reduce((sum, value, k) => sum + value * weightOf(k), 0);
}
