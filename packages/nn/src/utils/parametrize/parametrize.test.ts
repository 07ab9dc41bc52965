// What the norms compute is compared with PyTorch's in packages/conformance; here is the mechanism.

import { noGrad, ones, randn, tensor, triu, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { Linear, Module, Parameter } from '../../index.ts';
import {
  cached, isParametrized, registerParametrization, removeParametrizations, transferParametrizationsAndParams,
  typeBeforeParametrizations,
} from './index.ts'; // prettier-ignore
import { orthogonal, spectralNorm, weightNorm } from './parametrizations.ts';

beforeAll(() => useBackend(reference()));

let calls = 0;
class Symmetric extends Module<[x: Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    calls++;
    return triu(x).add(triu(x, { diagonal: 1 }).t());
  }
}
class Doubled extends Module<[x: Tensor], Tensor> {
  forward(x: Tensor): Tensor {
    return x.mul(2);
  }
  rightInverse(x: Tensor): Tensor {
    return x.div(2);
  }
}
class Halves extends Module<[a: Tensor, b: Tensor], Tensor> {
  forward(a: Tensor, b: Tensor): Tensor {
    return a.add(b);
  }
  rightInverse(x: Tensor): Tensor[] {
    return [x.div(2), x.div(2)];
  }
}

describe('registerParametrization', () => {
  test('computes a parameter whenever it is read, and trains what it is computed from', async () => {
    const layer = new Linear(2, 2);
    const { weight } = layer;
    expect(registerParametrization(layer, 'weight', new Symmetric())).toBe(layer);
    expect(Object.keys(layer.stateDict())).toEqual(['bias', 'parametrizations.weight.original']);
    expect(layer.parameters()).toContain(weight);
    const [[, b], [c]] = (await layer.weight.toArray()) as [[number, number], [number, number]];
    expect(b).toBe(c);
    layer(ones([1, 2]))
      .sum()
      .backward();
    expect(weight.grad?.shape).toEqual([2, 2]);
    expect([isParametrized(layer), isParametrized(layer, 'weight'), isParametrized(layer, 'bias')]).toEqual([true, true, false]); // prettier-ignore
    expect(layer).toBeInstanceOf(Linear);
    expect(typeBeforeParametrizations(layer)).toBe(Linear);
    expect(String(layer)).toContain('ParametrizedLinear(');
    expect(() => (layer.weight = weight)).toThrow('rightInverse: Symmetric has no rightInverse');
  });

  test('several are applied in turn, and inverted the other way', async () => {
    const layer = new Linear(2, 2);
    for (let k = 0; k < 2; k++) registerParametrization(layer, 'weight', new Doubled());
    (layer as { weight: Tensor }).weight = ones([2, 2]);
    expect(await layer.getParameter('parametrizations.weight.original').toArray()).toEqual([[0.25, 0.25], [0.25, 0.25]]); // prettier-ignore
    expect(await layer.weight.toArray()).toEqual([[1, 1], [1, 1]]); // prettier-ignore
  });

  test('keeps the value where there is an inverse, and the parameter', async () => {
    const layer = new Linear(2, 2);
    const before = await layer.weight.toArray();
    const { weight } = layer;
    registerParametrization(layer, 'weight', new Doubled());
    expect(await layer.weight.toArray()).toEqual(before);
    expect(layer.getParameter('parametrizations.weight.original')).toBe(weight);
    removeParametrizations(layer, 'weight');
    expect(layer.weight).toBe(weight);
    expect([await weight.toArray(), isParametrized(layer), layer.constructor]).toEqual([before, false, Linear]);
  });

  test('several tensors may stand for one', async () => {
    const layer = new Linear(2, 2);
    const before = await layer.weight.toArray();
    registerParametrization(layer, 'weight', new Halves());
    expect(layer.namedParameters().map(([name]) => name)).toEqual(['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']); // prettier-ignore
    expect(() => removeParametrizations(layer, 'weight', { leaveParametrized: false })).toThrow(
      'is computed from 2 tensors',
    );
    removeParametrizations(layer, 'weight');
    expect(layer.weight).toBeInstanceOf(Parameter);
    expect(await layer.weight.toArray()).toEqual(before);
  });

  test('buffers too, in the dtype they have', async () => {
    class Counter extends Module<[], Tensor> {
      count = this.registerBuffer('count', ones([2]));
      forward(): Tensor {
        return this.count;
      }
    }
    const module = registerParametrization(new Counter(), 'count', new Doubled()).double();
    expect(Object.keys(module.stateDict())).toEqual(['parametrizations.count.original']);
    expect([module().dtype, await module().toArray()]).toEqual(['float64', [1, 1]]);
    expect(removeParametrizations(module, 'count').buffers()).toHaveLength(1);
  });

  test('says what does not fit', () => {
    class Wrong extends Module<[x: Tensor], Tensor> {
      forward(x: Tensor): Tensor {
        return x.sum(0);
      }
    }
    const layer = new Linear(2, 3);
    expect(() => registerParametrization(layer, 'weight', new Wrong())).toThrow(
      'registerParametrization: what the parametrization gives is float32 [2], the tensor float32 [3, 2]. Make them alike, or pass { unsafe: true }.',
    );
    expect(isParametrized(layer)).toBe(false);
    expect(layer.weight.shape).toEqual([3, 2]);
    expect(registerParametrization(layer, 'weight', new Wrong(), { unsafe: true }).weight.shape).toEqual([2]);
    expect(() => registerParametrization(new Linear(2, 2), 'wait', new Wrong())).toThrow('has no parameter or buffer "wait". It has "weight", "bias".'); // prettier-ignore
    expect(() => removeParametrizations(layer, 'bias')).toThrow('removeParametrizations: "bias" of');
    expect(() => registerParametrization(layer, 'bias', Doubled as never)).toThrow(
      'registerParametrization: "bias" is the function Doubled. It must be an instance of a Module.',
    );
  });

  test('changes nothing where it refuses', async () => {
    class Lossy extends Doubled {
      override forward(x: Tensor): Tensor {
        return x.sum(0);
      }
    }
    const layer = new Linear(2, 2);
    const before = await layer.weight.toArray();
    expect(() => registerParametrization(layer, 'weight', new Lossy())).toThrow('Make them alike');
    expect(await layer.weight.toArray()).toEqual(before);
  });
});

