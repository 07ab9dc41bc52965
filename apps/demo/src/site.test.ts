// The site in Chromium, as it is built, below the root of a host that sets no headers. Where no Chromium is found the suite says so and
// skips; REQUIRE_BROWSER=1 makes that a failure.

import { AxeBuilder } from '@axe-core/playwright';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageNames } from './pages/page-names.ts';
import { executablePath, openSite, watchErrors, type Site } from './testing/site.ts';

if (!executablePath) {
  process.stderr.write('NOT RUN: no Chromium was found; install one, or say where it is by CHROMIUM=path.\n');
}

test('a browser is there where one is required', () => {
  expect(executablePath !== undefined || !process.env['REQUIRE_BROWSER']).toBe(true);
});

describe.skipIf(!executablePath)('the site', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(async () => {
    await site?.close();
  });

  async function open(
    hash: string,
    viewport = { width: 1440, height: 900 },
  ): Promise<{ page: Page; errors: string[] }> {
    const page = await (await site.browser.newContext({ viewport })).newPage();
    const errors = watchErrors(page);
    await page.goto(`${site.url}#/${hash}`);
    // Its first load ends with another one, under the headers of the service worker.
    await page.waitForFunction('globalThis.crossOriginIsolated');
    await page.getByRole('main').waitFor();
    return { page, errors };
  }

  test('the landing page is at most 150 kB, gzipped', async () => {
    const { page, errors } = await open('');
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    const files = ['index.html', ...loaded.map((name) => name.slice(site.url.length)).filter((name) => name !== '')];
    const own = files.filter((name) => name !== 'offline.js' && !name.includes('?'));
    const size = own.reduce((sum, name) => sum + gzipSync(readFileSync(join(site.folder, name))).length, 0);
    expect(size / 1000).toBeLessThanOrEqual(150);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('after its first load it is isolated without headers, and works without a network', async () => {
    const { page, errors } = await open('');
    expect(await page.getByRole('contentinfo').innerText()).toContain('several threads');
    site.disconnect();
    await page.reload();
    for (const name of pageNames) {
      await page.goto(`${site.url}#/${name}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
    }
    site.connect();
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test.each([
    ['1440', 'light', 'en'],
    ['390', 'dark', 'zh'],
  ])('nobody is kept out at %s px, %s, %s', async (width, theme, lang) => {
    const { page, errors } = await open(`?theme=${theme}&lang=${lang}`, { width: Number(width), height: 850 });
    for (const name of ['', ...pageNames]) {
      await page.goto(`${site.url}#/${name}?theme=${theme}&lang=${lang}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
        [],
      );
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits`).toBe(true);
    }
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('language and colours stay when another page is opened, and in a link', async () => {
    const { page, errors } = await open('');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('button', { name: '深色' }).click();
    await page.getByRole('navigation').getByRole('link', { name: '交叉熵' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).toMatch(/lang=zh/);
    await page.reload();
    expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset['theme']])).toEqual(['zh-Hans', 'dark']); // prettier-ignore
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('all that is built is a script, a style, an image or the page', () => {
    const files = readdirSync(site.folder, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => !/(\.(js|css|svg|html|wasm)|^assets)$/.test(name))).toEqual([]);
  });

  const data = (page: Page, id: string, name = 'value'): Promise<string | null> =>
    page.getByTestId(id).getAttribute(`data-${name}`);
  const text = (page: Page, id: string): Promise<string> => page.getByTestId(id).innerText();
  const click = (page: Page, name: string | RegExp): Promise<void> =>
    page.getByRole('button', { name }).first().click();

  /** The longest that a frame waited for the page's own program: what a machine keeps from it for others is not its own. */
  async function longestTask(page: Page, during: () => Promise<void>): Promise<number> {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
    };
    const [before, from] = [await busy(), performance.now()];
    await during();
    return ((await busy()) - before) / ((performance.now() - from) / 1000);
  }

  test('cross-entropy: the worked example, and logits that are dragged', async () => {
    const { page, errors } = await open('cross-entropy');
    await page.waitForFunction(`/\\d/.test(document.querySelector('[data-testid=guess-loss]')?.textContent)`);
    await click(page, '[10, 5], Target 0');
    await page.waitForFunction(
      `Math.abs(document.querySelector('[data-testid=worked-loss]').dataset.value - 0.0067153) < 1e-6`,
    );
    await click(page, '[10, 5], Target 1');
    await page.waitForFunction(
      `Math.abs(document.querySelector('[data-testid=worked-loss]').dataset.value - 5.0067153) < 1e-6`,
    );
    const before = Number(await data(page, 'loss'));
    await page.getByRole('button', { name: /One step of descent/ }).click();
    await page.waitForFunction(`document.querySelector('[data-testid=loss]').dataset.value < ${before}`);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test.each(['wasm', 'cpu'])('playground: learns on %s, and a reload restores what the link says', async (backend) => {
    const { page, errors } = await open(`playground?backend=${backend}&noise=0.1`);
    await click(page, 'Start');
    await page.waitForFunction(`parseFloat(document.querySelector('[data-testid=test-accuracy]').textContent) >= 95`);
    expect(await text(page, 'device')).toContain(backend);
    const share = await longestTask(page, () => page.waitForTimeout(1500));
    expect(share).toBeLessThan(0.5); // the page's thread has time to spare while its worker trains
    await click(page, 'Add a layer');
    const url = page.url();
    await page.reload();
    await page.getByTestId('device').waitFor();
    expect(page.url()).toBe(url);
    expect(await page.getByText('Hidden layer 3').count()).toBeGreaterThan(0);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('playground: a backend that is changed in mid-run keeps the loss, on webgpu too', async () => {
    const { page, errors } = await open('playground?backend=wasm');
    await click(page, 'Start');
    await page.waitForFunction(`parseInt(document.querySelector('[data-testid=steps]')?.textContent) >= 40`);
    await click(page, 'Pause');
    await page.getByRole('button', { name: 'Start' }).waitFor();
    const [steps, loss] = [await text(page, 'steps'), Number(await text(page, 'train-loss'))];
    for (const backend of ['cpu', 'webgpu', 'wasm']) {
      await page.getByLabel('Backend').selectOption(backend);
      await page.waitForFunction(`document.querySelector('[data-testid=device]').textContent.includes('${backend}')`);
      await page.waitForFunction(`document.querySelector('[data-testid=train-loss]').textContent !== '–'`);
      expect(await text(page, 'steps')).toBe(steps);
      expect(Math.abs(Number(await text(page, 'train-loss')) - loss)).toBeLessThanOrEqual(1e-3);
    }
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('playground: steps that are far too large end in NaN, and a reset begins anew', async () => {
    const { page, errors } = await open('playground?backend=cpu&act=silu&opt=sgd&lr=1000&decay=0.01');
    await click(page, 'Start');
    await page.getByText(/became infinite or not a number at step \d+/).waitFor();
    expect(await text(page, 'train-loss')).toBe('NaN');
    await click(page, 'Reset');
    await page.waitForFunction(`document.querySelector('[data-testid=train-loss]').textContent !== 'NaN'`);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('digits: learns to read, reads what is drawn, and takes its weights back', async () => {
    const { page, errors } = await open('digits?backend=wasm');
    await click(page, 'Start');
    await page.waitForFunction(`document.querySelector('[data-testid=accuracy]')?.dataset.value >= 0.985`);
    await click(page, 'Pause');
    const box = await page.getByTestId('pad').boundingBox();
    if (!box) throw new Error('the pad is not shown');
    const to = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...to(0.25, 0.2));
    await page.mouse.down();
    await page.mouse.move(...to(0.75, 0.2), { steps: 12 });
    await page.mouse.move(...to(0.45, 0.85), { steps: 12 });
    await page.mouse.up();
    await page.waitForFunction(`document.querySelector('[data-testid=prediction]').dataset.digit === '7'`);
    const [download] = await Promise.all([page.waitForEvent('download'), click(page, 'Save')]);
    await click(page, 'Reset');
    await page.waitForFunction(`document.querySelector('[data-testid=accuracy]').dataset.value < 0.5`);
    await page.getByTestId('weights').setInputFiles(await download.path());
    await page.waitForFunction(`document.querySelector('[data-testid=accuracy]').dataset.value >= 0.9`);
    await page.getByTestId('weights').setInputFiles({ name: 'a.safetensors', mimeType: '', buffer: Buffer.from('no') });
    await page.getByTestId('weights-notice').waitFor();
    await page.getByTestId('idx').setInputFiles({ name: 'images', mimeType: '', buffer: Buffer.from([0, 0, 8, 3, 0]) });
    await page.getByTestId('data-notice').waitFor();
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('language: learns more than how often characters are', async () => {
    const { page, errors } = await open('language?backend=wasm');
    await page.getByTestId('sample').first().waitFor();
    await click(page, 'Start');
    await page.waitForFunction(
      `parseFloat(document.querySelector('[data-testid=language-loss]').textContent) < parseFloat(document.querySelector('[data-testid=language-entropy]').textContent) - 0.5`,
    );
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test('speed: measures, and says so as Markdown', async () => {
    const { page, errors } = await open('speed?seconds=0.2&cpu=0&webgpu=0');
    await click(page, /Measure/);
    await page.waitForFunction(`document.querySelector('[data-testid=speed-state]').dataset.state === 'done'`);
    expect(Number(await data(page, 'speed-wasm-matmul 256'))).toBeGreaterThan(0);
    expect(await text(page, 'speed-markdown')).toMatch(/\| *matmul 256/);
    expect(errors).toEqual([]);
    await page.context().close();
  });
});
