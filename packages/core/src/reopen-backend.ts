import { defaultDevice, devices, useBackend, type Device } from './device.ts';
import { DeviceError } from './errors.ts';

/** What took the place of lost devices. */
const successors = /* @__PURE__ */ new WeakMap<Device, Promise<Device>>();

/**
 * Opens the backend of a device that was lost or disposed once more, by the factory that it came from; the new device is the default
 * one if the lost one was. Whoever asks for the same gets the same; what is in use is given back as it is. Rejects with DeviceError for
 * a device whose backend was handed in without a factory, and with what the factory throws.
 *
 * @example
 * const reason = await device.lost;
 * const next = await reopenBackend(device);
 */
export async function reopenBackend(device: Device): Promise<Device> {
  // Who was lost says so at once.
  await Promise.race([device.lost, undefined]);
  if (devices().includes(device)) return device;
  const next = await successorOf(device);
  if (!devices().includes(next)) return reopenBackend(next);
  if (isDefault(device)) await useBackend(next);
  return next;
}

function successorOf(device: Device): Promise<Device> {
  const known = successors.get(device);
  if (known) return known;
  if (!device.again) {
    throw new DeviceError(
      'reopenBackend',
      `nobody knows how to make another "${device.name}": it was handed in as a backend. Hand in a factory: \`useBackend({ name, create })\`.`,
    );
  }
  const next = device.again();
  successors.set(device, next);
  next.catch(() => successors.delete(device));
  return next;
}

function isDefault(device: Device): boolean {
  try {
    return defaultDevice() === device;
  } catch {
    // There is none.
    return false;
  }
}
