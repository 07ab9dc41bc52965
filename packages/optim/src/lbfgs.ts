// L-BFGS: whole batches, few steps. Each step asks the closure for the loss and its gradients as often as it needs them, and reads them.

import { enableGrad, isTensor, noGrad, ValueError, type Tensor } from '@rushlight/core';
import { dot, flatGrad, flatParams, largest, move, numbersOf, sizeSum } from './flat-vector.ts';
import { directionOf, packMemory, unpackMemory, type LBFGSMemory, type Pair } from './lbfgs-memory.ts';
import { leftBehind, Optimizer, type Defaults } from './optimizer.ts';
import {
  checkOption, listParams, type GroupOptions, type ParamGroup, type ParamGroupInput, type Params,
} from './param-group.ts'; // prettier-ignore
import type { OptimizerStateDict } from './state-dict.ts';
import { strongWolfe, type Trial } from './strong-wolfe.ts';

export interface LBFGSOptions extends GroupOptions {
  /** How many directions a step takes at most. Default 20. */
  maxIter: number;
  /** Once the closure was called so often, a step ends. Default 1.25·maxIter. */
  maxEval: number;
  /** A step ends where no element of the gradient is larger. Default 1e-7. */
  toleranceGrad: number;
  /** A step ends where neither the loss nor any parameter changes by more; a line search does not ask it. Default 1e-9. */
  toleranceChange: number;
  /** From how many iterations the curvature is estimated; as many times two vectors of all parameters are kept. Default 100. */
  historySize: number;
  /** Look for a good step length along each direction, from lr on, instead of always going lr. Default null: do not. */
  lineSearchFn: 'strong_wolfe' | null;
}

const lbfgsDefaults: Defaults<LBFGSOptions> = {
  lr: 1,
  maxIter: 20,
  maxEval: undefined,
  toleranceGrad: 1e-7,
  toleranceChange: 1e-9,
  historySize: 100,
  lineSearchFn: null,
};

/** What the closure found where the parameters are. */
interface Evaluation<T> {
  readonly result: T;
  readonly loss: number;
  readonly grad: Tensor;
}

/**
 * θ ← θ + t·d with d = −H·g, where the inverse Hessian H is estimated from how the gradient changed in the last iterations, and t is lr,
 * or what a line search for the strong Wolfe conditions finds (`lineSearchFn: 'strong_wolfe'`, which is worth it nearly always). A step takes up to
 * `maxIter` such directions; it is given a closure and awaited. There is one group of parameters, and nothing in `state`: what is remembered
 * is not of single parameters. Throws ValueError for options out of range.
 * D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization", 1989. torch.optim.LBFGS
 *
 * @example
 * const optimizer = new LBFGS(model.parameters(), { lineSearchFn: 'strong_wolfe' });
 * const loss = await optimizer.step(() => {
 *   optimizer.zeroGrad();
 *   const value = criterion(model(x), target);
 *   value.backward();
 *   return value;
 * });
 */
export class LBFGS extends Optimizer<LBFGSOptions> {
  protected override readonly stateKeys = [];
  #memory: LBFGSMemory | undefined;
  #isStepping = false;

  constructor(params: Params<LBFGSOptions>, options: Readonly<Partial<LBFGSOptions>> = {}) {
    const { maxIter = 20 } = options;
    super('LBFGS', params, { ...lbfgsDefaults, maxEval: Math.floor((maxIter * 5) / 4) }, options);
  }

  override addParamGroup(group: ParamGroupInput<LBFGSOptions>): void {
    if (this.paramGroups.length > 0)
      throw new ValueError('LBFGS', 'there can be only one group of parameters. Pass a list of tensors.');
    const params = listParams('LBFGS', group.params);
    const [first] = params;
    for (const param of params) {
      if (!isTensor(first) || !isTensor(param) || (param.dtype === first.dtype && param.device === first.device)) continue; // prettier-ignore
      const what = (x: Tensor): string => `${x.dtype} on "${x.device.name}"`;
      throw new ValueError('LBFGS', `the parameters are ${what(first)} and ${what(param)}. They must be of one dtype and on one device.`); // prettier-ignore
    }
    super.addParamGroup({ ...group, params });
  }

