// The conformance suite by the schedules of a GPU, and with no more than every one gives: adapters that are programs on the CPU would choose
// others by themselves. A small part of it, in brief, unless ENGINES=all.

import { testBackend } from '@rushlight/backend-testkit';
import { openAs } from './indexed/against-reference.ts';
import { whyNoDriver } from './testing/driver.ts';
import type { WebGpuBackend } from './webgpu.ts';

const all = process.env.ENGINES === 'all';
const features = {
  software: false,
  workgroupThreads: 256,
  workgroupBytes: 16384,
  storageBuffers: 8,
  bindingBytes: 2 ** 27,
};

/** With grids so small that they are folded, as those of large tensors are. */
async function create(): Promise<WebGpuBackend> {
  const backend = await openAs(features, { budget: 2 ** 28 });
  Object.defineProperty(backend.queue.device.limits, 'maxComputeWorkgroupsPerDimension', { value: 7 });
  return backend;
}

testBackend({
  name: 'webgpu, as of a GPU',
  create,
  unavailable: whyNoDriver(),
  brief: !all,
  oneIn: all ? 2 : 48,
});
