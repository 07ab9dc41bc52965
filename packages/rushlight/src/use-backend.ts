import { useBackend as use, ValueError, type BackendFactory, type BackendSource, type Device } from '@rushlight/core';

// Loaded when asked for, so that a bundle carries only what it uses.
const backends = {
  cpu: async (): Promise<BackendFactory> => (await import('@rushlight/backend-cpu')).cpu(),
};

/** A backend by its name, or `'auto'`: the fastest that runs here. */
export type BackendName = keyof typeof backends | 'auto';

const made = new Map<string, Promise<Device>>();

/**
 * Makes a backend the one that new tensors live on: by name, or handed in. A backend named twice is made once. Throws
 * ValueError for a name that there is none of.
 *
 * @example
 * const device = await useBackend('auto');
 * console.log(`training on ${device.name}`);
 */
export async function useBackend(backend: BackendName | BackendSource | Device): Promise<Device> {
  if (typeof backend !== 'string') return use(backend);
  const name = backend === 'auto' ? 'cpu' : backend;
  const load = Object.hasOwn(backends, name) ? backends[name] : undefined;
  if (!load) {
    const names = ['auto', ...Object.keys(backends)].map((known) => `"${known}"`).join(', ');
    throw new ValueError('useBackend', `there is no backend "${String(backend)}". Use ${names}, or hand one in.`);
  }
  const device = made.get(name) ?? load().then(use);
  made.set(name, device);
  return use(await device);
}
