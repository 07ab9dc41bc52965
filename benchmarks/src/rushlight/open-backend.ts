import { cpu } from '@rushlight/backend-cpu';
import type { BackendFactory } from 'rushlight';

/** `cpu`, `wasm` or `wasm+revectorize`, with a budget in bytes or the usual one. */
export async function openBackend(name: string, threads: number, budget?: number): Promise<BackendFactory> {
  const options = budget === undefined ? {} : { budget };
  if (name === 'cpu') return cpu(options);
  const { wasm } = await import('@rushlight/backend-wasm');
  return wasm({ threads, revectorize: name === 'wasm+revectorize', ...options });
}