test('cached computes once, in async functions too', async () => {
  const layer = registerParametrization(new Linear(2, 2), 'weight', new Symmetric());
  calls = 0;
  cached(() => [layer.weight, cached(() => layer.weight), layer(ones([1, 2]))]);
  expect(calls).toBe(1);
  await cached(async () => {
    await Promise.resolve();
    expect(layer.weight).toBe(layer.weight);
  });
  expect(calls).toBe(2);
  expect(() => cached(() => { throw new Error('x'); })).toThrow('x'); // prettier-ignore
  expect(layer.weight).not.toBe(layer.weight);
});

test('cached is for its own task and mode of gradients', async () => {
  const layer = weightNorm(new Linear(2, 2));
  const x = ones([1, 2]);
  const waiting = cached(async () => {
    const first = layer.weight;
    await Promise.resolve();
    expect(layer.weight).toBe(first);
  });
  layer(x).sum().backward();
  layer(x).sum().backward();
  await waiting;
  const [outside, inside] = cached(() => [noGrad(() => layer.weight), layer.weight]);
  expect([outside.requiresGrad, inside.requiresGrad]).toEqual([false, true]);
});

describe('transferParametrizationsAndParams', () => {
  test('shares what a tensor is computed from and by', async () => {
    const [from, to] = [orthogonal(new Linear(2, 2)), new Linear(2, 2)];
    weightNorm(from, { name: 'bias' });
    const before = await from.weight.toArray();
    expect(transferParametrizationsAndParams(from, to)).toBe(to);
    expect([await from.weight.toArray(), await to.weight.toArray()]).toEqual([before, before]);
    expect(Object.keys(to.stateDict())).toEqual(Object.keys(from.stateDict()));
    expect(to.parameters()).toEqual(from.parameters());
    registerParametrization(to, 'weight', new Doubled());
    expect(await from.weight.toArray()).toEqual(before);
  });

  test('takes one name, and refuses what is not there', () => {
    const [from, to] = [weightNorm(new Linear(2, 3)), new Linear(1, 1)];
    weightNorm(from, { name: 'bias' });
    transferParametrizationsAndParams(from, to, { tensorName: 'weight' });
    expect([to.weight.shape, isParametrized(to, 'bias')]).toEqual([[3, 2], false]);
    expect(() => transferParametrizationsAndParams(from, to)).toThrow(
      'is parametrized already. Call removeParametrizations',
    );
    expect(() => transferParametrizationsAndParams(to, from, { tensorName: 'bias' })).toThrow(
      'is not parametrized. Check the name.',
    );
    expect(transferParametrizationsAndParams(new Linear(1, 1), new Linear(1, 1))).toBeInstanceOf(Linear);
  });
});

test('norms say what does not fit', () => {
  expect(() => weightNorm(new Linear(2, 2), { dim: 2 })).toThrow('weightNorm: dim is 2 for a tensor of 2 dims.');
  expect(() => spectralNorm(new Linear(2, 2), { dim: 2 })).toThrow(
    'spectralNorm: dim is 2 for a tensor of 2 dims. Use -2 … 1.',
  );
  expect(() => orthogonal(new Linear(2, 2), { name: 'bias' })).toThrow(
    'orthogonal: "bias" has shape [2]. It must be a matrix',
  );
  const fixed = orthogonal(new Linear(2, 2), { orthogonalMap: 'cayley', useTrivialization: false });
  expect(() => ((fixed as { weight: Tensor }).weight = ones([2, 2]))).toThrow(
    'nothing can be assigned to the map "cayley"',
  );
  const free = orthogonal(new Linear(2, 2));
  expect(() => ((free as { weight: Tensor }).weight = ones([2, 3]))).toThrow('a value of shape [2, 3] is assigned. It must be [2, 2].'); // prettier-ignore
});

test('weight norm as a parametrization has sizes and directions', async () => {
  const layer = new Linear(3, 2, { dtype: 'float64' });
  layer.weight.detach().copy_(tensor([[3, 0, 4], [0, 2, 0]], { dtype: 'float64' })); // prettier-ignore
  weightNorm(layer);
  expect(await layer.getParameter('parametrizations.weight.original0').toArray()).toEqual([[5], [2]]);
  expect(await layer.weight.toArray()).toEqual([[3, 0, 4], [0, 2, 0]]); // prettier-ignore
  layer(randn([2, 3], { dtype: 'float64' }))
    .sum()
    .backward();
  expect(layer.getParameter('parametrizations.weight.original1').grad?.shape).toEqual([2, 3]);
});
