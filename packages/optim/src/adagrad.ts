// Adagrad: steps divided by the size of all gradients so far.

import { effect, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { sqrt, type Expr } from '@rushlight/core/kernel';
import { descent, descentNumbers, type DescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkOption, type GroupOptions, type ParamGroup, type ParamGroupInput, type Params } from './param-group.ts';

export interface AdagradOptions extends GroupOptions, DescentOptions {
  /** η: the learning rate of step t is lr / (1 + (t − 1)·η). Default 0. */
  lrDecay: number;
  /** Keeps the divisor away from 0. Default 1e-10. */
  eps: number;
  /** What the sums of squares begin with. Default 0. */
  initialAccumulatorValue: number;
}

type AdagradState = {
  step: number;
  readonly sum: Tensor;
};

const adagradOp = loopOp('Adagrad', (k) => {
  const [param, sum] = [k.input(0), k.input(1)];
  const grad = descent(k, 2);
  const number = (): Expr => k.scalar(param.dtype);
  const [stepSize, eps] = [number(), number()];
  const squares = sum.add(grad.mul(grad));
  k.perElement(param.sub(grad.mul(stepSize).div(sqrt(squares).add(eps))));
  k.perElement(squares);
});

const adagradDefaults: Defaults<AdagradOptions> = {
  lr: 1e-2,
  lrDecay: 0,
  eps: 1e-10,
  weightDecay: 0,
  initialAccumulatorValue: 0,
  foreach: null,
  maximize: false,
};

/**
 * s ← s + g², θ ← θ − lr / (1 + (t − 1)·η)·g / (√s + ε), where g has λ·θ added. The sums are there from the construction on, each group's
 * with its own `initialAccumulatorValue`: convert or move a model before. Throws ValueError for options out of range.
 * J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization", 2011.
 * torch.optim.Adagrad
 */
export class Adagrad extends Optimizer<AdagradOptions, AdagradState> {
  protected override readonly stateKeys = ['step', 'sum'];

  constructor(params: Params<AdagradOptions>, options: Readonly<Partial<AdagradOptions>> = {}) {
    super('Adagrad', params, adagradDefaults, options);
  }

  override addParamGroup(group: ParamGroupInput<AdagradOptions>): void {
    super.addParamGroup(group);
    const added = this.paramGroups.at(-1);
    for (const param of added?.params ?? []) this.begin(param, added?.initialAccumulatorValue ?? 0);
  }

  /** Not private by #, which the constructor of Optimizer would not find. */
  protected begin(param: Tensor, value: number): AdagradState {
    const state = { step: 0, sum: this.fullFor(param, value) };
    this.state.set(param, state);
    return state;
  }

  protected override checkGroup({ lrDecay, eps, weightDecay, initialAccumulatorValue }: AdagradOptions): void {
    checkOption('Adagrad', 'lrDecay', lrDecay, 0);
    checkOption('Adagrad', 'weightDecay', weightDecay, 0);
    checkOption('Adagrad', 'initialAccumulatorValue', initialAccumulatorValue, 0);
    checkOption('Adagrad', 'eps', eps, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<AdagradOptions>): void {
    // A state dict may have brought none.
    const state = this.state.get(param) ?? this.begin(param, group.initialAccumulatorValue);
    effect(() => {
      state.step++;
    });
    const written = [param, state.sum];
    const inputs = [...written, grad];
    runLoop(adagradOp(inputs), inputs, {
      inplace: written,
      scalars: [...descentNumbers(group), () => group.lr / (1 + (state.step - 1) * group.lrDecay), () => group.eps],
    });
  }
}
