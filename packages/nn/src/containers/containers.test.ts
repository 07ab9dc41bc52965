import { ones, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Flatten,
  Linear,
  Module,
  ModuleDict,
  ModuleList,
  Parameter,
  ParameterList,
  ReLU,
  Sequential,
} from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const keys = (module: Module): string[] => Object.keys(module.stateDict());

describe('Sequential', () => {
  test('runs its modules in order', () => {
    const net = new Sequential(new Flatten(), new Linear(4, 3), new ReLU());
    expect(net(ones([2, 2, 2])).shape).toEqual([2, 3]);
    expect(net.length).toBe(3);
    expect([...net]).toEqual([net.at(0), net.at(1), net.at(-1)]);
    const x = ones([1]);
    expect(new Sequential()(x)).toBe(x);
  });

  test('takes names, in the order given even where they are numbers', () => {
    const [a, b] = [new Linear(1, 2), new Linear(2, 3)];
    expect(keys(new Sequential({ first: a, second: b }))).toEqual([
      'first.weight', 'first.bias', 'second.weight', 'second.bias',
    ]); // prettier-ignore
    const numbered = new Sequential([['10', a], ['2', b]]); // prettier-ignore
    expect(numbered(ones([1])).shape).toEqual([3]);
    expect(keys(numbered)).toEqual(['10.weight', '10.bias', '2.weight', '2.bias']);
  });

  test('grows', () => {
    const net = new Sequential().append(new Linear(1, 2)).extend([new ReLU(), new Linear(2, 1)]);
    expect(keys(net)).toEqual(['0.weight', '0.bias', '2.weight', '2.bias']);
    net.registerModule('last', new ReLU());
    expect(net.getSubmodule('last')).toBe(net.at(3));
    expect(net.train(false).at(0).training).toBe(false);
  });

  test('says what is wrong', () => {
    expect(() => new Sequential(new ReLU(), ReLU as never)).toThrow('append: "1" is the function ReLU.');
    expect(() => new Sequential(ReLU as never)).toThrow('append: "0" is the function ReLU.');
    expect(() => new Sequential([new ReLU()] as never)).toThrow(
      'Sequential: it got modules in an array. Spread it: new nn.Sequential(...layers).',
    );
    expect(() => new Sequential({ 'a.b': new ReLU() })).toThrow('"a.b" cannot be a name');
    expect(() => new Sequential(new ReLU()).at(1)).toThrow('Sequential: there is no item 1 among 1. Use -1 … 0.');
    expect(() => new Sequential().at(0)).toThrow('Sequential: there is no item 0 among 0. Append one first.');
    expect(() => new Sequential(new ReLU()).at(0.5)).toThrow('there is no item 0.5');
  });
});

describe('ModuleList', () => {
  test('holds modules for a forward to call', () => {
    class Deep extends Module {
      layers = new ModuleList([1, 2, 3].map(() => new Linear(2, 2)));
      forward(x: Tensor) {
        let y = x;
        for (const layer of this.layers) y = layer(y);
        return y;
      }
    }
    const deep = new Deep();
    expect(deep(ones([1, 2])).shape).toEqual([1, 2]);
    expect(deep.parameters()).toHaveLength(6);
    expect(keys(deep)[5]).toBe('layers.2.bias');
  });

  test('inserts and renumbers', () => {
    const list = new ModuleList<Module>([new ReLU(), new ReLU()]);
    list.insert(1, new Linear(1, 1)).insert(-1, new Flatten());
    expect([...list].map((module) => module.constructor.name)).toEqual(['ReLU', 'Linear', 'Flatten', 'ReLU']);
    expect(keys(list)).toEqual(['1.weight', '1.bias']);
    expect(() => list.insert(5, new ReLU())).toThrow('insert: there is no place 5 among 4.');
  });

  test('cannot be called', () => {
    const call = new ModuleList([new ReLU()]) as unknown as (x: Tensor) => Tensor;
    expect(() => call(ones([1]))).toThrow('ModuleList: it is a list, which has no forward. Call what it holds');
  });
});

describe('ModuleDict', () => {
  test('holds modules by name, whatever the name', () => {
    const heads = new ModuleDict({ train: new Linear(1, 2), length: new Linear(1, 3) });
    expect(heads.get('train')(ones([1])).shape).toEqual([2]);
    expect([heads.length, heads.has('length'), heads.has('apply')]).toEqual([2, true, false]);
    expect(keys(heads)).toEqual(['train.weight', 'train.bias', 'length.weight', 'length.bias']);
    heads.set('third', new Linear(1, 4)).update([['train', new Linear(1, 5)]]);
    expect([...heads.keys()]).toEqual(['train', 'length', 'third']);
    expect(heads.get('train').outFeatures).toBe(5);
    expect(heads.delete('length')).toBe(true);
    expect([...heads].map(([name]) => name)).toEqual(['train', 'third']);
    expect([...heads.values()]).toHaveLength(2);
    expect(() => heads.get('length')).toThrow('ModuleDict: there is no module "length". It has "train", "third".');
  });
});

describe('ParameterList', () => {
  test('makes parameters of tensors', () => {
    const weight = new Parameter(ones([2]));
    const list = new ParameterList([weight, tensor([1, 2, 3])]);
    expect(list.at(0)).toBe(weight);
    expect(list.at(-1)).toBeInstanceOf(Parameter);
    class Net extends Module {
      scales = list;
      forward(x: Tensor) {
        return [...this.scales].reduce((y, scale) => y.mul(scale.sum()), x);
      }
    }
    const net = new Net();
    expect(net.namedParameters().map(([path]) => path)).toEqual(['scales.0', 'scales.1']);
    net(ones([1])).backward();
    expect(list.at(1).grad?.dataSync()).toEqual(new Float32Array([2, 2, 2]));
    expect(() => list.append(3 as never)).toThrow('append: 3 is no tensor');
  });
});
