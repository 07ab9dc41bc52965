import { useBackend, type BackendName, type Device } from 'rushlight';
import type { Settings } from '../config/fields.ts';

/** Runs something on the backend that the settings name, and gives the backend back. `open` opens it once more, should it be lost. */
export async function onBackend<T>(
  settings: Settings,
  run: (device: Device, open: () => Promise<Device>) => Promise<T>,
): Promise<T> {
  const opened: Device[] = [];
  const open = async (): Promise<Device> => {
    const device = await openBackend(settings);
    opened.push(device);
    return device;
  };
  try {
    return await run(await open(), open);
  } finally {
    for (const device of opened) device.dispose();
  }
}

/** In a process of its own, V8 may be told to make wider vectors: where a trial says that it helps, it does. */
function openBackend({ backend = 'auto', threads }: Settings): Promise<Device> {
  const wasm = { revectorize: true, ...(threads !== undefined && { threads }) };
  const name: BackendName = backend;
  if (name === 'auto') return useBackend(name, { wasm });
  return name === 'wasm' ? useBackend(name, wasm) : useBackend(name);
}
