import { expect, test } from 'vitest';
import { findAdapter, readAnswer } from './find-gpu.ts';

test('the answer is told from what drivers print', () => {
  expect(readAnswer('Warning: old\n{"adapter":"a card"}\n', '')).toEqual({ name: 'a card' });
  expect(readAnswer('{"why":"webgpu: no adapter."}', '')).toEqual({ why: 'webgpu: no adapter' });
  expect(readAnswer('', 'at x\nError: no module\n')).toEqual({ why: 'WebGPU could not be asked: Error: no module' });
  expect(readAnswer('', '')).toEqual({ why: 'WebGPU could not be asked: no answer' });
});

test('there is an adapter, or why there is none', () => {
  const found = findAdapter(true);
  expect('name' in found ? found.name : found.why).toMatch(/float16|^webgpu: |^WebGPU could not be asked: /);
});
