import { afterEach, expect, test, vi } from 'vitest';
import { whyNoSimd } from './features.ts';

afterEach(() => void vi.restoreAllMocks());

test('an engine that compiles small modules only is told from one that compiles kernels', () => {
  expect(whyNoSimd()).toBeUndefined();
  const compile = WebAssembly.Module;
  vi.spyOn(WebAssembly, 'Module').mockImplementation(function (bytes: BufferSource) {
    if (bytes.byteLength > 4096) throw new RangeError('the buffer size is larger than 4KB');
    return new compile(bytes);
  });
  expect(whyNoSimd()).toBe('WebAssembly may not be compiled here (the buffer size is larger than 4KB)');
});
