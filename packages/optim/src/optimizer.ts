// The base of all optimizers: groups of parameters, their state, and one update per parameter that has a gradient. An
// update is one launch, whose numbers (learning rate, step count) are read when it runs: a recorded step goes on with
// the schedule when it is replayed.

import { enableGrad, isTensor, noGrad, show, tensor, untracked, ValueError, type Tensor } from '@rushlight/core';
import {
  checkOption, checkParams, checkSpelling, groupsOf, listParams, type GroupOptions, type ParamGroup, type ParamGroupInput, type Params,
} from './param-group.ts'; // prettier-ignore
import { packState, unpackState, type OptimizerStateDict, type ParamState } from './state-dict.ts';

export interface ZeroGradOptions {
  /** Drop the gradients instead of filling them with zeros. Default true, as in PyTorch 2. */
  readonly setToNone?: boolean;
}

/**
 * Every option with its default, undefined where the user must give it, in PyTorch's order. Those that choose among PyTorch's
 * implementations (`foreach`, `fused`, …) do nothing here; they keep state dicts the same.
 */
export type Defaults<O> = { readonly [K in keyof O]: O[K] | undefined } & Readonly<Record<string, unknown>>;

/**
 * What all optimizers do. A subclass writes `update`, and `checkGroup` for its options. torch.optim.Optimizer
 *
 * @example
 * const optimizer = new SGD(model.parameters(), { lr: 0.1 });
 * optimizer.zeroGrad();
 * loss.backward();
 * optimizer.step();
 */
export abstract class Optimizer<O extends GroupOptions = GroupOptions, S extends ParamState = ParamState> {
  /** For messages: SGD, Adam. */
  readonly name: string;
  /** The options of groups that do not give their own. */
  readonly defaults: Readonly<Partial<O>>;
  /** The parameters and their options, which may be changed between steps. */
  readonly paramGroups: ParamGroup<O>[] = [];
  /** What is remembered of each parameter that was updated. */
  readonly state = new Map<Tensor, S>();

  constructor(name: string, params: Params<O>, defaults: Defaults<O>, options: Readonly<Partial<O>>) {
    this.name = name;
    for (const option of Object.keys(options)) {
      if (Object.hasOwn(defaults, option)) continue;
      throw new ValueError(name, `there is no option "${option}". Options: ${Object.keys(defaults).join(', ')}.`);
    }
    this.defaults = { ...defaults, ...defined(options) };
    for (const group of groupsOf(name, params)) this.addParamGroup(group);
  }

  /** Adds parameters with options of their own. Throws ValueError. torch.optim.Optimizer.add_param_group */
  addParamGroup(group: ParamGroupInput<O>): void {
    const { params: given, ...options } = group;
    checkSpelling(this.name, options, Object.keys(this.defaults));
    const params = listParams(this.name, given);
    checkParams(
      this.name,
      params,
      this.paramGroups.flatMap((known) => known.params),
    );
    const own = defined(options as unknown as Partial<O>);
    const complete = { ...own, ...this.defaults, ...own, params } as unknown as ParamGroup<O>;
    this.#check(complete);
    this.paramGroups.push(complete);
  }

  #check(group: ParamGroup<O>): void {
    if (group.lr === undefined)
      throw new ValueError(this.name, 'there is no learning rate. Pass { lr: 0.1 }, or one in every group.');
    checkOption(this.name, 'lr', group.lr, 0);
    this.checkGroup(group);
  }

  /** Refuses options that make no sense. The learning rate was checked. */
  protected abstract checkGroup(group: Readonly<O>): void;

  /**
   * Changes one parameter along its gradient. Gradients are not recorded meanwhile. The gradient goes when `.grad` is cleared:
   * clone() what the state shall keep of it.
   */
  protected abstract update(param: Tensor, grad: Tensor, group: ParamGroup<O>): void;

  /** What the state of a parameter always has. */
  protected abstract readonly stateKeys: readonly string[];

  /** What of it is a number, where PyTorch keeps a tensor of no dims. */
  protected readonly numberKeys: readonly string[] = ['step'];

  /**
   * Updates every parameter that has a gradient. With a closure, which computes the loss and its gradients, that runs first; its
   * result is returned. If it is async, await the step. torch.optim.Optimizer.step
   */
  step(): void;
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | void {
    if (!closure) return this.#update();
    const loss = enableGrad(closure);
    if (loss instanceof Promise) {
      return loss.then((value: unknown) => {
        this.#update();
        return value;
      }) as T;
    }
    this.#update();
    return loss;
  }

  #update(): void {
    noGrad(() => {
      for (const group of this.paramGroups) {
        for (const param of group.params) {
          const grad = param.ownGrad;
          if (!grad) continue;
          this.#checkState(param);
          this.update(param, grad, group);
        }
      }
    });
  }

  /** Gradients fit by what `grad` takes, but the state stays what it was when a model is converted or moved. */
  #checkState(param: Tensor): void {
    const state: ParamState | undefined = this.state.get(param);
    for (const key in state) {
      const value = state[key];
      if (!isTensor(value) || (value.dtype === param.dtype && value.device === param.device)) continue;
      throw leftBehind(this.name, value, param);
    }
  }

  /** Forgets the gradients of all parameters. torch.optim.Optimizer.zero_grad */
  zeroGrad({ setToNone = true }: ZeroGradOptions = {}): void {
    for (const { params } of this.paramGroups) {
      for (const param of params) {
        if (setToNone) param.grad = null;
        else if (param.grad) param.grad = param.grad.detach().zero_();
      }
    }
  }

  /** The state in PyTorch's structure and names; its tensors are the optimizer's own. torch.optim.Optimizer.state_dict */
  stateDict(): OptimizerStateDict {
    return packState(this.paramGroups, this.state);
  }

  /**
   * Takes over the state and the options of groups, copied, converted to the dtypes of the parameters. Throws ValueError where the
   * groups differ or the state is of another kind of optimizer. torch.optim.Optimizer.load_state_dict
   */
  loadStateDict(stateDict: OptimizerStateDict): void {
    const { options, states } = unpackState(this.name, this.paramGroups, stateDict, {
      required: this.stateKeys,
      numbers: this.numberKeys,
    });
    this.paramGroups.forEach((group, g) => this.#check({ ...group, ...options[g] }));
    this.paramGroups.forEach((group, g) => Object.assign(group, options[g]));
    this.state.clear();
    for (const [param, state] of states) this.state.set(param, state as S);
  }

  /** Zeros like `param` that outlive the step. They are written, not computed: a recorded first step must not reset them. */
  protected zerosFor({ shape, dtype, device }: Tensor): Tensor {
    const size = shape.reduce((product, n) => product * n, 1);
    return untracked(() => tensor(new Float32Array(size), { shape, dtype, device }));
  }

  /** A tensor like `param` that outlives the step, all of whose elements are `value`. */
  protected fullFor({ shape, dtype, device }: Tensor, value: number): Tensor {
    const size = shape.reduce((product, n) => product * n, 1);
    return untracked(() => tensor(new Float64Array(size).fill(value), { shape, dtype, device }));
  }
}

/** The error for state that is not like its parameter any more. */
export function leftBehind(op: string, state: Tensor, param: Tensor): ValueError {
  const describe = ({ shape, dtype, device }: Tensor): string => `${dtype} ${show(shape)} on "${device.name}"`;
  return new ValueError(
    op,
    `the state of a parameter is ${describe(state)}, the parameter ${describe(param)}: it was converted or moved since. ` +
      'Do that before the first step, or bring the state along by `optimizer.loadStateDict(optimizer.stateDict())`.',
  );
}

/** Without what is undefined. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
