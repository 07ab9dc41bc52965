import { DeviceError, noGrad, show, tidy, ValueError, where, zeros, type Tensor } from '@rushlight/core';
import { Module } from '@rushlight/nn';
import { averagedPart, type AveragedPart } from './averaged-part.ts';
import { getSwaAvgFn, type AvgFn, type MultiAvgFn } from './averages.ts';

/** Options of `AveragedModel`. */
export interface AveragedModelOptions {
  /** How each parameter follows. Default `getSwaAvgFn()`. */
  readonly avgFn?: AvgFn | null;
  /** How all follow at once, instead. */
  readonly multiAvgFn?: MultiAvgFn | null;
  /** Whether buffers are averaged, too; else they stay what they were, which `updateBn` amends. Default false. */
  readonly useBuffers?: boolean;
}

/**
 * A model whose parameters are averages of those that another has in the course of its training: the mean (stochastic weight
 * averaging), or an exponential moving average. `updateParameters(model)` takes them in; the first time they are copied. Calling
 * it runs the forward of the model, with its hooks, on the averages. `module` holds them under the model's names, and
 * `n_averaged` (int32 []) counts. Structure and code stay the model's: forwards that are async are refused.
 * P. Izmailov et al., "Averaging weights leads to wider optima and better generalization", 2018, https://arxiv.org/abs/1803.05407.
 * torch.optim.swa_utils.AveragedModel
 *
 * @example
 * const average = new AveragedModel(model, { multiAvgFn: getEmaMultiAvgFn(0.999) });
 * optimizer.step();
 * average.updateParameters(model);
 */
export class AveragedModel<Args extends readonly unknown[] = never[], Out = unknown> extends Module<Args, Out> {
  /** What holds the averages; callable as the model is. */
  readonly module: AveragedPart;
  declare n_averaged: Tensor;
  readonly avgFn: AvgFn | null;
  readonly multiAvgFn: MultiAvgFn | null;
  readonly useBuffers: boolean;

  /** Throws ValueError for an unknown option, for what is no module or no function, or for both functions. */
  constructor(model: Module<Args, Out>, options: AveragedModelOptions = {}) {
    super();
    const { avgFn = null, multiAvgFn = null, useBuffers = false, ...rest } = options;
    check(model, { avgFn, multiAvgFn }, Object.keys(rest));
    this.module = averagedPart(model as unknown as Module);
    const [device] = [...model.parameters(), ...model.buffers()].map((tensor) => tensor.device);
    this.registerBuffer('n_averaged', zeros([], { dtype: 'int32', ...(device && { device }) }));
    this.avgFn = avgFn;
    this.multiAvgFn = multiAvgFn;
    this.useBuffers = useBuffers;
  }

  /** How many models were averaged, under its name in a state dict. */
  get nAveraged(): Tensor {
    return this.n_averaged;
  }

  forward(...args: Args): Out {
    return this.module(...args) as Out;
  }

  /**
   * Takes in the parameters that a model of the same structure has now. Throws ValueError where shapes differ, DeviceError where
   * devices do. torch.optim.swa_utils.AveragedModel.update_parameters
   */
  updateParameters(model: Module<Args, Out>): void {
    const { averaged, current } = this.#pairs(model);
    const apart = current.findIndex(({ device }, k) => device !== averaged[k]?.device);
    if (apart >= 0) {
      const [from, to] = [current[apart]?.device.name, averaged[apart]?.device.name];
      throw new DeviceError(
        'updateParameters',
        `the model is on "${from}", the average on "${to}". Use \`await average.updateParametersAsync(model)\`.`,
      );
    }
    this.#follow(averaged, current);
  }

  /** `updateParameters` of a model that may be on another device. */
  async updateParametersAsync(model: Module<Args, Out>): Promise<void> {
    const { averaged, current } = this.#pairs(model);
    const moving = current.map(async (tensor, k) => tensor.to(averaged[k]?.device ?? tensor.device));
    this.#follow(averaged, await Promise.all(moving));
  }

  /** The averages, and what the model has for each. */
  #pairs(model: Module<Args, Out>): { averaged: Tensor[]; current: Tensor[] } {
    const tensorsOf = (of: Pick<Module, 'parameters' | 'buffers'>): Tensor[] =>
      [...of.parameters(), ...(this.useBuffers ? of.buffers() : [])].map((tensor) => tensor.detach());
    const [averaged, current] = [tensorsOf(this.module), tensorsOf(model)];
    const [own, given] = [averaged, current].map((tensors) => tensors.map(({ shape }) => show(shape)).join(', '));
    if (own === given) return { averaged, current };
    throw new ValueError(
      'updateParameters',
      `the model has ${given || 'nothing'}, the average ${own || 'nothing'}. Give a model of the same structure.`,
    );
  }

  #follow(averaged: readonly Tensor[], current: readonly Tensor[]): void {
    const { n_averaged: count, multiAvgFn } = this;
    const average = this.avgFn ?? getSwaAvgFn();
    const update = (): void => {
      multiAvgFn?.(averaged, current, count);
      // On the device: a recorded step goes on from the first model to the next ones.
      const isFirst = count.eq(0);
      averaged.forEach((one, k) => {
        const now = current[k] ?? one;
        one.copy_(where(isFirst, now, multiAvgFn ? one : average(one, now, count)));
      });
      count.add_(1);
    };
    // As many tensors as the model has go by in each step.
    tidy(() => noGrad(update));
  }
}

function check(model: unknown, functions: Readonly<Record<string, unknown>>, unknown: readonly string[]): void {
  if (!(model instanceof Module)) {
    throw new ValueError(
      'AveragedModel',
      'the first argument is no module. Pass the model whose weights shall be averaged.',
    );
  }
  if (unknown[0] !== undefined) {
    const message = `there is no option "${unknown[0]}". Options: avgFn, multiAvgFn, useBuffers.`;
    throw new ValueError('AveragedModel', message);
  }
  for (const [name, fn] of Object.entries(functions)) {
    if (fn === null || typeof fn === 'function') continue;
    throw new ValueError('AveragedModel', `${name} is no function. Pass one such as getEmaAvgFn(0.999).`);
  }
  if (functions['avgFn'] && functions['multiAvgFn'])
    throw new ValueError('AveragedModel', 'avgFn and multiAvgFn are both given. Give one of them.');
}
