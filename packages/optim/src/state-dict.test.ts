import { ones, tensor, useBackend, zeros, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import { Adam } from './adam.ts';
import { SGD } from './sgd.ts';

beforeAll(() => useBackend(reference()));

const leaf = (data: number[], dtype: 'float32' | 'float64' = 'float32'): Tensor =>
  tensor(data, { dtype, requiresGrad: true });

function stepped(params: Tensor[]): Adam {
  const optimizer = new Adam(params, { lr: 0.5 });
  for (const p of params) p.grad = ones(p.shape, { dtype: p.dtype });
  optimizer.step();
  return optimizer;
}

test('has the structure and the names of PyTorch', () => {
  const params = [leaf([1]), leaf([1, 2])];
  const { state, param_groups } = stepped(params).stateDict();
  expect(Object.keys(state)).toEqual(['0', '1']);
  expect(Object.keys(state[1] ?? {})).toEqual(['step', 'exp_avg', 'exp_avg_sq']);
  expect(param_groups).toEqual([
    expect.objectContaining({ lr: 0.5, betas: [0.9, 0.999], weight_decay: 0, params: [0, 1] }),
  ]);
});

test('is loaded as a copy, with the dtype of the parameters', () => {
  const saved = stepped([leaf([1, 2])]).stateDict();
  const x = leaf([1, 2], 'float64');
  const optimizer = new Adam([x], { lr: 9, betas: [0.5, 0.5] });
  optimizer.loadStateDict(saved);
  expect(optimizer.paramGroups[0]?.lr).toBe(0.5);
  expect(optimizer.paramGroups[0]?.betas).toEqual([0.9, 0.999]);
  expect(optimizer.paramGroups[0]?.params).toEqual([x]);
  const state = optimizer.state.get(x);
  expect(state?.step).toBe(1);
  expect(state?.expAvg.dtype).toBe('float64');
  x.grad = ones([2], { dtype: 'float64' });
  optimizer.step();
  expect(String(saved.state[0]?.['exp_avg'])).toBe('tensor([0.1000, 0.1000])');
});

test('a step count that PyTorch keeps in a tensor becomes a number', () => {
  const optimizer = stepped([leaf([1])]);
  const { state, param_groups } = optimizer.stateDict();
  optimizer.loadStateDict({ state: { 0: { ...state[0], step: tensor(7) } }, param_groups });
  expect(optimizer.stateDict().state[0]?.['step']).toBe(7);
});

test('state that a converted or moved model left behind is refused until it is brought along', () => {
  const x = leaf([1, 2]);
  const optimizer = stepped([x]);
  const wide = tensor([1, 2], { dtype: 'float64' });
  Object.assign(x, { storage: wide.storage, grad: wide.detach() });
  expect(() => optimizer.step()).toThrow(
    'Adam: the state of a parameter is float32 [2] on "reference", the parameter float64 [2] on "reference": it was converted or moved since. ' +
      'Do that before the first step, or bring the state along by `optimizer.loadStateDict(optimizer.stateDict())`.',
  );
  optimizer.loadStateDict(optimizer.stateDict());
  optimizer.step();
  expect(optimizer.state.get(x)).toMatchObject({ step: 2, expAvg: { dtype: 'float64' } });
});

test('state on another device is brought over', async () => {
  const saved = stepped([leaf([1, 2])]).stateDict();
  const other = await useBackend({ ...reference(), name: 'other' });
  const x = leaf([1, 2]);
  const optimizer = new Adam([x]);
  optimizer.loadStateDict(saved);
  expect(optimizer.state.get(x)?.expAvg.device).toBe(other);
  await useBackend(reference());
});

test('refusals leave the optimizer as it was', () => {
  const optimizer = stepped([leaf([1, 2])]);
  const { state, param_groups } = optimizer.stateDict();
  const [group] = param_groups;
  expect(() => optimizer.loadStateDict({ weight: zeros([2]) } as never)).toThrow(
    'Adam: the state dict has no "state" and "param_groups". Pass what the stateDict() of an optimizer returned.',
  );
  expect(() => optimizer.loadStateDict({ state, param_groups: [] })).toThrow(
    'Adam: the state dict has 0 parameter groups, the optimizer 1. They must be equal.',
  );
  expect(() => optimizer.loadStateDict({ state, param_groups: [{ ...group, params: [0, 1] }] })).toThrow(
    "Adam: group 0 of the state dict has 2 parameters, the optimizer's 1. They must be equal.",
  );
  expect(() => optimizer.loadStateDict({ state: { 0: { momentum_buffer: null } }, param_groups })).toThrow(
    'Adam: the state of parameter 0 has no step (it has momentum_buffer). Load the state of an optimizer of the same kind.',
  );
  expect(() => optimizer.loadStateDict({ state: { 0: { ...state[0], exp_avg: zeros([3]) } }, param_groups })).toThrow(
    'Adam: exp_avg of parameter 0 has shape [3], the parameter [2]. They must be equal.',
  );
  expect(() => optimizer.loadStateDict({ state, param_groups: [{ params: [0], lr: -1 }] })).toThrow(
    'Adam: lr is -1. It must be ≥ 0.',
  );
  expect(optimizer.stateDict()).toEqual({ state, param_groups });
});

test('SGD without momentum has no buffer, as in PyTorch', () => {
  const x = leaf([1]);
  const optimizer = new SGD([x], { lr: 1 });
  x.grad = ones([1]);
  optimizer.step();
  expect(optimizer.stateDict().state).toEqual({ 0: { momentum_buffer: null } });
});
