// The pool in a page, bundled by Vite and run by Chromium: with any policy, with one that forbids workers from text, and where
// memory cannot be shared. Where no Chromium is found the suite says so and skips; REQUIRE_BROWSER=1 makes that a failure.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium, serve, type Loopback } from '@rushlight/test-support';
import { describeInChromium } from '@rushlight/test-support/suite';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

const source = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));

const program = `
import { openCrew, planThreads } from ${source('index.ts')};
import { busy, scene, sharedHeap, spoiled } from ${source('example-kernels.ts')};
import { threadBlock } from ${source('../machine.ts')};

async function work() {
  const { threads, reason } = await planThreads(3);
  if (reason) return { reason };
  const heap = sharedHeap();
  const { crew, started } = await openCrew({ threads, memory: heap.memory });
  const refused = await started;
  if (refused) return { reason: refused };
  const at = scene(crew, heap);
  heap.views.i32[at.machine.params / 4] = 100_000;
  const tookPart = (k) => heap.views.f32[(at.threads + k * threadBlock.size + 32) / 4] !== 0;
  const kernel = busy(at);
  for (let k = 0; k < 2000 && ![0, 1, 2].every(tookPart); k++) at.run(kernel, 12, 1);
  const parts = [0, 1, 2].map(tookPart);
  const trap = spoiled(at, 'others', 'trap');
  let failure;
  try {
    for (let k = 0; k < 2000; k++) at.run(trap, 12, 1);
  } catch (error) {
    failure = error.message;
  }
  crew.dispose();
  return { parts, failure };
}
globalThis.result = await work().catch((error) => ({ failure: String(error.stack) }));
`;

const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const headers: Record<string, Record<string, string>> = {
  open: isolated,
  strict: { ...isolated, 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'" },
  'not isolated': {},
};

describeInChromium('in a page', () => {
  let browser: Browser;
  let server: Loopback;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rushlight threads '));
    writeFileSync(join(folder, 'main.js'), program);
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./main.js"></script>');
    await build({
      root: folder,
      base: './',
      logLevel: 'error',
      resolve: { conditions: ['@rushlight/source'] },
      build: { outDir: 'out', target: 'es2022' },
    });
    server = await serve((request, response) => {
      const [, setting = '', ...rest] = decodeURI(request.url ?? '').split('/');
      const path = join(folder, 'out', rest.join('/') || 'index.html');
      const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
      if (!existsSync(path)) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': type, ...headers[setting] }).end(readFileSync(path));
    });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  async function run(setting: string): Promise<unknown> {
    const page = await browser.newPage();
    await page.goto(`${server.url}/${setting}/`);
    const done = await page.waitForFunction(() => (globalThis as { result?: unknown }).result, undefined, {
      timeout: 60_000,
    });
    const result = await done.jsonValue();
    await page.close();
    return result;
  }

  test.each(['open', 'strict'])('all threads take part, and their failures are heard (policy: %s)', async (setting) => {
    expect(await run(setting)).toEqual({
      parts: [true, true, true],
      failure: 'wasm: a kernel failed in another thread: RuntimeError: memory access out of bounds',
    });
  });

  test('where memory cannot be shared, it is said what the page lacks', async () => {
    expect(await run('not isolated')).toEqual({
      reason: expect.stringContaining('Cross-Origin-Embedder-Policy: require-corp'),
    });
  });
});
