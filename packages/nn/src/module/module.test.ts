import { ones, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { Linear, Module, ModuleList, Parameter, ReLU, Sequential } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

class Net extends Module {
  override name = 'net';
  scale = new Parameter(ones([1]));
  body = new Sequential(new Linear(3, 4), new ReLU(), new Linear(4, 2, { bias: false }));
  override length = 7;
  seen = this.registerBuffer('seen', zeros([]));
  cache = this.registerBuffer('cache', zeros([2]), { persistent: false });
  #calls = 0;
  note: string | null = null;

  forward(x: Tensor) {
    this.#calls++;
    return this.body(x).mul(this.scale);
  }

  get calls(): number {
    return this.#calls;
  }
}

describe('an instance', () => {
  test('is a function with the prototype of its class', () => {
    const net = new Net();
    expect(typeof net).toBe('function');
    expect(net).toBeInstanceOf(Net);
    expect(net).toBeInstanceOf(Module);
    expect(net(ones([5, 3])).shape).toEqual([5, 2]);
    expect(net.calls).toBe(1);
  });

  test('has its own fields as keys in the order of definition, name and length too', () => {
    const net = new Net();
    expect(Object.keys(net)).toEqual(['training', 'name', 'scale', 'body', 'length', 'seen', 'cache', 'note']);
    expect([net.name, net.length]).toEqual(['net', 7]);
    expect(Reflect.ownKeys(new ReLU())).toEqual(['training', 'inplace']);
  });

  test('can be awaited, because it is not a promise', async () => {
    const net = new Net();
    expect(await Promise.resolve(net)).toBe(net);
  });

  test('knows its types from forward', () => {
    class Pair extends Module {
      fc = new Linear(2, 2);
      forward(x: Tensor, options: { twice?: boolean } = {}) {
        return { y: options.twice ? this.fc(this.fc(x)) : this.fc(x), n: 1 };
      }
    }
    const pair = new Pair();
    expectTypeOf(pair).parameter(0).toExtend<Tensor>();
    expectTypeOf(pair).parameter(1).toEqualTypeOf<{ twice?: boolean } | undefined>();
    expectTypeOf(pair).returns.toEqualTypeOf<{ y: Tensor; n: number }>();
    expectTypeOf<Linear>().toBeCallableWith(ones([2]));
    expectTypeOf<Pair>().toExtend<Module>();
    expectTypeOf<Linear>().toExtend<Module<[Tensor], Tensor>>();
    expectTypeOf<Linear>().toExtend<Module<[Tensor], Tensor | Tensor[]>>();
    expectTypeOf<Pair>().toExtend<Module<[Tensor], { y: Tensor }>>();
    expectTypeOf<Linear>().not.toExtend<Module<[string], Tensor>>();
    expectTypeOf<Linear>().not.toExtend<Module<[Tensor], string>>();
    expectTypeOf<Net['forward']>().returns.toEqualTypeOf<Tensor>();
    expectTypeOf(new ModuleList([new Linear(1, 1)]).at(0)).toEqualTypeOf<Linear>();
    // @ts-expect-error a number is no tensor
    expect(() => pair(1)).toThrow(TypeError);
    // @ts-expect-error an argument is missing
    expect(() => pair()).toThrow(TypeError);
    // @ts-expect-error a Module without forward
    class Empty extends Module {}
    expect(() => (new Empty() as unknown as ReLU)(ones([1]))).toThrow(
      'Empty: it has no forward. Write `forward(x) { … }` in the class.',
    );
  });
});

describe('what a module holds', () => {
  test('is found by path, in the order of definition', () => {
    const net = new Net();
    const paths = ['scale', 'body.0.weight', 'body.0.bias', 'body.2.weight'];
    expect(net.namedParameters().map(([path]) => path)).toEqual(paths);
    expect(net.parameters()).toEqual(paths.map((path) => net.getParameter(path)));
    expect(net.namedParameters({ recurse: false }).map(([path]) => path)).toEqual(['scale']);
    expect(net.namedParameters({ prefix: 'a.b' })[1]?.[0]).toBe('a.b.body.0.weight');
    expect(net.namedBuffers().map(([path]) => path)).toEqual(['seen', 'cache']);
    expect(net.buffers({ recurse: false })).toEqual([net.seen, net.cache]);
    expect(net.namedModules().map(([path]) => path)).toEqual(['', 'body', 'body.0', 'body.1', 'body.2']);
    expect(net.modules()[0]).toBe(net);
    expect(net.namedChildren()).toEqual([['body', net.body]]);
    expect(net.body.children()).toEqual([...net.body]);
    expect(net.getSubmodule('')).toBe(net);
    expect(net.getSubmodule('body.2')).toBe(net.body.at(2));
    expect(net.getBuffer('seen')).toBe(net.seen);
  });

  test('is counted once where it is held twice', () => {
    class Tied extends Module {
      a = new Linear(2, 2);
      b = this.a;
      c = new Linear(2, 2);
      forward(x: Tensor) {
        return this.c(this.b(this.a(x)));
      }
    }
    const tied = new Tied();
    tied.c.weight = tied.a.weight;
    expect(tied.namedParameters().map(([path]) => path)).toEqual(['a.weight', 'a.bias', 'c.bias']);
    expect(tied.namedModules().map(([path]) => path)).toEqual(['', 'a', 'c']);
    expect(tied.namedChildren().map(([name]) => name)).toEqual(['a', 'c']);
    expect(Object.keys(tied.stateDict())).toEqual(['a.weight', 'a.bias', 'b.weight', 'b.bias', 'c.weight', 'c.bias']);
  });

  test('follows what the fields hold now', () => {
    const net = new Net();
    net.body.at(0).registerParameter('bias', null);
    net.seen = ones([3]);
    expect(net.namedParameters().map(([path]) => path)).not.toContain('body.0.bias');
    expect(net.buffers()[0]).toBe(net.seen);
  });

  test('may contain a reference back up', () => {
    class Child extends Module {
      parent: Module | undefined;
      forward(x: Tensor) {
        return x;
      }
    }
    class Parent extends Module {
      child = new Child();
      forward(x: Tensor) {
        return this.child(x);
      }
    }
    const parent = new Parent();
    parent.child.parent = parent;
    expect(parent.modules()).toHaveLength(2);
    expect(() => parent.stateDict()).toThrow(
      'stateDict: the module at "child.parent" contains itself. Do not keep a parent in a field.',
    );
  });

  test('is refused in plain arrays and objects, unless it is reached otherwise', () => {
    class Stack extends Module {
      first = new Linear(1, 1);
      last = [this.first];
      layers: unknown = [];
      forward(x: Tensor) {
        return x;
      }
    }
    const stack = new Stack();
    expect(stack.parameters()).toHaveLength(2);
    const inArray =
      'Stack: its field "layers" holds modules in a plain array or object, where parameters() and stateDict() do not find them. ' +
      'Use new nn.ModuleList([…]) or new nn.ModuleDict({…}).';
    stack.layers = [new ReLU(), new Linear(1, 1)];
    for (const look of [
      () => stack.parameters(),
      () => stack.stateDict(),
      () => stack.train(),
      () => stack.modules(),
    ]) {
      expect(look).toThrow(inArray);
    }
    stack.layers = { a: new Linear(1, 1) };
    expect(() => new Sequential(stack).parameters()).toThrow(inArray);
    stack.layers = [new Parameter(ones([1]))];
    expect(() => stack.parameters()).toThrow('Use new nn.ParameterList([…]).');
    stack.layers = [ones([1]), 'text', null];
    expect(stack.parameters()).toHaveLength(2);
  });

  test('is named in errors where a path leads nowhere', () => {
    const net = new Net();
    expect(() => net.getSubmodule('body.7')).toThrow(
      'Sequential: it has no "7", asked for by the path "body.7". It has "0", "1", "2".',
    );
    expect(() => net.getParameter('body')).toThrow(
      'Net: it has no "body", asked for by the path "body". It has "scale".',
    );
    expect(() => net.getBuffer('body.0.weight')).toThrow('Linear: it has no "weight"');
  });
});

describe('registration', () => {
  test('adds under names that are not written as fields', () => {
    const net = new Net();
    const extra = new Linear(1, 1);
    net.registerModule('extra', extra);
    net.addModule('more', new ReLU());
    net.registerParameter('p', new Parameter(ones([2])));
    expect(net.getSubmodule('extra')).toBe(extra);
    expect(Object.keys(net.stateDict())).toEqual([
      'scale', 'p', 'seen', 'body.0.weight', 'body.0.bias', 'body.2.weight', 'extra.weight', 'extra.bias',
    ]); // prettier-ignore
    net.registerParameter('p', null);
    net.registerModule('extra', null);
    expect(Object.keys(net.stateDict())).toHaveLength(5);
  });

  test('refuses names that are taken or cannot be in a path, and values of the wrong kind', () => {
    const net = new Net();
    const p = new Parameter(ones([1]));
    expect(() => net.registerParameter('train', p)).toThrow(
      'registerParameter: "train" is already something else in Net',
    );
    expect(() => net.registerParameter('body', p)).toThrow('already something else');
    expect(() => net.registerModule('scale', new ReLU())).toThrow('already something else');
    expect(() => net.registerBuffer('scale', zeros([1]))).toThrow('already something else');
    expect(() => net.registerModule('a.b', new ReLU())).toThrow('"a.b" cannot be a name: a path is split at its dots');
    expect(() => net.registerBuffer('', zeros([1]))).toThrow('"" cannot be a name: it is empty');
    expect(() => net.registerModule('x', ReLU as never)).toThrow(
      'registerModule: "x" is the function ReLU. It must be an instance of a Module.',
    );
    expect(() => net.registerParameter('x', zeros([1]))).toThrow('registerParameter: "x" is no Parameter');
    expect(() => new Parameter(tensor([1], { dtype: 'int32' }))).toThrow('only floats can require gradients');
    expect(new Parameter(tensor([1], { dtype: 'int32' }), { requiresGrad: false }).requiresGrad).toBe(false);
  });
});

describe('what is done to all of it', () => {
  test('train and eval reach every sub-module', () => {
    const net = new Net();
    expect(net.eval()).toBe(net);
    expect(net.modules().map((module) => module.training)).toEqual([false, false, false, false, false]);
    expect(net.train().body.at(1).training).toBe(true);
  });

  test('apply visits children first', () => {
    const names: string[] = [];
    expect(new Net().apply((module) => void names.push(module.constructor.name))).toBeInstanceOf(Net);
    expect(names).toEqual(['Linear', 'ReLU', 'Linear', 'Sequential', 'Net']);
  });

  test('requiresGrad_ freezes, zeroGrad clears', async () => {
    const net = new Net();
    const loss = (): Tensor => net(ones([1, 3])).sum();
    net.body.requiresGrad_(false);
    loss().backward();
    expect(net.parameters().map((p) => p.grad !== null)).toEqual([true, false, false, false]);
    net.requiresGrad_();
    loss().backward();
    expect(net.parameters().every((p) => p.grad !== null)).toBe(true);
    const before = net.scale.grad;
    net.zeroGrad({ setToNone: false });
    expect(await net.scale.grad?.data()).toEqual(new Float32Array([0]));
    expect(net.scale.grad?.storage).toBe(before?.storage);
    net.zeroGrad();
    expect(net.parameters().map((p) => p.grad)).toEqual([null, null, null, null]);
    net.zeroGrad({ setToNone: false });
    expect(net.scale.grad).toBeNull();
  });
});
