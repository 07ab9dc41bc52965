// The same loop in a page and in a worker of one: bundled by Vite, run by Chromium, with and without leave to make code at run
// time, and to share memory.
// Where no Chromium is found the suite says so and skips; REQUIRE_BROWSER=1 makes that a failure.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium, serve, type Loopback } from '@rushlight/test-support';
import { describeInChromium } from '@rushlight/test-support/suite';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

const source = fileURLToPath(new URL('index.ts', import.meta.url));

const program = `
import { data, manualSeed, nn, optim, randn, useBackend } from ${JSON.stringify(source)};
const { name, description } = await useBackend('auto');
manualSeed(0);
const points = randn([320, 10]);
const loader = new data.DataLoader(new data.TensorDataset(points, points.sum(1).gt(0).to('int32')), { batchSize: 32, shuffle: true });
const model = new nn.Sequential(new nn.Linear(10, 5), new nn.ReLU(), new nn.Linear(5, 2));
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
let last;
for (let epoch = 0; epoch < 15; epoch++) {
  for await (const [x, target] of loader) {
    optimizer.zeroGrad();
    const loss = nn.functional.crossEntropy(model(x), target);
    loss.backward();
    optimizer.step();
    last = await loss.item();
  }
}
const result = { name, description, last };
if (globalThis.document) globalThis.result = result;
else postMessage(result);
`;

/** A page whose DataLoader has workers. */
const loading: Record<string, string> = {
  'squares.js': `
import { data } from ${JSON.stringify(source)};
export class Squares extends data.Dataset {
  length = 10;
  get(index) {
    return data.getWorkerInfo() ? index * index : -1;
  }
}
`,
  'squares.worker.js': `
import { data, useBackend } from ${JSON.stringify(source)};
import { Squares } from './squares.js';
await useBackend('cpu');
await data.serveDataset(new Squares());
`,
  'loader.js': `
import { data, useBackend } from ${JSON.stringify(source)};
import { Squares } from './squares.js';
await useBackend('cpu');
const worker = () => new Worker(new URL('./squares.worker.js', import.meta.url), { type: 'module' });
const batches = [];
for await (const batch of new data.DataLoader(new Squares(), { batchSize: 4, numWorkers: 2, worker })) {
  batches.push(await batch.toArray());
}
globalThis.result = batches;
`,
};

/** Runs the same in a worker. */
const starter = `
const worker = new Worker('/main.js', { type: 'module' });
worker.onmessage = ({ data }) => (globalThis.result = data);
worker.onerror = ({ message }) => setTimeout(() => { throw new Error(message); });
`;

const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const policy = (value: string) => ({ 'content-security-policy': value });

/** Pages by what they may do, and what the backend is then. */
const pages: Record<string, { headers: Record<string, string>; name: string; description: RegExp }> = {
  open: {
    headers: {},
    name: 'wasm',
    description: /^1 thread, .*; wasm: one thread, since memory cannot be shared here/,
  },
  wasm: { headers: policy("script-src 'self' 'wasm-unsafe-eval'"), name: 'wasm', description: /^1 thread, / },
  strict: {
    headers: policy("script-src 'self'"),
    name: 'cpu',
    description:
      /^plain JavaScript, kernels as closures; webgpu: .+; wasm: WebAssembly may not be compiled here \(.+\). Use the cpu backend\.$/,
  },
  isolated: { headers: isolated, name: 'wasm', description: /^\d+ threads, / },
  worker: { headers: isolated, name: 'wasm', description: /^\d+ threads, / },
};

/** The scripts of pages that have others. */
const starts: Record<string, string> = { '/worker': '/start.js', '/loader': '/loader.js' };

describeInChromium('in a page', () => {
  let browser: Browser;
  let server: Loopback;
  let folder: string;
  /** Scripts by their path. */
  const scripts = new Map([['/start.js', starter]]);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rushlight page '));
    writeFileSync(join(folder, 'main.js'), program);
    const built = await build({
      root: folder,
      logLevel: 'error',
      resolve: { conditions: ['@rushlight/source'] },
      build: {
        write: false,
        target: 'es2022',
        lib: { entry: join(folder, 'main.js'), formats: ['es'] },
        rollupOptions: { output: { codeSplitting: false } },
      },
    });
    const [{ output }] = built as unknown as [{ output: { code?: string }[] }];
    scripts.set('/main.js', output[0]?.code ?? '');
    server = await serve((request, response) => {
      if (request.url?.endsWith('.js')) {
        response.writeHead(200, { 'content-type': 'text/javascript', ...isolated });
        response.end(scripts.get(request.url));
        return;
      }
      const headers = pages[request.url?.slice(1) ?? '']?.headers;
      response.writeHead(200, { 'content-type': 'text/html', ...headers });
      response.end(`<!doctype html><script type="module" src="${starts[request.url ?? ''] ?? '/main.js'}"></script>`);
    });
    // What it takes here does not depend on the machine.
    browser = await launchChromium({ args: ['--disable-gpu'] });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  test.each(Object.entries(pages))('the training loop learns (%s)', async (path, { name, description }) => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${server.url}/${path}`);
    const done = page.waitForFunction('globalThis.result', undefined, { timeout: 60_000 });
    const result = (await (await done).jsonValue()) as { name: string; description: string; last: number };
    expect(errors).toEqual([]);
    expect(result.name).toBe(name);
    expect(result.description).toMatch(description);
    expect(result.last).toBeLessThan(0.3);
    await page.close();
  });

  test('workers make the batches of a DataLoader', async () => {
    for (const [name, text] of Object.entries(loading)) writeFileSync(join(folder, name), text);
    const built = await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['@rushlight/source'] },
      worker: { format: 'es' },
      build: {
        write: false,
        target: 'es2022',
        rollupOptions: { input: join(folder, 'loader.js'), output: { entryFileNames: '[name].js' } },
      },
    });
    const { output } = built as unknown as { output: { fileName: string; code?: string; source?: string }[] };
    for (const { fileName, code, source: text } of output) scripts.set(`/${fileName}`, code ?? text ?? '');
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${server.url}/loader`);
    const done = await page.waitForFunction('globalThis.result', undefined, { timeout: 60_000 });
    expect(errors).toEqual([]);
    expect(await done.jsonValue()).toEqual([[0, 1, 4, 9], [16, 25, 36, 49], [64, 81]]); // prettier-ignore
    await page.close();
  });
});
