import { expect, test } from 'vitest';
import { selectWorkloads, workloads } from './select.ts';

const names = (...words: string[]): string[] => selectWorkloads(words).map(({ name }) => name);

test('a word means a workload, a group, or all that begin with it', () => {
  expect(names()).toEqual(workloads.filter(({ gpu }) => gpu !== 'only').map(({ name }) => name));
  expect(names('tiny')).toEqual(['tiny']);
  expect(names('cnn', 'mlp-adam')).toEqual(['mlp-adam', 'cnn-sgd', 'cnn-adadelta']);
  expect(names('matmul')).toHaveLength(7);
  expect(names('training')).toHaveLength(7);
});

test('an unknown word is refused with the names there are', () => {
  expect(() => names('tiny', 'mpl')).toThrow('there is no workload "mpl". Use training, kernels, or some of: tiny, ');
});

test('GPUs have workloads of their own, and some of the others', () => {
  const gpu = selectWorkloads([], { gpu: true });
  expect(gpu.map(({ name }) => name)).toEqual(expect.arrayContaining(['mlp-sgd', 'cnn-adadelta', 'charlm', 'registers-gpu', 'matmul-8192'])); // prettier-ignore
  expect(gpu.every(({ gpu: where }) => where !== undefined)).toBe(true);
  expect(selectWorkloads(['matmul'], { gpu: true })).toHaveLength(9);
  expect(names('matmul-8192')).toEqual(['matmul-8192']);
});

test('names are their own', () => {
  expect(new Set(workloads.map(({ name }) => name)).size).toBe(workloads.length);
});
