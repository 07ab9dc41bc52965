// Rprop: every element has a step size of its own, which grows while the gradient keeps its sign. For full batches.

import { effect, loopOp, runLoop, ValueError, type Tensor } from '@rushlight/core';
import { constant, maximum, minimum, select, sign, type Expr } from '@rushlight/core/kernel';
import { direction } from './descent.ts';
import { Optimizer, type Defaults } from './optimizer.ts';
import { type GroupOptions, type ParamGroup, type Params } from './param-group.ts';

export interface RpropOptions extends GroupOptions {
  /** η₋ and η₊: what a step size is multiplied by when the sign of the gradient changed, and when it did not. Default [0.5, 1.2]. */
  etas: readonly [number, number];
  /** The smallest and the largest step size. Default [1e-6, 50]. */
  stepSizes: readonly [number, number];
  /** Go up instead of down. Default false. */
  maximize: boolean;
}

type RpropState = {
  step: number;
  readonly prev: Tensor;
  readonly stepSize: Tensor;
};

const rpropOp = loopOp('Rprop', (k) => {
  const [param, prev, stepSize] = [k.input(0), k.input(1), k.input(2)];
  const number = (): Expr => k.scalar(param.dtype);
  const [up, shrink, grow, smallest, largest] = [number(), number(), number(), number(), number()];
  const grad = k.input(3).mul(up);
  const agreement = sign(grad).mul(sign(prev));
  const one = constant(1, param.dtype);
  const factor = select(agreement.gt(0), grow, select(agreement.lt(0), shrink, one));
  const size = minimum(maximum(stepSize.mul(factor), smallest), largest);
  // A step that went too far is followed by none.
  const used = select(agreement.lt(0), constant(0, param.dtype), grad);
  k.perElement(param.sub(sign(used).mul(size)));
  k.perElement(used);
  k.perElement(size);
});

const rpropDefaults: Defaults<RpropOptions> = {
  lr: 1e-2,
  etas: [0.5, 1.2],
  stepSizes: [1e-6, 50],
  foreach: null,
  maximize: false,
};

/**
 * θ ← θ − sign(g)·s, where the step size s, at first lr, is multiplied by η₊ if g has the sign that it had before and by η₋ if it
 * has the other one, within the limits of `stepSizes`; in that case g counts as 0, in the next step too. Throws ValueError for
 * options out of range.
 * M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993.
 * torch.optim.Rprop
 */
export class Rprop extends Optimizer<RpropOptions, RpropState> {
  protected override readonly stateKeys = ['step', 'prev', 'stepSize'];

  constructor(params: Params<RpropOptions>, options: Readonly<Partial<RpropOptions>> = {}) {
    super('Rprop', params, rpropDefaults, options);
  }

  protected override checkGroup({ etas, stepSizes }: RpropOptions): void {
    if (!(0 < etas[0] && etas[0] < 1 && 1 < etas[1]))
      throw new ValueError('Rprop', `etas are ${etas.join(' and ')}. The first must be in (0, 1), the second > 1.`);
    if (!(0 <= stepSizes[0] && stepSizes[0] <= stepSizes[1])) {
      throw new ValueError(
        'Rprop',
        `stepSizes are ${stepSizes.join(' and ')}. They are the smallest, ≥ 0, and the largest.`,
      );
    }
  }

  protected override update(param: Tensor, grad: Tensor, group: ParamGroup<RpropOptions>): void {
    const state = this.state.get(param) ?? {
      step: 0,
      prev: this.zerosFor(param),
      stepSize: this.fullFor(param, group.lr),
    };
    this.state.set(param, state);
    effect(() => {
      state.step++;
    });
    const written = [param, state.prev, state.stepSize];
    const inputs = [...written, grad];
    runLoop(rpropOp(inputs), inputs, {
      inplace: written,
      scalars: [
        () => direction(group),
        () => group.etas[0],
        () => group.etas[1],
        () => group.stepSizes[0],
        () => group.stepSizes[1],
      ],
    });
  }
}
