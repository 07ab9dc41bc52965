// Adadelta: steps in the parameter's own units, by the ratio of the running sizes of steps and gradients.

import { effect, loopOp, runLoop, ValueError, type Tensor } from '@rushlight/core';
import { sqrt, type Expr } from '@rushlight/core/kernel';
import { descent, descentNumbers, type DescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface AdadeltaOptions extends GroupOptions, DescentOptions {
  /** How much of the averages of squares is carried on. Default 0.9. */
  rho: number;
  /** Keeps the divisor away from 0 and lets the first steps begin. Default 1e-6. */
  eps: number;
}

type AdadeltaState = {
  step: number;
  readonly squareAvg: Tensor;
  readonly accDelta: Tensor;
};

const adadeltaOp = loopOp('Adadelta', (k) => {
  const [param, squareAvg, accDelta] = [k.input(0), k.input(1), k.input(2)];
  const grad = descent(k, 3);
  const number = (): Expr => k.scalar(param.dtype);
  const [lr, eps, rho, rest] = [number(), number(), number(), number()];
  const squares = squareAvg.mul(rho).add(grad.mul(grad).mul(rest));
  const delta = sqrt(accDelta.add(eps))
    .div(sqrt(squares.add(eps)))
    .mul(grad);
  k.perElement(param.sub(delta.mul(lr)));
  k.perElement(squares);
  k.perElement(accDelta.mul(rho).add(delta.mul(delta).mul(rest)));
});

const adadeltaDefaults: Defaults<AdadeltaOptions> = {
  lr: 1,
  rho: 0.9,
  eps: 1e-6,
  weightDecay: 0,
  maximize: false,
  foreach: null,
};

/**
 * v ← ρ·v + (1 − ρ)·g², Δ = √(u + ε) / √(v + ε)·g, u ← ρ·u + (1 − ρ)·Δ², θ ← θ − lr·Δ, where g has λ·θ added. Throws ValueError
 * for options out of range.
 * M. D. Zeiler, "ADADELTA: an adaptive learning rate method", 2012, https://arxiv.org/abs/1212.5701. torch.optim.Adadelta
 */
export class Adadelta extends Optimizer<AdadeltaOptions, AdadeltaState> {
  protected override readonly stateKeys = ['step', 'squareAvg', 'accDelta'];

  constructor(params: Params<AdadeltaOptions>, options: Readonly<Partial<AdadeltaOptions>> = {}) {
    super('Adadelta', params, adadeltaDefaults, options);
  }

  protected override checkGroup({ rho, eps, weightDecay }: AdadeltaOptions): void {
    if (!(rho >= 0 && rho <= 1)) throw new ValueError('Adadelta', `rho is ${rho}. It must be in [0, 1].`);
    checkOption('Adadelta', 'eps', eps, 0);
    checkOption('Adadelta', 'weightDecay', weightDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<AdadeltaOptions>): void {
    const state = this.state.get(param) ?? { step: 0, squareAvg: this.zerosFor(param), accDelta: this.zerosFor(param) };
    this.state.set(param, state);
    effect(() => {
      state.step++;
    });
    const written = [param, state.squareAvg, state.accDelta];
    const inputs = [...written, grad];
    runLoop(adadeltaOp(inputs), inputs, {
      inplace: written,
      scalars: [...descentNumbers(group), () => group.lr, () => group.eps, () => group.rho, () => 1 - group.rho],
    });
  }
}
