import { ones, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Linear, Module, registerModuleForwardHook, registerModuleForwardPreHook, registerModuleFullBackwardHook,
  registerModuleFullBackwardPreHook, Sequential,
} from '../index.ts'; // prettier-ignore

beforeAll(() => useBackend(reference()));

class Double extends Module<[x: Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return x.mul(2);
  }
}
class Broken extends Module<[x: Tensor], Tensor> {
  forward(_x: Tensor): Tensor {
    throw new Error('broken');
  }
}

test('a hook may stand before the others', () => {
  const module = new Double();
  const order: string[] = [];
  module.registerForwardPreHook(() => void order.push('pre 1'));
  const first = module.registerForwardPreHook(() => void order.push('pre 2'), { prepend: true });
  module.registerForwardHook(() => void order.push('post 1'));
  module.registerForwardHook(() => void order.push('post 2'), { prepend: true });
  module(ones([1]));
  first.remove();
  module(ones([1]));
  expect(order).toEqual(['pre 2', 'pre 1', 'post 2', 'post 1', 'pre 1', 'post 2', 'post 1']);
});

test('a hook may be called although forward throws, once, and hides no error', () => {
  const module = new Broken();
  const seen: unknown[] = [];
  module.registerForwardHook(() => void seen.push('never'));
  module.registerForwardHook((_m, _args, output) => void seen.push(output), { alwaysCall: true });
  module.registerForwardHook(() => { throw new Error('other'); }, { alwaysCall: true }); // prettier-ignore
  expect(() => module(ones([1]))).toThrow('broken');
  expect(seen).toEqual([undefined]);
  const fine = new Double();
  fine.registerForwardHook((_m, _args, output) => void seen.push(output), { alwaysCall: true, prepend: true });
  fine.registerForwardHook(() => { throw new Error('late'); }); // prettier-ignore
  expect(() => fine(ones([1]))).toThrow('late');
  expect(seen).toHaveLength(2);
});

test('a hook sees the gradients of the outputs before the module does, the first registered first', () => {
  const module = new Double();
  const seen: unknown[] = [];
  module.registerFullBackwardPreHook((_m, [g]) => [(g as Tensor).mul(3)]);
  module.registerFullBackwardPreHook((_m, [g]) => void seen.push(g?.toArraySync()));
  module.registerFullBackwardHook(
    (_m, [gradIn], [gradOut]) => void seen.push(gradIn?.toArraySync(), gradOut?.toArraySync()),
  );
  const x = tensor([1], { requiresGrad: true });
  module(x).backward();
  expect(seen).toEqual([[3], [6], [3]]);
  expect(x.grad?.toArraySync()).toEqual([6]);
});

test('what a backward hook returns must fit', () => {
  const message = 'hook: 1 gradients flow here. Return as many tensors, or null where none does.';
  const run = (module: Double): void => module(tensor([1], { requiresGrad: true })).backward();
  const [more, number, none] = [new Double(), new Double(), new Double()];
  more.registerFullBackwardPreHook((_m, [g]) => [g, g] as Tensor[]);
  expect(() => run(more)).toThrow(message);
  number.registerFullBackwardHook(() => [3 as never]);
  expect(() => run(number)).toThrow(message);
  none.registerFullBackwardHook(() => []);
  expect(() => run(none)).toThrow(message);
});

test('hooks of every module run before its own, until they are removed', () => {
  const net = new Sequential(new Double(), new Double());
  const seen: string[] = [];
  const log = (what: string) => (module: Module) => void seen.push(`${what} ${module.constructor.name}`);
  const handles = [
    registerModuleForwardPreHook(log('pre')),
    registerModuleForwardHook(log('post')),
    registerModuleFullBackwardPreHook(log('backward pre')),
    registerModuleFullBackwardHook(log('backward')),
  ];
  net.registerForwardHook(() => void seen.push('own'));
  const x = tensor([1], { requiresGrad: true });
  const y = net(x);
  expect(seen).toEqual(['pre Sequential', 'pre Double', 'post Double', 'pre Double', 'post Double', 'post Sequential', 'own']); // prettier-ignore
  seen.length = 0;
  y.backward();
  expect(seen).toEqual([
    'backward pre Sequential', 'backward pre Double', 'backward Double', 'backward pre Double', 'backward Double',
    'backward Sequential',
  ]); // prettier-ignore
  for (const handle of handles) handle.remove();
  seen.length = 0;
  net(x).backward();
  expect(seen).toEqual(['own']);
  const failing = new Broken();
  const always = registerModuleForwardHook(log('always'), { alwaysCall: true });
  expect(() => failing(x)).toThrow('broken');
  always.remove();
  expect(seen).toEqual(['own', 'always Broken']);
});

