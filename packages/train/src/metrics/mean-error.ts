// Mean errors of numbers.

import { loopOp, runLoop, ShapeError, show, tidy, type LoopOp, type Tensor } from '@rushlight/core';
import { abs } from '@rushlight/core/kernel';
import { nothingCounted, type Metric } from './metric.ts';
import { RunningTotals, wideFloat } from './running-totals.ts';

type Wide = 'float32' | 'float64';

/** Refuses shapes that differ: [N, 1] beside [N] would be N × N differences. */
export function checkSameShape(op: string, output: Tensor, target: Tensor): void {
  const [a, b] = [show(output.shape), show(target.shape)];
  if (a === b) return;
  throw new ShapeError(op, `the output has shape ${a}, the target ${b}. Give them one shape.`);
}

/** The mean of a measure of each element. */
abstract class MeanError implements Metric<number> {
  readonly #name: string;
  readonly #totals = new RunningTotals();
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The loop that adds up the errors over its columns. */
  protected abstract sumOp(inputs: readonly Tensor[], wide: Wide): LoopOp;

  update(output: Tensor, target: Tensor): void {
    checkSameShape(this.#name, output, target);
    this.#totals.checkDevice(this.#name, output);
    const count = output.numel();
    if (count === 0) return;
    tidy(() => {
      const inputs = [output, target].map((x) => x.detach().reshape([-1]));
      this.#totals.add(runLoop(this.sumOp(inputs, wideFloat(output.device)), inputs, { columns: [0] }));
    });
    this.#count += count;
  }

  async compute(): Promise<number> {
    const count = this.#count;
    const [[total = 0] = []] = await this.#totals.read();
    if (count === 0) throw nothingCounted(this.#name);
    return total / count;
  }

  reset(): void {
    this.#totals.reset();
    this.#count = 0;
  }
}

const absoluteOp = loopOp('MeanAbsoluteError', (k, wide: Wide) => {
  k.perRow(k.sum(abs(k.input(0).cast(wide).sub(k.input(1).cast(wide)))));
});

/**
 * The mean of |output − target| over all elements. Tensors of one shape and any dtypes; `update` throws ShapeError for two shapes.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.mean_absolute_error.html
 */
export class MeanAbsoluteError extends MeanError {
  constructor() {
    super('MeanAbsoluteError');
  }

  protected override sumOp(inputs: readonly Tensor[], wide: Wide): LoopOp {
    return absoluteOp(inputs, wide);
  }
}

const squaredOp = loopOp('MeanSquaredError', (k, wide: Wide) => {
  k.perRow(k.sum(k.input(0).cast(wide).sub(k.input(1).cast(wide)).square()));
});

/** In which unit the error is told. */
export interface MeanSquaredErrorOptions {
  /** The mean itself, or its root, which has the unit of the target. Default true. */
  readonly squared?: boolean;
}

/**
 * The mean of (output − target)² over all elements, or its root. Tensors of one shape and any dtypes; `update` throws ShapeError for two
 * shapes. https://scikit-learn.org/stable/modules/generated/sklearn.metrics.mean_squared_error.html
 */
export class MeanSquaredError extends MeanError {
  /** Whether it is the mean itself, not its root. */
  readonly squared: boolean;

  constructor({ squared = true }: MeanSquaredErrorOptions = {}) {
    super('MeanSquaredError');
    this.squared = squared;
  }

  protected override sumOp(inputs: readonly Tensor[], wide: Wide): LoopOp {
    return squaredOp(inputs, wide);
  }

  override async compute(): Promise<number> {
    const mean = await super.compute();
    return this.squared ? mean : Math.sqrt(mean);
  }
}
