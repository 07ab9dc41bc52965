// Adam, and AdamW, which differs in what weight decay acts on.

import { effect, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { maximum, sqrt, type Expr } from '@rushlight/core/kernel';
import { decayed, decayNumbers, type DescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkBetas, checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

/** `weightDecay` is 0.01 by default for AdamW. */
export interface AdamOptions extends GroupOptions, DescentOptions {
  /** How much of the averages of the gradient and of its square is carried on. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Keeps the divisor away from 0. Default 1e-8. */
  eps: number;
  /** Divide by the largest average of squares so far. Default false. */
  amsgrad: boolean;
}

type AdamState = {
  step: number;
  readonly expAvg: Tensor;
  readonly expAvgSq: Tensor;
  maxExpAvgSq?: Tensor;
};

const adamOp = loopOp('Adam', (k, isDecoupled: boolean, amsgrad: boolean) => {
  const [param, expAvg, expAvgSq] = [k.input(0), k.input(1), k.input(2)];
  const { start, grad } = decayed(k, amsgrad ? 4 : 3, isDecoupled);
  const number = (): Expr => k.scalar(param.dtype);
  const [stepSize, eps, correction] = [number(), number(), number()];
  const [beta1, rest1, beta2, rest2] = [number(), number(), number(), number()];
  const average = expAvg.mul(beta1).add(grad.mul(rest1));
  const squares = expAvgSq.mul(beta2).add(grad.mul(grad).mul(rest2));
  const largest = amsgrad ? maximum(k.input(3), squares) : squares;
  const divisor = sqrt(largest).div(correction).add(eps);
  k.perElement(start.sub(average.mul(stepSize).div(divisor)));
  k.perElement(average);
  k.perElement(squares);
  if (amsgrad) k.perElement(largest);
});

abstract class AdamFamily extends Optimizer<AdamOptions, AdamState> {
  protected override readonly stateKeys = ['step', 'expAvg', 'expAvgSq'];
  /** Whether weight decay shrinks the parameter itself, past the averages, instead of joining the gradient. */
  protected abstract readonly isDecoupled: boolean;

  protected override checkGroup({ betas, eps, weightDecay }: AdamOptions): void {
    checkOption(this.name, 'eps', eps, 0);
    checkBetas(this.name, betas);
    checkOption(this.name, 'weightDecay', weightDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<AdamOptions>): void {
    const state = this.state.get(param) ?? { step: 0, expAvg: this.zerosFor(param), expAvgSq: this.zerosFor(param) };
    this.state.set(param, state);
    const { expAvg, expAvgSq } = state;
    const written = [param, expAvg, expAvgSq];
    if (group.amsgrad) written.push((state.maxExpAvgSq ??= this.zerosFor(param)));
    const inputs = [...written, grad];
    effect(() => {
      state.step++;
    });
    runLoop(adamOp(inputs, this.isDecoupled, group.amsgrad), inputs, {
      inplace: written,
      scalars: [
        ...decayNumbers(group, this.isDecoupled),
        () => group.lr / (1 - group.betas[0] ** state.step),
        () => group.eps,
        () => Math.sqrt(1 - group.betas[1] ** state.step),
        () => group.betas[0],
        () => 1 - group.betas[0],
        () => group.betas[1],
        () => 1 - group.betas[1],
      ],
    });
  }
}

const adamDefaults: Defaults<AdamOptions> = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  maximize: false,
  foreach: null,
  capturable: false,
  differentiable: false,
  fused: false,
};

/**
 * m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², θ ← θ − lr·m̂ / (√v̂ + ε), where g has λ·θ added and m̂, v̂ are divided by
 * 1 − βᵗ. Throws ValueError for options out of range.
 * D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015. torch.optim.Adam
 */
export class Adam extends AdamFamily {
  protected override readonly isDecoupled = false;

  constructor(params: Params<AdamOptions>, options: Readonly<Partial<AdamOptions>> = {}) {
    super('Adam', params, adamDefaults, options);
  }
}

const adamWDefaults: Defaults<AdamOptions> = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0.01,
  amsgrad: false,
  foreach: null,
  maximize: false,
  capturable: false,
};

/**
 * Adam whose weight decay is θ ← θ·(1 − lr·λ) before the step, instead of a part of g. Throws ValueError for options out of range.
 * I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019. torch.optim.AdamW
 */
export class AdamW extends AdamFamily {
  protected override readonly isDecoupled = true;

  constructor(params: Params<AdamOptions>, options: Readonly<Partial<AdamOptions>> = {}) {
    super('AdamW', params, adamWDefaults, options);
  }
}
