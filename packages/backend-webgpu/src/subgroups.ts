// How many neighbouring threads of a workgroup exchange values without its memory. WGSL does not say which threads form a subgroup, so a
// device is asked, once: kernels use what it has shown.

import type { AdapterInfo } from './adapter.ts';

const threads = 256;
const groups = 4;

/** Fails where lane n does not get what lane n ^ stride has, for any stride below the size of a subgroup. */
const probe = (size: number): string => `enable subgroups;
@group(0) @binding(0) var<storage, read_write> seen: array<atomic<u32>, 2>;
@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) lane: u32) {
  var wrong = 0u;
  for (var stride = 1u; stride < ${size}u; stride *= 2u) {
    wrong |= u32(subgroupShuffleXor(lane, stride) != (lane ^ stride));
  }
  atomicAdd(&seen[0], 1u);
  atomicOr(&seen[1], wrong);
}`;

/** So many neighbouring lanes, a power of two, that lie in one subgroup in any workgroup; 1 where the device has none, or orders them otherwise. */
export async function subgroupLanes(device: GPUDevice, { subgroupMinSize = 1 }: AdapterInfo): Promise<number> {
  if (!device.features.has('subgroups') || subgroupMinSize < 2) return 1;
  device.pushErrorScope('validation');
  const compute = { module: device.createShaderModule({ label: 'subgroups', code: probe(subgroupMinSize) }) };
  const pipeline = device.createComputePipeline({ label: 'subgroups', layout: 'auto', compute });
  const [seen, copy] = [0x80 | 4, 1 | 8].map((usage) => device.createBuffer({ size: 8, usage })) as [GPUBuffer, GPUBuffer]; // prettier-ignore
  const entries = [{ binding: 0, resource: { buffer: seen } }];
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(groups);
  pass.end();
  encoder.copyBufferToBuffer(seen, 0, copy, 0, 8);
  device.queue.submit([encoder.finish()]);
  const failure = device.popErrorScope();
  try {
    await copy.mapAsync(1 /* READ */);
    const [ran, wrong] = new Uint32Array(copy.getMappedRange());
    return (await failure) === null && ran === threads * groups && wrong === 0 ? subgroupMinSize : 1;
  } catch {
    return 1;
  } finally {
    seen.destroy();
    copy.destroy();
  }
}
