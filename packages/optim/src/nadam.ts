// NAdam: Adam that looks ahead along its momentum, as Nesterov does.

import { effect, loopOp, runLoop, type Tensor } from '@rushlight/core';
import { sqrt, type Expr } from '@rushlight/core/kernel';
import { decayed, decayNumbers, type DecoupledDescentOptions } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { checkBetas, checkOption, type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface NAdamOptions extends GroupOptions, DecoupledDescentOptions {
  /** How much of the averages of the gradient and of its square is carried on. Default [0.9, 0.999]. */
  betas: readonly [number, number];
  /** Keeps the divisor away from 0. Default 1e-8. */
  eps: number;
  /** ψ: how fast the momentum grows to β₁, from half of it. Default 4e-3. */
  momentumDecay: number;
}

type NAdamState = {
  step: number;
  /** The product of the momenta of all steps. */
  muProduct: number;
  readonly expAvg: Tensor;
  readonly expAvgSq: Tensor;
};

const nadamOp = loopOp('NAdam', (k, isDecoupled: boolean) => {
  const [param, expAvg, expAvgSq] = [k.input(0), k.input(1), k.input(2)];
  const { start, grad } = decayed(k, 3, isDecoupled);
  const number = (): Expr => k.scalar(param.dtype);
  const [ofGrad, ofAverage, eps, correction] = [number(), number(), number(), number()];
  const [beta1, rest1, beta2, rest2] = [number(), number(), number(), number()];
  const average = expAvg.mul(beta1).add(grad.mul(rest1));
  const squares = expAvgSq.mul(beta2).add(grad.mul(grad).mul(rest2));
  const divisor = sqrt(squares.div(correction)).add(eps);
  k.perElement(start.sub(grad.mul(ofGrad).add(average.mul(ofAverage)).div(divisor)));
  k.perElement(average);
  k.perElement(squares);
});

const nadamDefaults: Defaults<NAdamOptions> = {
  lr: 2e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  momentumDecay: 4e-3,
  decoupledWeightDecay: false,
  maximize: false,
  foreach: null,
};

/** μ of step t. */
const momentumOf = ({ betas, momentumDecay }: NAdamOptions, t: number): number =>
  betas[0] * (1 - 0.5 * 0.96 ** (t * momentumDecay));

/**
 * m and v are those of Adam; θ ← θ − lr·m̂ / (√v̂ + ε) with v̂ = v / (1 − β₂ᵗ), m̂ = μₜ₊₁·m / (1 − μ₁⋯μₜ₊₁) + (1 − μₜ)·g / (1 − μ₁⋯μₜ)
 * and μₜ = β₁·(1 − ½·0.96^(t·ψ)), where g has λ·θ added; with decoupledWeightDecay θ is multiplied by 1 − lr·λ before instead.
 * Throws ValueError for options out of range.
 * T. Dozat, "Incorporating Nesterov momentum into Adam", 2016. torch.optim.NAdam
 */
export class NAdam extends Optimizer<NAdamOptions, NAdamState> {
  protected override readonly stateKeys = ['step', 'muProduct', 'expAvg', 'expAvgSq'];
  protected override readonly numberKeys = ['step', 'muProduct'];

  constructor(params: Params<NAdamOptions>, options: Readonly<Partial<NAdamOptions>> = {}) {
    super('NAdam', params, nadamDefaults, options);
  }

  protected override checkGroup({ betas, eps, weightDecay, momentumDecay }: NAdamOptions): void {
    checkOption('NAdam', 'eps', eps, 0);
    checkBetas('NAdam', betas);
    checkOption('NAdam', 'weightDecay', weightDecay, 0);
    checkOption('NAdam', 'momentumDecay', momentumDecay, 0);
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<NAdamOptions>): void {
    const state: NAdamState = this.state.get(param) ?? {
      step: 0,
      muProduct: 1,
      expAvg: this.zerosFor(param),
      expAvgSq: this.zerosFor(param),
    };
    this.state.set(param, state);
    effect(() => {
      state.step++;
      state.muProduct *= momentumOf(group, state.step);
    });
    const written = [param, state.expAvg, state.expAvgSq];
    const inputs = [...written, grad];
    runLoop(nadamOp(inputs, group.decoupledWeightDecay), inputs, {
      inplace: written,
      scalars: [
        ...decayNumbers(group, group.decoupledWeightDecay),
        () => (group.lr * (1 - momentumOf(group, state.step))) / (1 - state.muProduct),
        () => {
          const next = momentumOf(group, state.step + 1);
          return (group.lr * next) / (1 - state.muProduct * next);
        },
        () => group.eps,
        () => 1 - group.betas[1] ** state.step,
        () => group.betas[0],
        () => 1 - group.betas[0],
        () => group.betas[1],
        () => 1 - group.betas[1],
      ],
    });
  }
}
