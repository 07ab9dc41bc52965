// Registers the service worker of a built site. A page that no header isolates is loaded again, once, under the worker's headers; not
// where something has been done in it by then.

import { signal } from '@preact/signals';

/** Whether wasm may share memory with threads here. */
export const isIsolated = globalThis.crossOriginIsolated;
/** Whether it would be if the page were loaded again. */
export const canBeIsolated = signal(false);
/** Whether the site opens without a network; undefined until that is known. */
export const isKept = signal<boolean | undefined>(undefined);

/** Of this site: there may be others below the same host. */
const reloaded = `rushlight-isolated ${location.pathname}`;

/** Whether the visitor has done something in the page. */
let isTouched = false;
for (const kind of ['pointerdown', 'keydown', 'drop']) {
  addEventListener(kind, () => (isTouched = true), { capture: true, once: true });
}

/** Resolves when it is known whether the site is kept. Where it is not, it works all the same, with a network. */
export async function keepOffline(): Promise<void> {
  if (import.meta.env.MODE === 'development') return;
  try {
    isKept.value = await keep();
  } catch {
    isKept.value = false; // a browser that refuses, as in private windows
  }
}

async function keep(): Promise<boolean> {
  await navigator.serviceWorker.register('./offline.js', { type: 'classic' });
  await navigator.serviceWorker.ready;
  const controlled = navigator.serviceWorker.controller ?? (await nextController());
  if (controlled && !isIsolated && !sessionStorage.getItem(reloaded)) {
    if (isTouched) canBeIsolated.value = true;
    else loadAgain();
  }
  // The worker keeps all files or none.
  return (await caches.match('./')) !== undefined;
}

export function loadAgain(): void {
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
