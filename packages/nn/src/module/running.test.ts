import { noGrad, ones, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { Dropout, Linear, Module, ModuleError, Parameter, PReLU, ReLU, Sequential } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const x = (): Tensor => ones([1, 2]);

class Hidden extends Module {
  #fc = new Linear(2, 2);
  forward(x: Tensor) {
    return this.#fc(x);
  }
  get fc(): Linear {
    return this.#fc;
  }
}

describe('a layer that no module shows', () => {
  const message =
    'Hidden: its forward calls Linear(inFeatures=2, outFeatures=2, bias=true), which no module shows: a #private field or a variable ' +
    'holds it, so parameters(), stateDict() and eval() miss it. Make it a public field, or register it with ' +
    'registerModule(name, layer); if another optimizer trains it, call its parameters() before.';

  test('is named when it is called in a #private field, each time', () => {
    const hidden = new Hidden();
    for (let k = 0; k < 2; k++) expect(() => hidden(x())).toThrow(new ModuleError('Hidden', message.slice(8)));
    expect(() => new Sequential(new ReLU(), hidden)(x())).toThrow(message);
  });

  test('is found where it was handed to the constructor, in a closure, in a Map, or made on the fly', () => {
    class Wrapper extends Module {
      #inner: Module<[Tensor], Tensor>;
      constructor(inner: Module<[Tensor], Tensor>) {
        super();
        this.#inner = inner;
      }
      forward(x: Tensor) {
        return this.#inner(x);
      }
    }
    expect(() => new Wrapper(new Sequential(new ReLU(), new PReLU()))(x())).toThrow(
      'Wrapper: its forward calls Sequential(',
    );
    const outside = new Linear(2, 2);
    class Closure extends Module {
      forward(x: Tensor) {
        return outside(x);
      }
    }
    expect(() => new Closure()(x())).toThrow(ModuleError);
    class Mapped extends Module {
      layers = new Map([['a', new Linear(2, 2)]]);
      forward(x: Tensor) {
        return this.layers.get('a')?.(x);
      }
    }
    expect(() => new Mapped()(x())).toThrow(ModuleError);
    class OnTheFly extends Module {
      forward(x: Tensor) {
        return new Linear(2, 2)(x);
      }
    }
    expect(() => new OnTheFly()(x())).toThrow(ModuleError);
  });

  test('is no matter where it has nothing to train, or nothing is trained', () => {
    class Quiet extends Module {
      #relu = new Sequential(new ReLU());
      forward(x: Tensor) {
        return this.#relu(x);
      }
    }
    expect(new Quiet()(x()).shape).toEqual([1, 2]);
    const frozen = new Hidden();
    frozen.fc.requiresGrad_(false);
    expect(frozen(x()).shape).toEqual([1, 2]);
    expect(noGrad(() => new Hidden()(x())).shape).toEqual([1, 2]);
  });

  test('is an error too where eval() would not reach it, whether gradients are recorded or not', () => {
    class Noisy extends Module {
      #noise = new Sequential(new ReLU(), new Dropout());
      forward(x: Tensor) {
        return this.#noise(x);
      }
    }
    expect(() => new Noisy().eval()(x())).toThrow('Noisy: its forward calls Sequential(');
    expect(() => noGrad(() => new Noisy()(x()))).toThrow(ModuleError);
  });

  test('may be trained by somebody who asks for its parameters', () => {
    const hidden = new Hidden();
    expect(hidden.fc.parameters()).toHaveLength(2);
    hidden(x());
  });

  test('does not leave the stack changed behind it', () => {
    expect(() => new Hidden()(x())).toThrow(ModuleError);
    new Linear(2, 2)(x());
    class Throws extends Module {
      forward(_x: Tensor): Tensor {
        throw new Error('by itself');
      }
    }
    expect(() => new Throws()(x())).toThrow('by itself');
    new Linear(2, 2)(x());
  });
});

describe('a layer of someone else', () => {
  class Borrower extends Module {
    lender: (() => Module<[Tensor], Tensor>) | undefined;
    forward(x: Tensor) {
      return this.lender?.()(x) ?? x;
    }
  }

  test('works where the grandparent shows it', () => {
    class Grandparent extends Module {
      shared = new Linear(2, 2);
      middle = new Sequential(new Borrower());
      forward(x: Tensor) {
        return this.middle(x);
      }
    }
    const top = new Grandparent();
    (top.middle.at(0) as Borrower).lender = () => top.shared;
    expect(top(x()).shape).toEqual([1, 2]);
  });

  test('works as an argument, in an array or object or within another module too', () => {
    class Caller extends Module {
      forward(given: unknown, pick: (given: unknown) => Module<[Tensor], Tensor>) {
        return pick(given)(x());
      }
    }
    const call = new Caller();
    const layer = (): Linear => new Linear(2, 2);
    type Layer = Module<[Tensor], Tensor>;
    call(layer(), (given) => given as Layer);
    call([layer()], (given) => (given as Layer[])[0]!);
    call({ layer: layer() }, (given) => (given as { layer: Layer }).layer);
    class Holder extends Module {
      inner = layer();
      forward(x: Tensor) {
        return this.inner(x);
      }
    }
    call(new Holder(), (given) => (given as Holder).inner);
    expect(() => call(layer(), () => layer())).toThrow(ModuleError);
  });

  test('works in hooks', () => {
    const probe = new Linear(2, 1);
    const before = new Linear(2, 2);
    const inner = new Linear(2, 2);
    let probed: Tensor | undefined;
    inner.registerForwardHook((_module, _args, output) => void (probed = probe(output)));
    inner.registerForwardPreHook((_module, [x]) => [before(x)]);
    new Sequential(inner, new ReLU())(x());
    expect(probed?.shape).toEqual([1, 1]);
  });

  test('works when it is registered after a failure', () => {
    class Late extends Module {
      extra: Linear | undefined;
      scale = new Parameter(ones([2]));
      layer = new Linear(2, 2);
      forward(x: Tensor) {
        return (this.extra ?? this.layer)(x).mul(this.scale);
      }
    }
    const late = new Late();
    late(x());
    late.extra = new Linear(2, 2);
    late(x());
    expect(late.parameters()).toHaveLength(5);
  });
});
