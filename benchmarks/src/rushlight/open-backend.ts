import { cpu } from '@rushlight/backend-cpu';
import { useBackend, type BackendFactory, type Device } from 'rushlight';

/** What can be named. */
export const backendNames = ['cpu', 'wasm', 'wasm+revectorize', 'webgpu'] as const;

/** One of these backends, with a budget in bytes or the usual one, for `useBackend`. Throws RangeError for any other name. */
export async function openBackend(name: string, threads: number, budget?: number): Promise<BackendFactory | Device> {
  const options = budget === undefined ? {} : { budget };
  switch (name) {
    case 'cpu':
      return cpu(options);
    case 'wasm':
    case 'wasm+revectorize': {
      const { wasm } = await import('@rushlight/backend-wasm');
      return wasm({ threads, revectorize: name === 'wasm+revectorize', ...options });
    }
    case 'webgpu':
      return useBackend('webgpu', options);
    default:
      throw new RangeError(`there is no backend "${name}". Use ${backendNames.join(', ')}.`);
  }
}
