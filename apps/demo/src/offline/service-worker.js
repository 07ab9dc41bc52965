// The service worker: the site works without a network after its first load, and is isolated from other origins, which gives wasm its
// threads, also where the host sends no headers. No library does the latter. The build fills in which files there are.

const version = VERSION;
const paths = PATHS;
/** Of this site: there may be others below the same host. */
const prefix = `rushlight ${self.registration.scope} `;
const cacheName = prefix + version;

/** Keeps all files or, where there is no room for them, none: the site is isolated then too, and needs a network. */
async function keep() {
  const cache = await caches.open(cacheName);
  // As the host has them now: what the browser has kept by itself may be of another version.
  const requests = paths.map((path) => new Request(path, { cache: 'reload' }));
  await cache.addAll(requests).catch(() => {});
}

/** Forgets the files of other versions. */
async function clean() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(others.map((name) => caches.delete(name)));
}

self.addEventListener('install', (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(clean().then(() => self.clients.claim()));
});

function isolated(response) {
  if (response.type === 'opaque' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

async function answer(event) {
  const { request } = event;
  const isPage = request.mode === 'navigate';
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request, { ignoreSearch: isPage });
  // There may be room, or a network, by now.
  if (!kept && isPage) event.waitUntil(keep());
  return isolated(kept ?? (await fetch(request)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(event));
});
