import { ones, openBackend, tensor, tidy, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Linear, Module } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

class Net extends Module {
  fc = new Linear(2, 1);
  mean = this.registerBuffer('mean', ones([1]));
  steps = this.registerBuffer('steps', tensor([3], { dtype: 'int32' }));
  forward(x: Tensor) {
    return this.fc(x).sub(this.mean);
  }
}

test('to(dtype) converts floats and leaves the parameters the same objects', async () => {
  const net = new Net();
  const before = net.parameters();
  net(ones([1, 2])).backward();
  const weight = [...(await net.fc.weight.data())];
  expect(net.to('float64')).toBe(net);
  expect(net.parameters()).toEqual(before);
  expect(Object.values(net.stateDict()).map((t) => t.dtype)).toEqual(['float64', 'int32', 'float64', 'float64']);
  expect(net.fc.weight.grad?.dtype).toBe('float64');
  expect([...(await net.fc.weight.data())]).toEqual(weight);
  net(ones([1, 2], { dtype: 'float64' })).backward();
  expect(await net.fc.weight.grad?.toArray()).toEqual([[2, 2]]);
  expect(net.half().mean.dtype).toBe('float16');
  expect(net.float().fc.bias?.dtype).toBe('float32');
  expect(net.double().fc.bias?.requiresGrad).toBe(true);
});

test('keeps what is frozen frozen, and survives a tidy around it', async () => {
  const net = new Net().requiresGrad_(false);
  tidy(() => void net.double());
  expect(net.fc.weight.requiresGrad).toBe(false);
  expect((await net.fc.weight.data()).length).toBe(2);
});

test('to(dtype) refuses what no layer computes in', () => {
  expect(() => new Net().to('int32')).toThrow(
    'to: a module computes in floats, not int32. Use float32, float64 or float16.',
  );
});

test('to(device) moves everything, shared buffers once', async () => {
  const net = new Net();
  net.registerBuffer('again', net.mean);
  net(ones([1, 2])).backward();
  const before = net.parameters();
  const device = await openBackend(reference());
  expect(await net.to(device)).toBe(net);
  expect(net.parameters()).toEqual(before);
  expect(Object.values(net.stateDict()).every((t) => t.device === device)).toBe(true);
  expect(net.getBuffer('again')).toBe(net.mean);
  expect(net.fc.weight.grad?.device).toBe(device);
  net(zeros([1, 2], { device })).backward();
  expect(await net.fc.bias?.grad?.toArray()).toEqual([2]);
});

test('to(device) of a device that is not there rejects', async () => {
  await expect(new Net().to('nowhere')).rejects.toThrow('no backend "nowhere" is in use');
});
