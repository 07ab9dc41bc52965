// Every workload on every backend that is there, one after the other.

import { manualSeed, useBackend, type Device } from 'rushlight';
import { measure } from './measure.ts';
import type { Measurable, Order, SpeedReport } from './protocol.ts';
import { workloads } from './workloads.ts';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A GPU if there is one; what else calls itself one is taken too, and told apart. */
async function open(backend: Measurable): Promise<{ device: Device; isSoftware: boolean }> {
  if (backend !== 'webgpu') return { device: await useBackend(backend), isSoftware: false };
  try {
    return { device: await useBackend('webgpu', { software: false }), isSoftware: false };
  } catch {
    return { device: await useBackend('webgpu'), isSoftware: true };
  }
}

export async function measureAll(
  { backends, seconds }: Order,
  report: (report: SpeedReport) => void,
  list = workloads,
): Promise<void> {
  for (const backend of backends) {
    let device: Device;
    let isSoftware: boolean;
    try {
      ({ device, isSoftware } = await open(backend));
    } catch (error) {
      report({ kind: 'unavailable', backend, reason: reasonOf(error) });
      continue;
    }
    report({ kind: 'device', backend, description: device.description, isSoftware });
    for (const { name: workload, amount, prepare } of list) {
      report({ kind: 'begin', backend, workload });
      manualSeed(0);
      try {
        const measured = await measure(prepare(), seconds);
        report({ kind: 'result', backend, workload, value: measured.perSecond * amount, measured });
      } catch (error) {
        report({ kind: 'failed', backend, workload, reason: reasonOf(error) });
      }
    }
    // Threads start later: only now is it known for sure what it ran with.
    report({ kind: 'device', backend, description: device.description, isSoftware });
    device.dispose();
  }
  report({ kind: 'done' });
}
