import { cpu } from '@rushlight/backend-cpu';
import type { BackendFactory } from 'rushlight';

/** `cpu`, `wasm` or `wasm+revectorize`. */
export async function openBackend(name: string, threads: number): Promise<BackendFactory> {
  if (name === 'cpu') return cpu();
  const { wasm } = await import('@rushlight/backend-wasm');
  return wasm({ threads, revectorize: name === 'wasm+revectorize' });
}
