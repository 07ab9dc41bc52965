// Adamax: Adam whose divisor is the largest gradient of late instead of an average of squares.

import { effect, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { abs, maximum, type Expr } from '@rushlight/core/kernel';
import { descent, descentNumbers, type DescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkBetas, checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface AdamaxOptions extends GroupOptions, DescentOptions {
  /** How much of the average of the gradient and of its largest size is carried on. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Keeps the divisor away from 0. Default 1e-8. */
  eps: number;
}

type AdamaxState = {
  step: number;
  readonly expAvg: Tensor;
  readonly expInf: Tensor;
};

const adamaxOp = loopOp('Adamax', (k) => {
  const [param, expAvg, expInf] = [k.input(0), k.input(1), k.input(2)];
  const grad = descent(k, 3);
  const number = (): Expr => k.scalar(param.dtype);
  const [stepSize, eps, beta1, rest1, beta2] = [number(), number(), number(), number(), number()];
  const average = expAvg.mul(beta1).add(grad.mul(rest1));
  const largest = maximum(expInf.mul(beta2), abs(grad).add(eps));
  k.perElement(param.sub(average.mul(stepSize).div(largest)));
  k.perElement(average);
  k.perElement(largest);
});

const adamaxDefaults: Defaults<AdamaxOptions> = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  foreach: null,
  maximize: false,
};

/**
 * m ← β₁·m + (1 − β₁)·g, u ← max(β₂·u, |g| + ε), θ ← θ − lr / (1 − β₁ᵗ)·m / u, where g has λ·θ added. Throws ValueError for
 * options out of range.
 * D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015, section 7.1. torch.optim.Adamax
 */
export class Adamax extends Optimizer<AdamaxOptions, AdamaxState> {
  protected override readonly stateKeys = ['step', 'expAvg', 'expInf'];

  constructor(params: Params<AdamaxOptions>, options: Readonly<Partial<AdamaxOptions>> = {}) {
    super('Adamax', params, adamaxDefaults, options);
  }

  protected override checkGroup({ betas, eps, weightDecay }: AdamaxOptions): void {
    checkOption('Adamax', 'eps', eps, 0);
    checkBetas('Adamax', betas);
    checkOption('Adamax', 'weightDecay', weightDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<AdamaxOptions>): void {
    const state = this.state.get(param) ?? { step: 0, expAvg: this.zerosFor(param), expInf: this.zerosFor(param) };
    this.state.set(param, state);
    effect(() => {
      state.step++;
    });
    const written = [param, state.expAvg, state.expInf];
    const inputs = [...written, grad];
    runLoop(adamaxOp(inputs), inputs, {
      inplace: written,
      scalars: [
        ...descentNumbers(group),
        () => group.lr / (1 - group.betas[0] ** state.step),
        () => group.eps,
        () => group.betas[0],
        () => 1 - group.betas[0],
        () => group.betas[1],
      ],
    });
  }
}
