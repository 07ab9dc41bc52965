// The service worker: the site works without a network after its first load, and is isolated from other origins, which gives wasm its
// threads, also where the host sends no headers. No library does the latter. The build fills in which files there are.

const version = VERSION;
const paths = PATHS;
/** Of this site: there may be others below the same host. */
const prefix = `rushlight ${self.registration.scope} `;
const cacheName = prefix + version;

/** Whether there was no room when it was tried last. */
let isFull = false;

/** Keeps all files or none, and tells which. */
async function keep() {
  try {
    const cache = await caches.open(cacheName);
    if (await cache.match('./')) return true;
    // As the host has them now: what the browser has kept by itself may be of another version.
    await cache.addAll(paths.map((path) => new Request(path, { cache: 'reload' })));
    return true;
  } catch (error) {
    isFull = error.name === 'QuotaExceededError';
    await caches.delete(cacheName).catch(() => {});
    return false;
  }
}

/** What is kept of other versions, the latest last. */
async function others() {
  const names = await caches.keys().catch(() => []);
  return names.filter((name) => name.startsWith(prefix) && name !== cacheName);
}

const forget = (names) => Promise.all(names.map((name) => caches.delete(name)));

async function install() {
  if (!(await keep())) {
    const versions = await others();
    // Better a version that needs a network than an old one for ever; but not for a network that failed.
    if (versions.length > 0 && !isFull) throw new Error('Not all files could be fetched: the version before stays.');
    await forget(versions);
    await keep();
  }
  await self.skipWaiting();
}

/** Pages that are open may want files of the version before. */
async function activate() {
  await forget((await others()).slice(0, -1));
  await self.clients.claim();
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

function isolated(response) {
  if (response.type === 'opaque' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

async function find(request, isPage) {
  try {
    const own = await caches.match(request, { cacheName, ignoreSearch: isPage });
    return own ?? (isPage ? undefined : await caches.match(request));
  } catch {
    return undefined; // there is the network
  }
}

async function answer(event) {
  const { request } = event;
  const isPage = request.mode === 'navigate';
  const kept = await find(request, isPage);
  // The network may be there again by now.
  if (!kept && isPage && !isFull) event.waitUntil(keep());
  return isolated(kept ?? (await fetch(request)));
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(event));
});
