import {
  devices,
  openBackend,
  useBackend as use,
  ValueError,
  type BackendFactory,
  type BackendSource,
  type Device,
} from '@rushlight/core';

// Loaded when asked for, so that a bundle carries only what it uses.
const backends = {
  cpu: async (): Promise<BackendFactory> => (await import('@rushlight/backend-cpu')).cpu(),
};

/** A backend by its name, or `'auto'`: the fastest that runs here. */
export type BackendName = keyof typeof backends | 'auto';

/** Those that are being made at the moment, so that two who ask at once get one. */
const opening = new Map<string, Promise<Device>>();

function open(name: string, load: () => Promise<BackendFactory>): Promise<Device> {
  const known =
    opening.get(name) ??
    load()
      .then(openBackend)
      .finally(() => opening.delete(name));
  opening.set(name, known);
  return known;
}

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
  const device = devices().find((live) => live.name === name) ?? (await open(name, load));
  return use(device);
}
