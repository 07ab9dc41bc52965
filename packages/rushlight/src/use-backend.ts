import {
  devices,
  openBackend,
  useBackend as use,
  ValueError,
  type BackendFactory,
  type BackendSource,
  type Device,
} from '@rushlight/core';
import type { CpuOptions } from '@rushlight/backend-cpu';
import type { WasmOptions } from '@rushlight/backend-wasm';
import type { WebGpuOptions } from '@rushlight/backend-webgpu';

/** What each backend may be told. */
export interface BackendOptions {
  readonly cpu: CpuOptions;
  readonly wasm: WasmOptions;
  readonly webgpu: WebGpuOptions;
}

// Loaded when asked for, so that a bundle carries only what it uses.
const backends: { readonly [N in keyof BackendOptions]: (options?: BackendOptions[N]) => Promise<BackendFactory> } = {
  webgpu: async (options) => (await import('@rushlight/backend-webgpu')).webgpu(options),
  wasm: async (options) => (await import('@rushlight/backend-wasm')).wasm(options),
  cpu: async (options) => (await import('@rushlight/backend-cpu')).cpu(options),
};

/** What `'auto'` tries, the fastest first. */
const preferred = ['webgpu', 'wasm', 'cpu'] as const satisfies readonly (keyof BackendOptions)[];

/** Why `'auto'` leaves a backend alone: what it says is not tried. A GPU that is a program on the CPU is slower than wasm. */
async function whyNot(name: keyof BackendOptions, options: Partial<BackendOptions>): Promise<string | undefined> {
  if (name !== 'webgpu') return undefined;
  return (await import('@rushlight/backend-webgpu')).whyNoAdapter({ software: false, ...options.webgpu });
}

/** A backend by its name, or `'auto'`: the fastest that runs here. */
export type BackendName = keyof BackendOptions | 'auto';

/** Every name that `useBackend` takes. */
export const backendNames: readonly BackendName[] = ['auto', ...preferred];

/** Those that are being made at the moment, so that two who ask at once get one. */
const opening = new Map<string, Promise<Device>>();

function open<N extends keyof BackendOptions>(name: N, options?: BackendOptions[N], note?: string): Promise<Device> {
  const make = async (): Promise<Device> => openBackend(await backends[name](options), note);
  if (options) return make();
  const live = devices().find((device) => device.name === name);
  // One that was just lost is in use no more.
  if (live) return Promise.race([live.lost, live]).then((found) => (found === live ? live : open(name, options, note)));
  const known = opening.get(name) ?? make().finally(() => opening.delete(name));
  opening.set(name, known);
  return known;
}

async function openAuto(options: Partial<BackendOptions>): Promise<Device> {
  const reasons: string[] = [];
  for (const name of preferred) {
    try {
      const why = await whyNot(name, options);
      if (why === undefined) return await open(name, options[name], reasons.join('; '));
      reasons.push(why);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new ValueError('useBackend', `no backend runs here. ${reasons.join(' ')}`);
}

/**
 * Makes a backend the one that new tensors live on: by name, or handed in. A backend named twice is made once, unless options are
 * given, for the one or, with `'auto'`, for each. `device.description` says what it runs with, and after `'auto'` why not something faster. With `'auto'` a GPU
 * that is a program on the CPU is passed over, unless `{ webgpu: { software: true } }` is given. Throws ValueError for a name that there is
 * none of; rejects with what a backend says that does not open: NoAdapterError of `@rushlight/backend-webgpu` where there is no GPU.
 *
 * @example
 * const device = await useBackend('auto');
 * console.log(`training on ${device.name} (${device.description})`);
 *
 * await useBackend('wasm', { threads: 1 });
 * await useBackend('webgpu', { powerPreference: 'low-power' });
 * await useBackend('auto', { wasm: { budget: 2 ** 30 } });
 */
export async function useBackend<N extends keyof BackendOptions>(name: N, options: BackendOptions[N]): Promise<Device>;
export async function useBackend(name: 'auto', options: Partial<BackendOptions>): Promise<Device>;
export async function useBackend(backend: BackendName | BackendSource | Device): Promise<Device>;
export async function useBackend(
  backend: BackendName | BackendSource | Device,
  options?: BackendOptions[keyof BackendOptions] | Partial<BackendOptions>,
): Promise<Device> {
  if (typeof backend !== 'string') return use(backend);
  if (backend === 'auto') return use(await openAuto((options ?? {}) as Partial<BackendOptions>));
  if (!Object.hasOwn(backends, backend)) {
    const names = backendNames.map((known) => `"${known}"`).join(', ');
    throw new ValueError('useBackend', `there is no backend "${String(backend)}". Use ${names}, or hand one in.`);
  }
  return use(await open(backend, options as BackendOptions[typeof backend]));
}
