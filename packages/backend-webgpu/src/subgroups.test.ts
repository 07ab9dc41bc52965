import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findAdapter } from './adapter.ts';
import { subgroupLanes } from './subgroups.ts';
import { whyNoDriver } from './testing/driver.ts';
import { openWebGpu, type WebGpuBackend } from './webgpu.ts';

describe.skipIf(whyNoDriver() !== undefined)('neighbours in a subgroup', () => {
  let backend: WebGpuBackend;
  let device: GPUDevice;
  beforeAll(async () => {
    backend = await openWebGpu({});
    ({ device } = backend.queue);
  });
  afterAll(() => backend.dispose());

  test('are as many as the adapter says, where they are neighbours', async () => {
    const { info, features } = await findAdapter({});
    const size = info.subgroupMinSize ?? 1;
    expect(await subgroupLanes(device, info)).toBe(features.has('subgroups') ? size : 1);
    // Twice as many are in two subgroups: what they would exchange is not theirs.
    expect(await subgroupLanes(device, { ...info, subgroupMinSize: 2 * size })).toBe(1);
    expect(await subgroupLanes(device, { ...info, subgroupMinSize: 1 })).toBe(1);
  });

  test('are none where the device has no subgroups, or is gone', async () => {
    const { info } = await findAdapter({});
    const without = await (await findAdapter({})).requestDevice();
    expect(await subgroupLanes(without, info)).toBe(1);
    without.destroy();
    const gone = await openWebGpu({});
    gone.dispose();
    expect(await subgroupLanes(gone.queue.device, info)).toBe(1);
  });
});
