// RMSprop: steps divided by the running size of the gradient.

import { effect, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { constant, maximum, sqrt, type Expr } from '@rushlight/core/kernel';
import { descent, descentNumbers, type DescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface RMSpropOptions extends GroupOptions, DescentOptions {
  /** α: how much of the average of squares is carried on. Default 0.99. */
  alpha: number;
  /** Keeps the divisor away from 0. Default 1e-8. */
  eps: number;
  /** μ: how much of the last step is carried on. Default 0. */
  momentum: number;
  /** Divide by the running deviation of the gradient from its average instead. Default false. */
  centered: boolean;
}

type RMSpropState = {
  step: number;
  readonly squareAvg: Tensor;
  /** Absent while there was no momentum. */
  momentumBuffer?: Tensor;
  /** Absent while it was not centered. */
  gradAvg?: Tensor;
};

const rmspropOp = loopOp('RMSprop', (k, hasMomentum: boolean, centered: boolean) => {
  const [param, squareAvg] = [k.input(0), k.input(1)];
  const grad = descent(k, 2 + Number(hasMomentum) + Number(centered));
  const number = (): Expr => k.scalar(param.dtype);
  const [lr, eps, alpha, rest] = [number(), number(), number(), number()];
  const squares = squareAvg.mul(alpha).add(grad.mul(grad).mul(rest));
  const average = centered ? k.input(hasMomentum ? 3 : 2).mul(alpha).add(grad.mul(rest)) : undefined; // prettier-ignore
  // Rounding may take the variance of a gradient that never changes below 0.
  const size = average ? maximum(squares.sub(average.mul(average)), constant(0, param.dtype)) : squares;
  const scaled = grad.div(sqrt(size).add(eps));
  const step = hasMomentum ? k.input(2).mul(number()).add(scaled) : scaled;
  k.perElement(param.sub(step.mul(lr)));
  k.perElement(squares);
  if (hasMomentum) k.perElement(step);
  if (average) k.perElement(average);
});

const rmspropDefaults: Defaults<RMSpropOptions> = {
  lr: 1e-2,
  momentum: 0,
  alpha: 0.99,
  eps: 1e-8,
  centered: false,
  weightDecay: 0,
  foreach: null,
  maximize: false,
  differentiable: false,
};

/**
 * v ← α·v + (1 − α)·g², b ← μ·b + g / (√v + ε), θ ← θ − lr·b, where g has λ·θ added; when centered, v − m² stands under the root, with
 * m ← α·m + (1 − α)·g. Throws ValueError for options out of range.
 * G. Hinton, "Neural networks for machine learning", lecture 6, 2012; A. Graves, https://arxiv.org/abs/1308.0850 (centered).
 * torch.optim.RMSprop
 */
export class RMSprop extends Optimizer<RMSpropOptions, RMSpropState> {
  protected override readonly stateKeys = ['step', 'squareAvg'];

  constructor(params: Params<RMSpropOptions>, options: Readonly<Partial<RMSpropOptions>> = {}) {
    super('RMSprop', params, rmspropDefaults, options);
  }

  protected override checkGroup({ alpha, eps, momentum, weightDecay }: RMSpropOptions): void {
    checkOption('RMSprop', 'eps', eps, 0);
    checkOption('RMSprop', 'momentum', momentum, 0);
    checkOption('RMSprop', 'weightDecay', weightDecay, 0);
    checkOption('RMSprop', 'alpha', alpha, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<RMSpropOptions>): void {
    const state: RMSpropState = this.state.get(param) ?? { step: 0, squareAvg: this.zerosFor(param) };
    this.state.set(param, state);
    effect(() => {
      state.step++;
    });
    const hasMomentum = group.momentum > 0;
    const written = [param, state.squareAvg];
    if (hasMomentum) written.push((state.momentumBuffer ??= this.zerosFor(param)));
    if (group.centered) written.push((state.gradAvg ??= this.zerosFor(param)));
    const inputs = [...written, grad];
    const scalars = [
      ...descentNumbers(group),
      () => group.lr,
      () => group.eps,
      () => group.alpha,
      () => 1 - group.alpha,
    ];
    if (hasMomentum) scalars.push(() => group.momentum);
    runLoop(rmspropOp(inputs, hasMomentum, group.centered), inputs, { inplace: written, scalars });
  }
}
