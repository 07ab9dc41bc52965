// RAdam: Adam that does not divide by the average of squares before that can be trusted.

import { effect, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { constant, select, sqrt, type Expr } from '@rushlight/core/kernel';
import { decayed, decayNumbers, type DecoupledDescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkBetas, checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface RAdamOptions extends GroupOptions, DecoupledDescentOptions {
  /** How much of the averages of the gradient and of its square is carried on. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Keeps the divisor away from 0. Default 1e-8. */
  eps: number;
}

type RAdamState = {
  step: number;
  readonly expAvg: Tensor;
  readonly expAvgSq: Tensor;
};

const radamOp = loopOp('RAdam', (k, isDecoupled: boolean) => {
  const [param, expAvg, expAvgSq] = [k.input(0), k.input(1), k.input(2)];
  const { start, grad } = decayed(k, 3, isDecoupled);
  const number = (): Expr => k.scalar(param.dtype);
  const [stepSize, rectified, eps] = [number(), number(), number()];
  const [beta1, rest1, beta2, rest2] = [number(), number(), number(), number()];
  const average = expAvg.mul(beta1).add(grad.mul(rest1));
  const squares = expAvgSq.mul(beta2).add(grad.mul(grad).mul(rest2));
  const factor = select(rectified.eq(0), constant(1, param.dtype), rectified.div(sqrt(squares).add(eps)));
  k.perElement(start.sub(average.mul(stepSize).mul(factor)));
  k.perElement(average);
  k.perElement(squares);
});

const radamDefaults: Defaults<RAdamOptions> = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  maximize: false,
  foreach: null,
  decoupledWeightDecay: false,
};

/** r·√(1 − β₂ᵗ), or 0 while too few squares have been averaged. */
function rectificationOf({ betas: [, beta2] }: RAdamOptions, t: number): number {
  const most = 2 / (1 - beta2) - 1;
  const correction = 1 - beta2 ** t;
  const length = most - (2 * t * beta2 ** t) / correction;
  if (!(length > 5)) return 0;
  return Math.sqrt((((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length)) * correction);
}

/**
 * m and v are those of Adam. With ρ∞ = 2 / (1 − β₂) − 1 and ρ = ρ∞ − 2t·β₂ᵗ / (1 − β₂ᵗ), while ρ ≤ 5, θ ← θ − lr·m̂; afterwards
 * θ ← θ − lr·r·m̂·√(1 − β₂ᵗ) / (√v + ε) with r² = (ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ), where m̂ = m / (1 − β₁ᵗ) and g has λ·θ
 * added; with decoupledWeightDecay θ is multiplied by 1 − lr·λ before instead. Throws ValueError for options out of range.
 * L. Liu et al., "On the variance of the adaptive learning rate and beyond", 2020, https://arxiv.org/abs/1908.03265.
 * torch.optim.RAdam
 */
export class RAdam extends Optimizer<RAdamOptions, RAdamState> {
  protected override readonly stateKeys = ['step', 'expAvg', 'expAvgSq'];

  constructor(params: Params<RAdamOptions>, options: Readonly<Partial<RAdamOptions>> = {}) {
    super('RAdam', params, radamDefaults, options);
  }

  protected override checkGroup({ betas, eps, weightDecay }: RAdamOptions): void {
    checkOption('RAdam', 'eps', eps, 0);
    checkBetas('RAdam', betas);
    checkOption('RAdam', 'weightDecay', weightDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<RAdamOptions>): void {
    const state = this.state.get(param) ?? { step: 0, expAvg: this.zerosFor(param), expAvgSq: this.zerosFor(param) };
    this.state.set(param, state);
    effect(() => {
      state.step++;
    });
    const written = [param, state.expAvg, state.expAvgSq];
    const inputs = [...written, grad];
    runLoop(radamOp(inputs, group.decoupledWeightDecay), inputs, {
      inplace: written,
      scalars: [
        ...decayNumbers(group, group.decoupledWeightDecay),
        () => group.lr / (1 - group.betas[0] ** state.step),
        () => rectificationOf(group, state.step),
        () => group.eps,
        () => group.betas[0],
        () => 1 - group.betas[0],
        () => group.betas[1],
        () => 1 - group.betas[1],
      ],
    });
  }
}
