import { input, program, type LoopProgram, type OperandType } from '@rushlight/core/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GpuBuffer } from './gpu-buffer.ts';
import { whyNoDriver } from './testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from './webgpu.ts';

const dense: OperandType = { dtype: 'float32', strides: '1', guards: [] };
const addOne = program<LoopProgram>({
  kind: 'loop',
  rowRank: 1,
  columnRank: 0,
  inputs: [dense],
  scalars: [],
  stages: [],
  outputs: [{ ...dense, per: 'element', expr: input(0, 'float32').add(1) }],
  checks: [],
});

describe.skipIf(whyNoDriver() !== undefined)('on a device', () => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    backend = await openWebGpu({});
  });
  afterAll(() => backend.dispose());

  test('what is kept for combinations of buffers is bounded, however many there are', async () => {
    const count = 70;
    const buffers = Array.from({ length: count }, () => backend.allocate('float32', 2));
    const strides = [1];
    buffers.forEach((buffer, k) => backend.write(buffer, Float32Array.of(k, -k)));
    const expected = buffers.map((_, k) => k);
    for (const [to, target] of buffers.entries()) {
      for (const [from, source] of buffers.entries()) {
        if (from === to) continue;
        const operands = [source, target].map((buffer) => ({ buffer, offset: 0, strides }));
        backend.run({ program: addOne, sizes: [1], operands, scalars: [] });
        expected[to] = (expected[from] ?? 0) + 1;
      }
    }
    const found = await Promise.all(buffers.map(async (buffer) => (await backend.read(buffer, 0, 2))[0]));
    expect(found).toEqual(expected);
    const kept = buffers.reduce((sum, buffer) => sum + (buffer instanceof GpuBuffer ? buffer.block.groups.size : 0), 0);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(2 * 4096);
    expect(count * (count - 1)).toBeGreaterThan(4096);
  });
});
