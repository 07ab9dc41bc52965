import { ones, openBackend, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Linear, Module, Parameter, Sequential, StateDictError } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

class Net extends Module {
  fc = new Linear(2, 2);
  mean = this.registerBuffer('mean', zeros([2]));
  scratch = this.registerBuffer('scratch', zeros([2]), { persistent: false });
  scale = new Parameter(ones([1]));
  forward(x: Tensor) {
    return this.fc(x).sub(this.mean).mul(this.scale);
  }
}

const values = async (x: Tensor): Promise<number[]> => [...(await x.data())].map(Number);

test('has parameters, then persistent buffers, then children', () => {
  expect(Object.keys(new Net().stateDict())).toEqual(['scale', 'mean', 'fc.weight', 'fc.bias']);
  expect(Object.keys(new Sequential(new Net()).stateDict({ prefix: 'model.' }))[2]).toBe('model.0.fc.weight');
});

test('shares memory without history, or holds the parameters themselves', () => {
  const net = new Net();
  const state = net.stateDict();
  expect(state['fc.weight']).not.toBe(net.fc.weight);
  expect(state['fc.weight']?.storage).toBe(net.fc.weight.storage);
  expect(state['fc.weight']?.requiresGrad).toBe(false);
  expect(net.stateDict({ keepVars: true })['fc.weight']).toBe(net.fc.weight);
});

test('is copied into the parameters that are there, of any dtype and layout', async () => {
  const net = new Net();
  const { weight } = net.fc;
  const wide = tensor([[1, 2], [3, 4]], { dtype: 'float64' }).t(); // prettier-ignore
  const dict = { ...new Net().stateDict(), 'fc.weight': wide };
  expect(net.loadStateDict(dict)).toEqual({ missingKeys: [], unexpectedKeys: [] });
  expect(net.fc.weight).toBe(weight);
  expect(await values(weight)).toEqual([1, 3, 2, 4]);
  expect([weight.dtype, weight.requiresGrad, weight.isLeaf]).toEqual(['float32', true, true]);
});

test('that does not fit is refused wholly', async () => {
  const net = new Net();
  const dict = { mean: ones([2]), 'fc.weight': zeros([3, 2]), scale: zeros([]), extra: ones([1]), toString: ones([1]) };
  let error: unknown;
  try {
    net.loadStateDict(dict);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(StateDictError);
  expect((error as StateDictError).message).toBe(
    'loadStateDict: the state dict does not fit Net. Pass { strict: false } to load the keys that are in both.\n' +
      '\tMissing keys: "fc.bias".\n' +
      '\tUnexpected keys: "extra", "toString".\n' +
      '\tsize mismatch for scale: [] in the dict, [1] in the module.\n' +
      '\tsize mismatch for fc.weight: [3, 2] in the dict, [2, 2] in the module.',
  );
  expect(error).toMatchObject({ missingKeys: ['fc.bias'], unexpectedKeys: ['extra', 'toString'] });
  expect(await values(net.mean)).toEqual([0, 0]);
});

test('may have other keys with strict: false, but not other sizes', async () => {
  const net = new Net();
  const found = net.loadStateDict({ mean: ones([2]), extra: ones([1]) }, { strict: false });
  expect(found).toEqual({ missingKeys: ['scale', 'fc.weight', 'fc.bias'], unexpectedKeys: ['extra'] });
  expect(await values(net.mean)).toEqual([1, 1]);
  expect(() => net.loadStateDict({ mean: ones([3]) }, { strict: false })).toThrow(
    'loadStateDict: the state dict does not fit Net.\n\tsize mismatch for mean: [3] in the dict, [2] in the module.',
  );
});

test('must hold tensors on the device of the module', async () => {
  const net = new Net();
  expect(() => net.loadStateDict({ mean: [1, 2] as never }, { strict: false })).toThrow(
    '"mean" is 1,2. It must be a tensor.',
  );
  const other = await openBackend(reference());
  expect(() => net.loadStateDict({ mean: zeros([2], { device: other }) }, { strict: false })).toThrow(
    'loadStateDict: "mean" is on "reference" in the dict, on "reference" in Net. Move it with `await t.to("reference")`.',
  );
  expect(await values(net.mean)).toEqual([0, 0]);
});

test('carries shared tensors under each of their names', async () => {
  class Tied extends Module {
    a = new Linear(1, 1, { bias: false });
    b = new Linear(1, 1, { bias: false });
    forward(x: Tensor) {
      return this.b(this.a(x));
    }
  }
  const tied = new Tied();
  tied.b.weight = tied.a.weight;
  tied.loadStateDict({ 'a.weight': tensor([[1]]), 'b.weight': tensor([[2]]) });
  expect(await values(tied.a.weight)).toEqual([2]);
});
