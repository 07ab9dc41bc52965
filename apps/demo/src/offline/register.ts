// Registers the service worker of a built site. A page that no header isolates is loaded again, once, under the worker's headers.

import { signal } from '@preact/signals';

export type Isolation = 'isolated' | 'not isolated';

/** Whether wasm may share memory with threads here. */
export const isolation = signal<Isolation>(globalThis.crossOriginIsolated ? 'isolated' : 'not isolated');

const reloaded = 'rushlight-isolated';

/** Resolves when the site is kept for use without a network; rejects where the browser refuses, as in private windows. */
export async function keepOffline(): Promise<void> {
  if (import.meta.env.MODE === 'development' || !('serviceWorker' in navigator)) return;
  await navigator.serviceWorker.register('./offline.js', { type: 'classic' });
  await navigator.serviceWorker.ready;
  const controlled = navigator.serviceWorker.controller ?? (await nextController());
  if (globalThis.crossOriginIsolated || !controlled || sessionStorage.getItem(reloaded)) return;
  sessionStorage.setItem(reloaded, 'yes');
  location.reload();
}

const nextController = (): Promise<ServiceWorker | null> =>
  new Promise((resolve) => {
    navigator.serviceWorker.addEventListener('controllerchange', () => resolve(navigator.serviceWorker.controller), {
      once: true,
    });
    setTimeout(() => resolve(navigator.serviceWorker.controller), 3000);
  });
