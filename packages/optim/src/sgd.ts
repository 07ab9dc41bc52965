// Stochastic gradient descent.

import { effect, loopOp, runLoop, ValueError, type Tensor } from '@rushlight/core';
import type { Expr } from '@rushlight/core/kernel';
import { descent, descentNumbers, type DescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface SGDOptions extends GroupOptions, DescentOptions {
  /** How much of the last step is carried on. Default 0. */
  momentum: number;
  /** How much of the gradient momentum leaves out. Default 0. */
  dampening: number;
  /** Look ahead along the momentum. Default false. */
  nesterov: boolean;
}

type SGDState = {
  /** Null while there is no momentum. */
  momentumBuffer: Tensor | null;
};

const sgdOp = loopOp('SGD', (k, momentum: 'none' | 'plain' | 'nesterov') => {
  const param = k.input(0);
  const grad = descent(k, momentum === 'none' ? 1 : 2);
  const number = (): Expr => k.scalar(param.dtype);
  const lr = number();
  if (momentum === 'none') {
    k.perElement(param.sub(grad.mul(lr)));
    return;
  }
  const [carried, fresh] = [number(), number()];
  const buffer = k.input(1).mul(carried).add(grad.mul(fresh));
  const step = momentum === 'nesterov' ? grad.add(buffer.mul(carried)) : buffer;
  k.perElement(param.sub(step.mul(lr)));
  k.perElement(buffer);
});

const sgdDefaults: Defaults<SGDOptions> = {
  lr: undefined,
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
  foreach: null,
  differentiable: false,
};

/**
 * b ← μ·b + (1 − τ)·(g + λ·θ), θ ← θ − lr·b, where the first b is g + λ·θ; with nesterov θ ← θ − lr·(g + λ·θ + μ·b).
 * `lr` must be given, in the options or in every group. Throws ValueError for options out of range. torch.optim.SGD
 */
export class SGD extends Optimizer<SGDOptions, SGDState> {
  protected override readonly stateKeys = ['momentumBuffer'];

  constructor(params: Params<SGDOptions>, options: Readonly<Partial<SGDOptions>> = {}) {
    super('SGD', params, sgdDefaults, options);
    const { nesterov, momentum = 0, dampening } = this.defaults;
    if (nesterov && !(momentum > 0 && dampening === 0)) {
      throw new ValueError(
        'SGD',
        `nesterov needs a momentum and no dampening, they are ${momentum} and ${dampening}. Set { momentum: 0.9, dampening: 0 }.`,
      );
    }
  }

  protected override checkGroup({ momentum, weightDecay }: SGDOptions): void {
    checkOption('SGD', 'momentum', momentum, 0);
    checkOption('SGD', 'weightDecay', weightDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<SGDOptions>): void {
    const common = [...descentNumbers(group), () => group.lr];
    if (group.momentum === 0) {
      if (!this.state.has(param)) this.state.set(param, { momentumBuffer: null });
      const inputs = [param, grad];
      runLoop(sgdOp(inputs, 'none'), inputs, { inplace: [param], scalars: common });
      return;
    }
    const known = this.state.get(param)?.momentumBuffer;
    const buffer = known ?? this.zerosFor(param);
    this.state.set(param, { momentumBuffer: buffer });
    let isFirst = !known;
    runLoop(sgdOp([param, buffer, grad], group.nesterov ? 'nesterov' : 'plain'), [param, buffer, grad], {
      inplace: [param, buffer],
      scalars: [...common, () => group.momentum, () => (isFirst ? 1 : 1 - group.dampening)],
    });
    effect(() => {
      isFirst = false;
    });
  }
}
