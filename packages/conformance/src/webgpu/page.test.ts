// Training on WebGPU in a page of Chromium: to an accuracy, and through the loss of the GPU, for which Chromium's GPU process is made to
// crash. Where no Chromium is found the suite says so and skips; REQUIRE_BROWSER=1 makes that a failure.

import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'vite';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageOptions, PageResult } from './page-program.ts';

const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? found.find((path) => existsSync(path));
if (!executablePath) {
  process.stderr.write('NOT RUN: no Chromium was found; install one, or say where it is by CHROMIUM=path.\n');
}

test('a browser is there where one is required', () => {
  expect(executablePath !== undefined || !process.env.REQUIRE_BROWSER).toBe(true);
});

describe.skipIf(!executablePath)('a page on webgpu', () => {
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    const built = await build({
      root: import.meta.dirname,
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['@rushlight/source'] },
      build: {
        write: false,
        target: 'es2022',
        lib: { entry: join(import.meta.dirname, 'page-program.ts'), formats: ['es'] },
        rollupOptions: { output: { codeSplitting: false } },
      },
    });
    const [{ output }] = built as unknown as [{ output: { code?: string }[] }];
    const program = output[0]?.code ?? '';
    server = createServer(({ url = '/' }, response) => {
      if (url === '/main.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(program);
      else if (url === '/')
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script type="module" src="/main.js"></script>'); // prettier-ignore
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Linux has WebGPU behind this flag; without a GPU it is computed on the CPU then.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--enable-unsafe-webgpu'] });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function open(options: PageOptions): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/#${encodeURIComponent(JSON.stringify(options))}`);
    return { page, errors };
  }

  async function resultOf({ page, errors }: Awaited<ReturnType<typeof open>>): Promise<PageResult> {
    const done = await page.waitForFunction('globalThis.failure ?? globalThis.result', undefined, { timeout: 290_000 });
    const result = (await done.jsonValue()) as PageResult | string;
    expect(errors).toEqual([]);
    if (typeof result === 'string') throw new Error(result);
    await page.close();
    return result;
  }

  test('reads digits after an epoch', { timeout: 300_000 }, async () => {
    const result = await resultOf(await open({ size: 8000, epochs: 1, every: 100 }));
    expect(result).toMatchObject({ device: 'webgpu', resumed: [] });
    expect(result.accuracy).toBeGreaterThanOrEqual(0.95);
  });

  test(
    'goes on from its checkpoint when the GPU process crashes, to the very same end',
    { timeout: 300_000 },
    async () => {
      const options: PageOptions = { size: 1500, epochs: 2, every: 5 };
      const undisturbed = await resultOf(await open(options));
      expect(undisturbed.resumed).toEqual([]);

      const disturbed = await open(options);
      const session = await browser.newBrowserCDPSession();
      await disturbed.page.waitForFunction('globalThis.failure || globalThis.progress >= 13', undefined, {
        timeout: 290_000,
      });
      await session.send('Browser.crashGpuProcess');
      const { resumed, ...end } = await resultOf(disturbed);
      expect(resumed).toHaveLength(1);
      for (const { step, reached } of resumed) {
        expect(step % 5).toBe(0);
        expect(step).toBeGreaterThanOrEqual(10);
        expect(reached).toBeGreaterThanOrEqual(step);
      }
      expect({ ...end, resumed: [] }).toEqual(undisturbed);
    },
  );
});
