import { noGrad, ones, record, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { BatchNorm1d, Linear, Module, ModuleList, Parameter, ParameterList, Sequential, Tanh } from '@rushlight/nn';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { SGD } from '../sgd.ts';
import { AveragedModel, getEmaAvgFn, getEmaMultiAvgFn, getSwaMultiAvgFn, SWALR, updateBn } from './index.ts';

beforeAll(() => useBackend(reference()));

const numbers = (x: Tensor | null | undefined): number[] => [...(x?.dataSync() ?? [])].map(Number);

/** Tied weights, a list of parameters, buffers of both kinds, and something private. */
class Odd extends Module {
  first = new Linear(2, 2, { bias: false });
  second = new Linear(2, 2, { bias: false });
  scales = new ParameterList([tensor([1, 2]), tensor([3, 4])]);
  seen = this.registerBuffer('seen', zeros([]));
  cache = this.registerBuffer('cache', zeros([2]), { persistent: false });
  layers = new ModuleList([this.first]);
  #calls = 0;

  constructor() {
    super();
    this.second.weight = this.first.weight;
  }

  forward(x: Tensor, by = 1): Tensor {
    this.#calls++;
    this.seen = this.seen.add(1);
    if (by < 0) throw new RangeError('negative');
    return this.second(this.first(x)).mul(this.scales.at(0)).add(this.scales.at(1)).mul(by);
  }

  get calls(): number {
    return this.#calls;
  }
}

function setAll(model: Module, value: number): void {
  noGrad(() => model.parameters().forEach((parameter) => parameter.fill_(value)));
}

describe('AveragedModel', () => {
  test('keeps averages under the names of the model, shared as there', () => {
    const model = new Odd();
    const average = new AveragedModel(model);
    expect(Object.keys(average.stateDict())).toEqual([
      'n_averaged',
      ...Object.keys(model.stateDict()).map((key) => `module.${key}`),
    ]);
    expect(average.parameters()).toHaveLength(model.parameters().length);
    expect(average.module.buffers()).toHaveLength(2);
    expect(average.getParameter('module.second.weight')).toBe(average.getParameter('module.first.weight'));
    expect(average.getSubmodule('module.layers.0')).toBe(average.getSubmodule('module.first'));
    for (const value of [1, 4]) {
      setAll(model, value);
      average.updateParameters(model);
    }
    setAll(model, 9);
    expect(average.parameters().flatMap(numbers)).toEqual(Array.from({ length: 8 }, () => 2.5));
    expect(numbers(average.nAveraged)).toEqual([2]);
  });

  test('answers by the averages, and leaves the model as it was', () => {
    const model = new Odd();
    setAll(model, 1);
    const average = new AveragedModel(model).eval();
    setAll(model, 0);
    expectTypeOf(average.forward).parameters.toEqualTypeOf<Parameters<Odd['forward']>>();
    expectTypeOf(average.forward).returns.toEqualTypeOf<Tensor>();
    const modes: boolean[] = [];
    model.registerForwardHook((module) => void modes.push(module.training));
    expect(numbers(average(ones([1, 2]), 3))).toEqual([15, 15]);
    expect(numbers(model(ones([1, 2])))).toEqual([0, 0]);
    expect([modes, model.training, model.calls]).toEqual([[false, true], true, 2]);
    // Each had its own buffer replaced.
    expect([model.seen, average.getBuffer('module.seen')].map(numbers)).toEqual([[1], [1]]);
    expect(() => average(ones([1, 2]), -1)).toThrow(RangeError);
    expect(model.scales.parameters().flatMap(numbers)).toEqual([0, 0, 0, 0]);
    expect(numbers(average.module.getSubmodule('first')(ones([1, 2]) as never) as Tensor)).toEqual([2, 2]);
  });

  test('has gradients of its own', () => {
    const model = new Linear(1, 1);
    const average = new AveragedModel(model);
    average(ones([1, 1]))
      .sum()
      .backward();
    expect(model.weight.grad).toBe(null);
    expect(average.parameters().map((parameter) => numbers(parameter.grad))).toEqual([[1], [1]]);
    model.requiresGrad_(false);
    expect(new AveragedModel(model).parameters().map(({ requiresGrad }) => requiresGrad)).toEqual([false, false]);
  });

  test('goes on in a recording that is run again', () => {
    const weight = new Parameter(tensor([0]));
    const model = new Sequential(new ParameterHolder(weight));
    for (const options of [{}, { multiAvgFn: getSwaMultiAvgFn() }]) {
      noGrad(() => weight.zero_());
      const average = new AveragedModel(model, options);
      const recording = record(() => {
        noGrad(() => weight.add_(1));
        average.updateParameters(model);
      });
      recording.replay();
      recording.replay();
      expect([weight, ...average.parameters(), average.nAveraged].map(numbers)).toEqual([[3], [2], [3]]);
    }
  });

  test('its state goes on in another', () => {
    const model = new Linear(2, 1);
    const options = { avgFn: getEmaAvgFn(0.5) };
    const first = new AveragedModel(model, options);
    setAll(model, 2);
    first.updateParameters(model);
    const second = new AveragedModel(model, options);
    second.loadStateDict(first.stateDict());
    setAll(model, 4);
    for (const average of [first, second]) average.updateParameters(model);
    expect(second.parameters().flatMap(numbers)).toEqual([3, 3, 3]);
    expect(second.parameters().flatMap(numbers)).toEqual(first.parameters().flatMap(numbers));
  });

  test('takes the dtype of its model, and prints as it', () => {
    const model = new Sequential(new Linear(2, 1), new Tanh()).double();
    const average = new AveragedModel(model, { multiAvgFn: getEmaMultiAvgFn() });
    average.updateParameters(model);
    expect(average.parameters().map(({ dtype }) => dtype)).toEqual(['float64', 'float64']);
    expect(String(average)).toBe(`AveragedModel(\n  (module): ${String(model).replaceAll('\n', '\n  ')}\n)`);
  });

  test('refusals', async () => {
    const model = new Linear(2, 1);
    const says = (make: () => unknown, message: string): void => expect(make).toThrow(message);
    says(() => new AveragedModel(3 as never), 'AveragedModel: the first argument is no module. Pass the model whose weights');
    says(() => new AveragedModel(model, { avgfn: null } as never), 'AveragedModel: there is no option "avgfn". Options: avgFn, multiAvgFn, useBuffers.');
    says(() => new AveragedModel(model, { avgFn: 0.9 as never }), 'AveragedModel: avgFn is no function. Pass one such as getEmaAvgFn(0.999).');
    says(() => new AveragedModel(model, { avgFn: getEmaAvgFn(), multiAvgFn: getEmaMultiAvgFn() }), 'AveragedModel: avgFn and multiAvgFn are both given. Give one of them.');
    says(() => new AveragedModel(model).updateParameters(new Linear(3, 1)), 'updateParameters: the model has [1, 3], [1], the average [1, 2], [1]. Give a model of the same structure.');
    says(() => getEmaAvgFn(1.5), 'getEmaAvgFn: decay is 1.5. It must be in [0, 1].');
    says(() => getEmaMultiAvgFn(NaN), 'getEmaMultiAvgFn: decay is NaN. It must be in [0, 1].');
    const later = new AveragedModel(new Later());
    says(() => later(ones([1, 1])), 'AveragedModel: the forward of Later is async, and would go on without the averaged parameters.');
    await Promise.resolve();
    const changed = new Odd();
    const average = new AveragedModel(changed);
    Reflect.deleteProperty(changed, 'seen');
    says(() => average(ones([1, 2])), 'AveragedModel: Odd has no "seen" any more. Average a model that keeps its structure.');
  }); // prettier-ignore
});

class ParameterHolder extends Module<[Tensor], Tensor> {
  weight: Parameter;
  constructor(weight: Parameter) {
    super();
    this.weight = weight;
  }
  forward(x: Tensor): Tensor {
    return x.mul(this.weight);
  }
}

class Later extends Module<[Tensor], Promise<Tensor>> {
  fc = new Linear(1, 1);
  async forward(x: Tensor): Promise<Tensor> {
    await Promise.resolve();
    return x;
  }
}

describe('updateBn', () => {
  const net = (): Sequential => new Sequential(new BatchNorm1d(1), new BatchNorm1d(1, { trackRunningStats: false }));
  const batch = (): Tensor => tensor([[0], [2], [4]]);

  test('takes batches from wherever they come, brought to a device', async () => {
    const loader = async function* (): AsyncGenerator<readonly [Tensor, number]> {
      yield [batch(), 0];
      yield [batch().add(2), 1];
    };
    const model = net().eval();
    const first = model.at(0) as BatchNorm1d;
    for (let pass = 0; pass < 2; pass++) {
      await updateBn(loader(), model, { device: 'reference' });
      const { running_mean, running_var, num_batches_tracked } = first;
      expect([running_mean, running_var, num_batches_tracked].map(numbers)).toEqual([[3], [4], [2]]);
    }
    expect([model.training, first.training, first.momentum]).toEqual([false, false, 0.1]);
  });

  test('puts momentum and mode back where a batch fails', async () => {
    const model = net().eval();
    await expect(updateBn([batch(), 3 as never], model)).rejects.toThrow(
      'updateBn: a batch is number. It must be a tensor, or a list that begins with one.',
    );
    expect([model.training, (model.at(0) as BatchNorm1d).momentum]).toEqual([false, 0.1]);
  });

  test('asks for nothing where there is no such layer', async () => {
    const never = (): Iterator<Tensor> => {
      throw new Error('asked');
    };
    await updateBn({ [Symbol.iterator]: never } as Iterable<Tensor>, new Linear(1, 1));
    await expect(updateBn({ [Symbol.iterator]: never } as Iterable<Tensor>, net())).rejects.toThrow('asked');
  });
});

describe('SWALR', () => {
  const sgd = (): SGD => new SGD([tensor([1])], { lr: 1 });

  test('keeps its goal with the optimizer, and its way in its state', () => {
    const optimizer = sgd();
    const scheduler = new SWALR(optimizer, 0.5, { annealEpochs: 2, annealStrategy: 'linear' });
    expect(optimizer.stateDict().param_groups[0]).toMatchObject({ swa_lr: 0.5, initial_lr: 1 });
    const loaded = new SWALR(sgd(), 0.5);
    scheduler.step();
    loaded.loadStateDict(scheduler.stateDict());
    expect(loaded.stateDict()).toEqual(scheduler.stateDict());
    expect([loaded.annealEpochs, loaded.annealStrategy, loaded.getLastLr()]).toEqual([2, 'linear', [0.75]]);
  });

  test('refusals', () => {
    const says = (make: () => unknown, message: string): void => expect(make).toThrow(message);
    says(() => new SWALR(sgd(), NaN), 'SWALR: swaLr is NaN. It must be a finite number ≥ 0.');
    says(() => new SWALR(sgd(), [1, 2]), 'SWALR: swaLr has 2 numbers for 1 parameter groups.');
    says(() => new SWALR(sgd(), 1, { annealEpochs: 0.5 }), 'SWALR: annealEpochs is 0.5. It must be an integer ≥ 0.');
    says(() => new SWALR(sgd(), 1, { annealStrategy: 'exp' as 'cos' }), "SWALR: annealStrategy is 'exp'. Use 'cos' or 'linear'.");
    says(() => new SWALR(sgd(), 1, { anneal: 3 } as object), 'SWALR: there is no option "anneal". Options: annealEpochs, annealStrategy, lastEpoch.');
  }); // prettier-ignore
});
