import { expect, test } from 'vitest';
import { selectWorkloads, workloads } from './select.ts';

const names = (...words: string[]): string[] => selectWorkloads(words).map(({ name }) => name);

test('a word means a workload, a group, or all that begin with it', () => {
  expect(names()).toEqual(workloads.map(({ name }) => name));
  expect(names('tiny')).toEqual(['tiny']);
  expect(names('cnn', 'mlp-adam')).toEqual(['mlp-adam', 'cnn-sgd', 'cnn-adadelta']);
  expect(names('matmul')).toHaveLength(7);
  expect(names('training')).toHaveLength(7);
});

test('an unknown word is refused with the names there are', () => {
  expect(() => names('tiny', 'mpl')).toThrow('there is no workload "mpl". Use training, kernels, or some of: tiny, ');
});

test('names are their own', () => {
  expect(new Set(names()).size).toBe(workloads.length);
});