  protected override checkGroup(options: LBFGSOptions): void {
    for (const name of ['maxIter', 'maxEval', 'historySize'] as const) {
      if (Number.isInteger(options[name]) && options[name] >= 1) continue;
      throw new ValueError('LBFGS', `${name} is ${options[name]}. It must be an integer ≥ 1.`);
    }
    checkOption('LBFGS', 'toleranceGrad', options.toleranceGrad, 0);
    checkOption('LBFGS', 'toleranceChange', options.toleranceChange, 0);
    if (options.lineSearchFn === null || options.lineSearchFn === 'strong_wolfe') return;
    throw new ValueError(
      'LBFGS',
      `lineSearchFn is ${String(options.lineSearchFn)}. It must be 'strong_wolfe' or null.`,
    );
  }

  protected override update(): never {
    throw new ValueError('LBFGS', 'parameters are not updated one by one. Call `await optimizer.step(closure)`.');
  }

  /**
   * Runs the closure, which clears the gradients, computes the loss and its gradients and returns the loss, as often as it takes;
   * resolves to the result of the first time. Throws ValueError without a closure. torch.optim.LBFGS.step
   */
  override step(): never;
  override step<T extends Tensor | number>(closure: () => T | Promise<T>): Promise<T>;
  override step<T extends Tensor | number>(closure?: () => T | Promise<T>): Promise<T> {
    if (!closure) {
      throw new ValueError(
        'LBFGS',
        'there is no closure. Pass a function that clears the gradients, computes the loss, calls backward() and returns the loss, and await the step.',
      );
    }
    if (this.#isStepping) throw new ValueError('LBFGS', 'the step before has not ended. Await it.');
    this.#isStepping = true;
    return this.#step(closure).finally(() => {
      this.#isStepping = false;
    });
  }

  async #step<T extends Tensor | number>(closure: () => T | Promise<T>): Promise<T> {
    const group = this.paramGroups[0] as ParamGroup<LBFGSOptions>;
    const { params } = group;
    this.#checkMemory(params);
    const { lr, maxIter, maxEval, toleranceGrad, toleranceChange, historySize } = group;
    const { funcEvals = 0, iterations: before = 0, last } = this.#memory ?? {};
    let evals = 0;
    const evaluate = async (): Promise<Evaluation<T>> => {
      evals++;
      const result = await enableGrad(closure);
      return { result, loss: await lossOf(result), grad: flatGrad(params) };
    };
    const isOptimal = async (x: Tensor): Promise<boolean> =>
      ((await numbersOf(() => [largest(x)]))[0] as number) <= toleranceGrad;

    const { result, ...first } = await evaluate();
    let { loss, grad } = first;
    if (await isOptimal(grad)) {
      grad.dispose();
      this.#memory = { ...this.#memory, funcEvals: funcEvals + evals, iterations: before };
      return result;
    }

    let iterations = before;
    let pairs: readonly Pair[] = last?.pairs ?? [];
    let scale = last?.scale ?? 1;
    let previous = last;
    // What this step made and nobody has seen, to be freed when it is replaced.
    const ours = new Set<Tensor>();
    const release = (x: Tensor | undefined): void => {
      if (x && ours.delete(x)) x.dispose();
    };
    for (let k = 1; k <= maxIter; k++) {
      iterations++;
      if (previous) {
        const pair = await pairOf(previous, grad);
        if (pair) {
          for (const old of pairs.slice(0, Math.max(0, pairs.length + 1 - historySize)))
            [old.y, old.s].forEach(release);
          pairs = [...pairs, pair].slice(-historySize);
          scale = pair.scale;
          ours.add(pair.y).add(pair.s);
        }
      }
      const direction = directionOf(grad, pairs, scale);
      const [slope, size, sum] = (await numbersOf(() => [dot(grad, direction), largest(direction), sizeSum(grad)])) as [number, number, number]; // prettier-ignore
      release(previous?.direction);
      if (previous?.grad !== grad) release(previous?.grad);
      ours.add(direction).add(grad);
      let step = iterations === 1 && sum > 1 ? (1 / sum) * lr : lr;
      previous = { direction, step, grad, loss, pairs, scale };
      if (slope > -toleranceChange) break;

      const isLast = k === maxIter;
      if (group.lineSearchFn === null) {
        move(params, step, direction);
        if (isLast) break;
        ({ loss, grad } = await evaluate());
      } else {
        const found = await this.#search(params, evaluate, { step: 0, loss, slope, grad }, step, { direction, size }); // prettier-ignore
        ({ step, loss, grad } = found);
        previous = { ...previous, step };
      }
      const isDone =
        isLast ||
        evals >= maxEval ||
        (await isOptimal(grad)) ||
        Math.abs(step) * size <= toleranceChange ||
        Math.abs(loss - previous.loss) < toleranceChange;
      if (!isDone) continue;
      if (grad !== previous.grad) grad.dispose();
      break;
    }
    this.#memory = { funcEvals: funcEvals + evals, iterations, ...(previous && { last: previous }) };
    return result;
  }

  /** Moves the parameters to a good point along the direction, and says what is there. */
  async #search(
    params: readonly Tensor[],
    evaluate: () => Promise<Evaluation<unknown>>,
    start: Trial<Tensor>,
    first: number,
    { direction, size }: { direction: Tensor; size: number },
  ): Promise<Trial<Tensor>> {
    const origin = flatParams(params);
    const grads = new Set<Tensor>();
    const drop = ({ grad }: Trial<Tensor>): void => {
      if (grads.delete(grad)) grad.dispose();
    };
    const found = await strongWolfe(
      async (step) => {
        move(params, step, direction, origin);
        const { loss, grad } = await evaluate();
        grads.add(grad);
        const [slope] = await numbersOf(() => [dot(grad, direction)]);
        return { step, loss, slope: slope as number, grad };
      },
      start,
      first,
      { size, drop },
    );
    move(params, found.step, direction, origin);
    origin.dispose();
    for (const grad of grads) if (grad !== found.grad) grad.dispose();
    return found;
  }

  #checkMemory(params: readonly Tensor[]): void {
    const [first, vector] = [params[0], this.#memory?.last?.direction];
    if (first && vector && (vector.dtype !== first.dtype || vector.device !== first.device))
      throw leftBehind('LBFGS', vector, first);
  }

  /** The state in PyTorch's structure and names. All of it stands under the first parameter, with lists of tensors. torch.optim.Optimizer.state_dict */
  override stateDict(): OptimizerStateDict {
    const { param_groups } = super.stateDict();
    const state = this.#memory ? { 0: packMemory(this.#memory) } : {};
    return { state, param_groups } as OptimizerStateDict;
  }

  override loadStateDict({ state, param_groups }: OptimizerStateDict): void {
    const params = this.paramGroups[0]?.params ?? [];
    const saved = state?.[param_groups?.[0]?.params[0] ?? 0];
    const memory = saved && unpackMemory('LBFGS', saved, params);
    super.loadStateDict({ state: state && {}, param_groups });
    this.#memory = memory;
  }
}

/** What the last iteration changed, unless the curvature along it is too small to be of use. */
async function pairOf(
  last: { grad: Tensor; direction: Tensor; step: number },
  grad: Tensor,
): Promise<(Pair & { scale: number }) | undefined> {
  // prettier-ignore
  const [y, s] = noGrad(() => [grad.sub(last.grad), last.direction.mul(last.step)] as const);
  const [ys, yy] = (await numbersOf(() => [dot(y, s), dot(y, y)])) as [number, number];
  if (ys > 1e-10) return { y, s, rho: 1 / ys, scale: ys / yy };
  for (const x of [y, s]) x.dispose();
  return undefined;
}

async function lossOf(result: unknown): Promise<number> {
  if (typeof result === 'number') return result;
  if (isTensor(result)) return result.item();
  throw new ValueError('LBFGS', `the closure returned ${String(result)}. It must return the loss: a tensor of one element, or a number.`); // prettier-ignore
}
