// How a worker reaches who has started it, in a page and in Node.

import { ValueError } from '@rushlight/core';

/** Posts and hears messages. */
export interface ParentPort {
  post(message: unknown, moved: ArrayBufferLike[]): void;
  listen(hear: (message: unknown) => void): void;
}

interface PageScope {
  readonly WorkerGlobalScope?: unknown;
  postMessage(message: unknown, moved: ArrayBufferLike[]): void;
  addEventListener(type: 'message', hear: (event: { readonly data: unknown }) => void): void;
}

interface NodePort {
  postMessage(message: unknown, moved: ArrayBufferLike[]): void;
  on(type: 'message', hear: (message: unknown) => void): void;
}

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: string): unknown;
}

/** The port of this worker. Throws a ValueError where this is none. */
export async function parentPort(): Promise<ParentPort> {
  const scope = globalThis as unknown as PageScope & { readonly process?: NodeProcess };
  if (scope.WorkerGlobalScope !== undefined) {
    return {
      post: (message, moved) => scope.postMessage(message, moved),
      listen: (hear) => scope.addEventListener('message', ({ data }) => hear(data)),
    };
  }
  const { process } = scope;
  const port = process?.versions?.node ? await nodePort(process) : undefined;
  if (port) {
    return {
      post: (message, moved) => port.postMessage(message, moved),
      listen: (hear) => port.on('message', hear),
    };
  }
  throw new ValueError(
    'serveDataset',
    'this is no worker. Call it in the module that `new Worker(…)` of a DataLoader starts.',
  );
}

async function nodePort(process: NodeProcess): Promise<NodePort | null | undefined> {
  const name = 'node:worker_threads';
  // Before 20.16 there is only the import, of a name that bundlers shall not look up.
  const threads = process.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ name));
  return (threads as { readonly parentPort: NodePort | null }).parentPort;
}
