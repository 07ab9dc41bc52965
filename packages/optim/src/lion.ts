// Lion: steps of one size, along the sign of a momentum.

import { loopOp, runLoop, type Tensor } from '@rushlight/core';
import { sign, type Expr } from '@rushlight/core/kernel';
import { direction } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkBetas, checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface LionOptions extends GroupOptions {
  /** How much of the momentum is in a step, and how much of it is carried on. Default [0.9, 0.99]. */
  betas: readonly [number, number];
  /** λ: the parameter shrinks by 1 − lr·λ in every step. Default 0. */
  weightDecay: number;
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

type LionState = {
  readonly expAvg: Tensor;
};

const lionOp = loopOp('Lion', (k) => {
  const [param, expAvg] = [k.input(0), k.input(1)];
  const number = (): Expr => k.scalar(param.dtype);
  const [lr, shrink, up] = [number(), number(), number()];
  const [beta1, rest1, beta2, rest2] = [number(), number(), number(), number()];
  const grad = k.input(2).mul(up);
  const step = sign(expAvg.mul(beta1).add(grad.mul(rest1)));
  k.perElement(param.mul(shrink).sub(step.mul(lr)));
  k.perElement(expAvg.mul(beta2).add(grad.mul(rest2)));
});

const lionDefaults: Defaults<LionOptions> = {
  lr: 1e-4,
  betas: [0.9, 0.99],
  weightDecay: 0,
  maximize: false,
};

/**
 * θ ← (1 − lr·λ)·θ − lr·sign(β₁·m + (1 − β₁)·g), m ← β₂·m + (1 − β₂)·g. Wants a learning rate 3 to 10 times smaller than AdamW's,
 * and a weight decay larger by as much. Not in PyTorch; its state has the key of the authors' code, `exp_avg`. Throws ValueError for options out of range.
 * X. Chen et al., "Symbolic discovery of optimization algorithms", 2023, https://arxiv.org/abs/2302.06675.
 */
export class Lion extends Optimizer<LionOptions, LionState> {
  protected override readonly stateKeys = ['expAvg'];

  constructor(params: Params<LionOptions>, options: Readonly<Partial<LionOptions>> = {}) {
    super('Lion', params, lionDefaults, options);
  }

  protected override checkGroup({ betas, weightDecay }: LionOptions): void {
    checkBetas('Lion', betas);
    checkOption('Lion', 'weightDecay', weightDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<LionOptions>): void {
    const state = this.state.get(param) ?? { expAvg: this.zerosFor(param) };
    this.state.set(param, state);
    const written = [param, state.expAvg];
    const inputs = [...written, grad];
    runLoop(lionOp(inputs), inputs, {
      inplace: written,
      scalars: [
        () => group.lr,
        () => 1 - group.lr * group.weightDecay,
        () => direction(group),
        () => group.betas[0],
        () => 1 - group.betas[0],
        () => group.betas[1],
        () => 1 - group.betas[1],
      ],
    });
  }
}
