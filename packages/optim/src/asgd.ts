// Averaged stochastic gradient descent: beside the parameters it keeps the average of where they have been.

import { effect, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { select, type Expr } from '@rushlight/core/kernel';
import { descent, descentNumbers, type DescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface ASGDOptions extends GroupOptions, DescentOptions {
  /** Λ: the parameter shrinks by 1 − Λ·η in every step, and η falls the faster. Default 1e-4. */
  lambd: number;
  /** The power with which η falls. Default 0.75. */
  alpha: number;
  /** After so many steps averaging begins. Default 1e6. */
  t0: number;
}

type ASGDState = {
  step: number;
  /** The learning rate of the next step. */
  eta: number;
  /** The share of the next step in the average. */
  mu: number;
  /** The average. */
  readonly ax: Tensor;
};

const asgdOp = loopOp('ASGD', (k) => {
  const [param, ax] = [k.input(0), k.input(1)];
  const grad = descent(k, 2);
  const number = (): Expr => k.scalar(param.dtype);
  const [eta, shrink, mu] = [number(), number(), number()];
  const moved = param.mul(shrink).sub(grad.mul(eta));
  k.perElement(moved);
  k.perElement(select(mu.eq(1), moved, ax.add(moved.sub(ax).mul(mu))));
});

const asgdDefaults: Defaults<ASGDOptions> = {
  lr: 1e-2,
  lambd: 1e-4,
  alpha: 0.75,
  t0: 1e6,
  weightDecay: 0,
  foreach: null,
  maximize: false,
};

/**
 * θ ← (1 − Λ·η)·θ − η·g, a ← a + μ·(θ − a), where g has λ·θ added; after step t, η = lr / (1 + Λ·lr·t)^α and μ = 1 / max(1, t − t0),
 * and before the first lr and 1. The averages are `state.get(param).ax`. Throws ValueError for options out of range.
 * B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging", 1992. torch.optim.ASGD
 */
export class ASGD extends Optimizer<ASGDOptions, ASGDState> {
  protected override readonly stateKeys = ['step', 'eta', 'mu', 'ax'];
  protected override readonly numberKeys = ['step', 'eta', 'mu'];

  constructor(params: Params<ASGDOptions>, options: Readonly<Partial<ASGDOptions>> = {}) {
    super('ASGD', params, asgdDefaults, options);
  }

  protected override checkGroup({ lambd, alpha, t0, weightDecay }: ASGDOptions): void {
    checkOption('ASGD', 'lambd', lambd, 0);
    checkOption('ASGD', 'alpha', alpha, 0);
    checkOption('ASGD', 't0', t0, 0);
    checkOption('ASGD', 'weightDecay', weightDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<ASGDOptions>): void {
    const state = this.state.get(param) ?? { step: 0, eta: group.lr, mu: 1, ax: this.zerosFor(param) };
    this.state.set(param, state);
    const written = [param, state.ax];
    const inputs = [...written, grad];
    runLoop(asgdOp(inputs), inputs, {
      inplace: written,
      scalars: [...descentNumbers(group), () => state.eta, () => 1 - group.lambd * state.eta, () => state.mu],
    });
    effect(() => {
      const { lr, lambd, alpha, t0 } = group;
      state.step++;
      state.eta = lr / (1 + lambd * lr * state.step) ** alpha;
      state.mu = 1 / Math.max(1, state.step - t0);
    });
  }
}
