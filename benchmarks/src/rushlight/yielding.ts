import type { Device } from 'rushlight';

/**
 * The step, which on a device that can only be read asynchronously yields as a loop over a DataLoader does: there the device may free what
 * was collected, and is waited for where it is far behind.
 */
export function yielding(step: () => unknown, device: Device): () => unknown {
  if (device.backend.readSync) return step;
  return async () => {
    step();
    await device.relieve();
  };
}