describe('state dicts', () => {
  test('hooks see them being made, and change them', () => {
    const net = new Sequential(new Linear(1, 1));
    const seen: unknown[] = [];
    const layer = net.at(0);
    layer.registerStateDictPreHook((_m, prefix, keepVars) => void seen.push([prefix, keepVars]));
    layer.registerStateDictPostHook((_m, dict, prefix) => {
      dict[`${prefix}more`] = ones([1]);
    });
    net.registerStateDictPostHook((_m, dict) =>
      Object.fromEntries(Object.entries(dict).map(([key, t]) => [`model.${key}`, t])),
    );
    expect(Object.keys(net.stateDict({ prefix: 'a.' }))).toEqual([
      'model.a.0.weight',
      'model.a.0.bias',
      'model.a.0.more',
    ]);
    expect(seen).toEqual([['a.0.', false]]);
  });

  test('hooks change what is loaded, and forgive', () => {
    const net = new Sequential(new Linear(1, 1));
    const given = { '0.w': ones([1, 1]), '0.bias': zeros([1]), rest: ones([2]) };
    const handle = net.registerLoadStateDictPostHook((_m, keys) => {
      keys.unexpectedKeys.length = 0;
    });
    expect(() => net.loadStateDict(given)).toThrow('Missing keys: "0.weight".');
    net.at(0).registerLoadStateDictPreHook((_m, dict, prefix) => {
      dict[`${prefix}weight`] = dict[`${prefix}w`] as Tensor;
      Reflect.deleteProperty(dict, `${prefix}w`);
    });
    expect(net.loadStateDict(given)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect(Object.keys(given)).toEqual(['0.w', '0.bias', 'rest']);
    expect(net.getParameter('0.weight').toArraySync()).toEqual([[1]]);
    handle.remove();
    expect(() => net.loadStateDict(given)).toThrow('Unexpected keys: "rest".');
  });

  test('a module may keep more than parameters and buffers', () => {
    class Steps extends Module<[], void> {
      steps = 3;
      forward(): void {}
      override getExtraState(): Tensor {
        return tensor(this.steps);
      }
      override setExtraState(state: Tensor): void {
        this.steps = state.itemSync();
      }
    }
    class Net extends Module<[], void> {
      a = new Steps();
      forward(): void {}
    }
    const net = new Net();
    expect(Object.keys(net.stateDict())).toEqual(['a._extra_state']);
    expect(() => net.loadStateDict({})).toThrow('Missing keys: "a._extra_state".');
    net.loadStateDict({ 'a._extra_state': tensor([7]) });
    expect(net.a.steps).toBe(7);
  });
});

test('duplicates are named once, or by every path', () => {
  const layer = new Linear(1, 1);
  const net = new Sequential(layer, layer);
  const names = (list: readonly (readonly [string, unknown])[]): string[] => list.map(([name]) => name);
  expect(names(net.namedParameters())).toEqual(['0.weight', '0.bias']);
  expect(names(net.namedParameters({ removeDuplicate: false }))).toEqual(['0.weight', '0.bias', '1.weight', '1.bias']);
  expect(names(net.namedModules({ removeDuplicate: false, prefix: 'net' }))).toEqual(['net', 'net.0', 'net.1']);
});

test('modules are replaced by path, converted whole, and made anew', () => {
  const net = new Sequential(new Sequential(new Linear(1, 1)));
  net.setSubmodule('0.0', new Double());
  expect(String(net)).toBe('Sequential(\n  (0): Sequential(\n    (0): Double()\n  )\n)');
  expect(() => net.setSubmodule('', new Double())).toThrow('setSubmodule: the path is empty.');
  expect(() => net.setSubmodule('0.1', new Double())).toThrow('it has no "1", asked for by the path "0.1".');
  class Counter extends Module<[], Tensor> {
    count = this.registerBuffer('count', tensor([3], { dtype: 'int32' }));
    forward(): Tensor {
      return this.count;
    }
  }
  expect(new Counter().double()().dtype).toBe('int32');
  expect(new Counter().type('float64')().dtype).toBe('float64');
  const linear = new Linear(2, 3);
  const { weight } = linear;
  expect(linear.toEmpty(weight.device).weight).toBe(weight);
  expect([weight.shape, weight.requiresGrad]).toEqual([[3, 2], true]);
});
