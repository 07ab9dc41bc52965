import { expect, test } from 'vitest';
import { workloads } from '../workloads/select.ts';
import { contenders, selectContenders } from './contenders.ts';

const names = (words: string[], options = {}): string[] => selectContenders(words, options).map(({ name }) => name);

test('a word means a contender or all that begin with it', () => {
  expect(names([])).toEqual(contenders.filter(({ gpu }) => !gpu).map(({ name }) => name));
  expect(names(['rushlight'])).toEqual(['rushlight-cpu', 'rushlight-wasm', 'rushlight-wasm-revectorize']);
  expect(names(['tfjs-cpu', 'torch'])).toEqual(['torch', 'torch-malloc', 'tfjs-cpu']);
  expect(() => names(['pytorch'])).toThrow('there is no contender "pytorch". Use some of: torch, ');
});

test('those on GPUs take part where a GPU is asked for, or when named in full', () => {
  const gpu = { gpu: true };
  expect(names([], gpu)).toEqual(['torch-cuda', 'rushlight-webgpu']);
  expect(names(['rushlight'], gpu)).toEqual(['rushlight-webgpu']);
  expect(names(['rushlight-wasm'], gpu)).toEqual(['rushlight-wasm']);
  expect(names(['rushlight-webgpu', 'tfjs'])).toEqual(['rushlight-webgpu', 'tfjs-wasm', 'tfjs-cpu']);
  expect(() => names(['tfjs'], gpu)).toThrow('there is no contender "tfjs" on a GPU. Use some of: torch, ');
});

test('who takes part in little by itself takes part in everything when named', () => {
  const joining = (word: string) =>
    workloads.filter((workload) => selectContenders([word]).every(({ joins }) => joins?.(workload) ?? true));
  expect(joining('onnx').every(({ kind }) => kind === 'matmul')).toBe(true);
  expect(joining('onnx-node')).toHaveLength(workloads.length);
});
