// Training on WebGPU in a page of Chromium: to an accuracy, and through the loss of the GPU, for which Chromium's GPU process is made to
// crash. Where no Chromium is found the suite says so and skips; REQUIRE_BROWSER=1 makes that a failure.

import { join } from 'node:path';
import { launchChromium, serve, type Loopback } from '@rushlight/test-support';
import { describeInChromium } from '@rushlight/test-support/suite';
import { build } from 'vite';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PageOptions, PageResult } from './page-program.ts';

describeInChromium('a page on webgpu', () => {
  let browser: Browser;
  let server: Loopback;

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
    server = await serve(({ url = '/' }, response) => {
      if (url === '/main.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(program);
      else if (url === '/')
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><script type="module" src="/main.js"></script>'); // prettier-ignore
      else response.writeHead(404).end();
    });
    browser = await launchChromium({ webgpu: true });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function open(options: PageOptions): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`${server.url}/#${encodeURIComponent(JSON.stringify(options))}`);
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
    const result = await resultOf(await open({ size: 3000, epochs: 1, every: 100 }));
    expect(result).toMatchObject({ device: 'webgpu', resumed: [] });
    expect(result.accuracy).toBeGreaterThanOrEqual(0.95);
  });

  test(
    'goes on from its checkpoint when the GPU process crashes, to the very same end',
    { timeout: 300_000 },
    async () => {
      const options: PageOptions = { size: 450, epochs: 2, every: 5 };
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
