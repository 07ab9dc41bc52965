import { ones, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import * as nn from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const numbers = (x: Tensor | null): number[] => [...(x?.dataSync() ?? [])].map(Number);

const {
  CELU, ELU, GELU, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyReLU, LogSigmoid, Mish, ReLU, ReLU6, SELU, Sigmoid, SiLU,
  Softplus, Softshrink, Softsign, Tanh, Tanhshrink,
} = nn; // prettier-ignore
const activations = {
  CELU, ELU, GELU, Hardshrink, Hardsigmoid, Hardswish, Hardtanh, LeakyReLU, LogSigmoid, Mish, ReLU, ReLU6, SELU, Sigmoid, SiLU,
  Softplus, Softshrink, Softsign, Tanh, Tanhshrink,
}; // prettier-ignore

describe.each(Object.entries(activations))('%s', (name, Activation) => {
  const values = [-30, -1.25, -0.4, 0, 0.4, 1.25, 30];

  test('is a class of its own name and a module', () => {
    const layer = new Activation();
    expect(Activation.name).toBe(name);
    expect(layer).toBeInstanceOf(Activation);
    expect(layer).toBeInstanceOf(nn.Module);
    expect(String(layer).startsWith(`${name}(`)).toBe(true);
  });

  test('in place has the same values and gradients, and overwrites', () => {
    const [x, z] = [tensor(values, { requiresGrad: true }), tensor(values, { requiresGrad: true })];
    const y = new Activation()(x);
    const target = z.mul(1);
    const overwritten = new Activation({ inplace: true })(target);
    expect(overwritten).toBe(target);
    expect(numbers(overwritten)).toEqual(numbers(y));
    y.sum().backward();
    overwritten.sum().backward();
    numbers(z.grad).forEach((g, k) => expect(g).toBeCloseTo(numbers(x.grad)[k] ?? NaN, 6));
  });
});

test('options are fields, and what they say when it is called counts', () => {
  const leaky = new nn.LeakyReLU({ negativeSlope: 0.5 });
  expectTypeOf(leaky.negativeSlope).toEqualTypeOf<number>();
  expectTypeOf(new nn.GELU().approximate).toEqualTypeOf<'none' | 'tanh'>();
  expectTypeOf(leaky).returns.toEqualTypeOf<Tensor>();
  // @ts-expect-error there is no such option
  expect(new nn.ReLU({ slope: 1 }).inplace).toBe(false);
  expect(numbers(leaky(tensor([-2])))).toEqual([-1]);
  leaky.negativeSlope = 0.25;
  expect(numbers(leaky(tensor([-2])))).toEqual([-0.5]);
});

test('Threshold, Softmax, LogSoftmax and GLU', () => {
  const x = tensor([[1, 2], [3, 5]]); // prettier-ignore
  expect(numbers(new nn.Threshold(2, -1)(x))).toEqual([-1, -1, 3, 5]);
  const y = x.clone();
  expect(new nn.Threshold(2, -1, { inplace: true })(y)).toBe(y);
  expect(numbers(new nn.Softmax(0)(x).sum(0))).toEqual([1, 1]);
  expect(numbers(new nn.LogSoftmax(1)(x).exp().sum(1)).map((v) => Math.round(v * 1e5) / 1e5)).toEqual([1, 1]);
  expect(numbers(new nn.GLU()(x))).toEqual(numbers(x.select(1, 0).mul(x.select(1, 1).sigmoid())));
  expect(() => new nn.GLU()(ones([2, 3]))).toThrow('glu: dim -1 of [2, 3] cannot be halved. Its size must be even.');
});

test('PReLU learns one slope, or one per channel', () => {
  const one = new nn.PReLU({ init: 0.5 });
  one(tensor([-2, 4, -6]))
    .sum()
    .backward();
  expect(numbers(one.weight.grad)).toEqual([-8]);
  const each = new nn.PReLU({ numParameters: 2 });
  const y = each(tensor([[[-4, 1]], [[-8, -4]]]).transpose(1, 2));
  expect(numbers(y)).toEqual([-1, 1, -2, -1]);
  y.sum().backward();
  expect(numbers(each.weight.grad)).toEqual([-12, -4]);
  expect(() => each(ones([2, 3]))).toThrow(
    'prelu: the weight [2] does not fit the input [2, 3]. Give 1 weight, or 3, one per channel.',
  );
  expect(() => new nn.PReLU({ numParameters: 0 })).toThrow('PReLU: numParameters is 0. It must be an integer ≥ 1.');
});
