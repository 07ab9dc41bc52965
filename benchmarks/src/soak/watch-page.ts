// The loop in a page of Chromium, whose memory is what its renderer process has resident, and the process of the GPU where that computes.
// It is looked at from outside, by the clock: a page in one synchronous function cannot be asked.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  canReadResident,
  chromiumPath,
  launchChromium,
  processesOf,
  residentBytes,
  serve,
  type Loopback,
} from '@rushlight/test-support';
import { build } from 'vite';
import type { ChildOptions } from './child.ts';
import { samples, type Sample } from './flatness.ts';
import { steadyHeap } from './soak.ts';

/** Runs the loop in a page. Throws RangeError where there is no Chromium, or none whose memory can be read. */
export async function watchPage(options: ChildOptions, onSample: (sample: Sample) => void): Promise<Sample[]> {
  if (!canReadResident) throw new RangeError('the memory of a page can be read on Linux only.');
  if (!chromiumPath) throw new RangeError('no Chromium was found. Install one, or say where it is by CHROMIUM=path.');
  const folder = mkdtempSync(join(tmpdir(), 'rushlight-soak-'));
  const server = await serveBundle(folder);
  const onGpu = options.backend === 'webgpu';
  // On a program on the CPU, too, where there is no GPU.
  const browser = await launchChromium({ webgpu: onGpu, args: [`--js-flags=${steadyHeap.join(' ')}`] });
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    const watched = await processesOf(browser, { gpu: onGpu });
    const looks: { seconds: number; resident: number }[] = [];
    const started = performance.now();
    let isDone = false;
    const done = page
      .evaluate((given) => (globalThis as unknown as Page).soakInPage(given), options)
      .finally(() => (isDone = true));
    done.catch(() => {});
    while (!isDone) {
      looks.push({
        seconds: (performance.now() - started) / 1e3,
        resident: watched.reduce((sum, id) => sum + residentBytes(id), 0),
      });
      await sleep(50);
    }
    await done;
    const all = inSamples(looks, options.steps);
    all.forEach(onSample);
    return all;
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Page {
  soakInPage(options: ChildOptions): Promise<void>;
}

async function serveBundle(folder: string): Promise<Loopback> {
  const program = JSON.stringify(join(import.meta.dirname, 'page.ts'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./main.js"></script>');
  writeFileSync(join(folder, 'main.js'), `import { soakInPage } from ${program};\nglobalThis.soakInPage = soakInPage;`);
  await build({
    root: folder,
    base: './',
    logLevel: 'error',
    resolve: { conditions: ['@rushlight/source', 'module', 'browser', 'import', 'default'] },
    build: { outDir: 'out', target: 'es2022' },
  });
  return serve((request, response) => {
    const path = join(folder, 'out', request.url === '/' ? 'index.html' : decodeURI(request.url ?? ''));
    if (!existsSync(path)) return void response.writeHead(404).end();
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
    response.writeHead(200, { 'content-type': type, ...isolation }).end(readFileSync(path));
  });
}

/** The most of each fortieth of the time, as if steps all took as long. */
function inSamples(looks: readonly { seconds: number; resident: number }[], steps: number): Sample[] {
  const total = looks.at(-1)?.seconds ?? 0;
  return Array.from({ length: samples }, (_, k) => {
    const within = looks.filter(({ seconds }) => Math.ceil((samples * seconds) / total) === k + 1);
    const resident = Math.max(0, ...within.map((look) => look.resident));
    return { steps: Math.round((steps * (k + 1)) / samples), seconds: (total * (k + 1)) / samples, resident };
  }).filter(({ resident }) => resident > 0);
}
