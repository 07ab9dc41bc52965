// The site in Chromium, as it is built, below the root of a host that sets no headers. Where no Chromium is found the suite says so and
// skips; REQUIRE_BROWSER=1 makes that a failure.

import { AxeBuilder } from '@axe-core/playwright';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { canReadResident, launchChromium, processesOf, residentBytes } from '@rushlight/test-support';
import { describeInChromium } from '@rushlight/test-support/suite';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { pageNames } from './pages/page-names.ts';
import { openSite, watchErrors, type Site } from './testing/site.ts';

describeInChromium('the site', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  // What trains on in a page takes the others' time, also after a test that failed.
  afterEach(async () => {
    site.connect();
    await Promise.all(site.browser.contexts().map((context) => context.close()));
  });
  afterAll(async () => {
    await site?.close();
  });

  interface Visit {
    readonly width?: number;
    readonly height?: number;
    /** Instead of the one that the tests share. */
    readonly browser?: Browser;
    readonly serviceWorkers?: 'allow' | 'block';
    /** Done before the page is loaded. */
    readonly before?: (page: Page) => Promise<unknown>;
  }

  async function open(hash: string, visit: Visit = {}): Promise<{ page: Page; errors: string[] }> {
    const { width = 1440, height = 900, browser = site.browser, serviceWorkers = 'allow', before } = visit;
    const page = await (await browser.newContext({ viewport: { width, height }, serviceWorkers })).newPage();
    const errors = watchErrors(page);
    await before?.(page);
    await page.goto(`${site.url}#/${hash}`);
    // Its first load ends with another one, under the headers of the service worker.
    if (serviceWorkers === 'allow') await page.waitForFunction('globalThis.crossOriginIsolated');
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
  });

  test('while something is done in it a page is not loaded again for threads, but may be', async () => {
    const release = site.hold();
    const page = await (await site.browser.newContext()).newPage();
    try {
      await page.goto(`${site.url}#/playground?backend=wasm`);
      await click(page, 'Start');
      await waitForSteps(page, 5);
    } finally {
      release();
    }
    await page.getByRole('button', { name: 'Load the page again, to use several' }).waitFor();
    expect(await stepsOf(page)).toBeGreaterThanOrEqual(5);
    await click(page, /Load the page again/);
    await page.waitForFunction('globalThis.crossOriginIsolated');
  });

  test('two copies on one host keep out of each other’s way', async () => {
    const { page, errors } = await open('');
    await page.goto(site.otherUrl);
    await page.waitForFunction('globalThis.crossOriginIsolated');
    site.disconnect();
    for (const url of [site.url, site.otherUrl]) {
      await page.goto(`${url}#/playground`);
      await page.getByTestId('device').waitFor();
    }
    site.connect();
    expect(errors).toEqual([]);
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
      for (const least of [Number(width), 360]) {
        if (least > Number(width)) continue;
        await page.setViewportSize({ width: least, height: 850 });
        // Charts hear of it with the next frame.
        const beyond = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        await expect.poll(beyond, { message: `${name} fits`, timeout: 10_000 }).toBeLessThanOrEqual(0);
      }
      await page.setViewportSize({ width: Number(width), height: 850 });
    }
    expect(errors).toEqual([]);
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

  /** Of the playground, which writes a minus as people do. */
  const lossOf = async (page: Page): Promise<number> => Number((await text(page, 'train-loss')).replaceAll('−', '-'));
  const waitFor = (page: Page, condition: string): Promise<unknown> =>
    page.waitForFunction(condition, undefined, { timeout: 100_000 });
  const stepsOf = async (page: Page): Promise<number> => Number.parseInt(await text(page, 'steps'), 10);
  const waitForSteps = (page: Page, steps: number): Promise<unknown> =>
    waitFor(page, `parseInt(document.querySelector('[data-testid=steps]')?.textContent) >= ${steps}`);

  /** Tasks that kept a frame of the page for more than 50 ms, in five seconds. */
  const longTasks = (page: Page): Promise<number[]> =>
    page.evaluate(async () => {
      const found: number[] = [];
      const observer = new PerformanceObserver((list) => found.push(...list.getEntries().map((task) => task.duration)));
      observer.observe({ type: 'longtask' });
      await new Promise((resolve) => setTimeout(resolve, 5000));
      found.push(...observer.takeRecords().map((task) => task.duration));
      observer.disconnect();
      return found;
    });

  interface TraceEvent {
    readonly name: string;
    readonly pid: number;
    readonly tid: number;
    /** Microseconds of a core. */
    readonly tdur?: number;
    readonly args?: { readonly name?: string };
  }

  /**
   * The tasks that kept a frame for more than 50 ms, whatever the page did in five seconds. Where there are some, of five more: those that
   * took a core for so long, for on a busy machine a task takes long that waits for one.
   */
  async function blockedFrames(page: Page): Promise<number[]> {
    if ((await longTasks(page)).length === 0) return [];
    await site.browser.startTracing(page, { categories: ['toplevel'] });
    const found = await longTasks(page);
    const { traceEvents } = JSON.parse((await site.browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    if (found.length === 0) return [];
    const mains = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
    return traceEvents
      .filter(({ pid, tid }) => mains.some((main) => main.pid === pid && main.tid === tid))
      .flatMap(({ tdur = 0 }) => (tdur > 50_000 ? [tdur / 1000] : []));
  }

  test('a frame that is blocked is noticed', async () => {
    const { page } = await open('');
    await page.evaluate(() => {
      setInterval(() => {
        // Long enough to have a core for 50 ms on a machine that is shared with other tests.
        const until = performance.now() + 400;
        while (performance.now() < until);
      }, 700);
    });
    expect((await blockedFrames(page)).length).toBeGreaterThan(3);
  });

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
  });

  test.each(['wasm', 'cpu', 'webgpu'])(
    'playground: learns on %s, and a reload restores what the link says',
    async (backend) => {
      const { page, errors } = await open(`playground?backend=${backend}&noise=0.1`);
      await click(page, 'Start');
      await page.waitForFunction(`parseFloat(document.querySelector('[data-testid=test-accuracy]').textContent) >= 95`);
      expect(await text(page, 'device')).toContain(backend);
      expect(await blockedFrames(page)).toEqual([]);
      await click(page, 'Add a layer');
      const url = page.url();
      await page.reload();
      await page.getByTestId('device').waitFor();
      expect(page.url()).toBe(url);
      expect(await page.getByText('Hidden layer 3').count()).toBeGreaterThan(0);
      expect(errors).toEqual([]);
    },
  );

  test('playground: a backend that is changed in mid-run keeps the loss, on webgpu too', async () => {
    const { page, errors } = await open('playground?backend=wasm');
    await click(page, 'Start');
    await page.waitForFunction(`parseInt(document.querySelector('[data-testid=steps]')?.textContent) >= 40`);
    await click(page, 'Pause');
    await page.getByRole('button', { name: 'Start' }).waitFor();
    const [steps, loss] = [await text(page, 'steps'), await lossOf(page)];
    for (const backend of ['cpu', 'webgpu', 'wasm']) {
      await page.getByLabel('Backend').selectOption(backend);
      await page.waitForFunction(`document.querySelector('[data-testid=device]').textContent.includes('${backend}')`);
      await page.waitForFunction(`document.querySelector('[data-testid=train-loss]').textContent !== '–'`);
      expect(await text(page, 'steps')).toBe(steps);
      expect(Math.abs((await lossOf(page)) - loss)).toBeLessThanOrEqual(1e-3);
    }
    // And while it runs.
    await click(page, 'Start');
    for (const backend of ['cpu', 'webgpu', 'wasm']) {
      const before = await stepsOf(page);
      await page.getByLabel('Backend').selectOption(backend);
      await page.waitForFunction(`document.querySelector('[data-testid=device]').textContent.includes('${backend}')`);
      await waitForSteps(page, before + 40);
      expect(await lossOf(page)).toBeLessThanOrEqual(loss + 1e-3);
    }
    expect(errors).toEqual([]);
  });

  test('playground: steps that are far too large end in NaN, and a reset begins anew', async () => {
    const { page, errors } = await open('playground?backend=cpu&act=silu&opt=sgd&lr=1000&decay=0.01');
    await click(page, 'Start');
    await page.getByText(/became infinite or not a number at step \d+/).waitFor();
    expect(await text(page, 'train-loss')).toBe('NaN');
    await click(page, 'Reset');
    await page.waitForFunction(`document.querySelector('[data-testid=train-loss]').textContent !== 'NaN'`);
    expect(errors).toEqual([]);
  });

  test('digits: learns to read, reads what is drawn, and takes its weights back', async () => {
    const { page, errors } = await open('digits?backend=wasm');
    await click(page, 'Start');
    await page.waitForFunction(`document.querySelector('[data-testid=accuracy]')?.dataset.value >= 0.985`);
    expect(await blockedFrames(page)).toEqual([]);
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
    await page.getByText('a.safetensors is damaged, or no safetensors file. The network is as it was.').waitFor();
    await page.getByTestId('idx').setInputFiles({ name: 'images', mimeType: '', buffer: Buffer.from([0, 0, 8, 3, 0]) });
    await page.getByText('images is no IDX file that can be read.').waitFor();
    await click(page, 'Start');
    await waitFor(page, `document.querySelector('[data-testid=accuracy]').dataset.value >= 0.9`);
    expect(errors).toEqual([]);
  });

  test('language: learns more than how often characters are', async () => {
    const { page, errors } = await open('language?backend=wasm');
    await page.getByTestId('sample').first().waitFor();
    await click(page, 'Start');
    await page.waitForFunction(
      `parseFloat(document.querySelector('[data-testid=language-loss]').textContent) < parseFloat(document.querySelector('[data-testid=language-entropy]').textContent) - 0.5`,
    );
    expect(await blockedFrames(page)).toEqual([]);
    await click(page, 'Pause');
    await page.getByRole('button', { name: 'Start' }).waitFor();
    const loss = await text(page, 'language-loss');
    const [download] = await Promise.all([page.waitForEvent('download'), click(page, 'Save')]);
    await click(page, 'Reset');
    await waitFor(page, `document.querySelector('[data-testid=language-loss]').textContent !== '${loss}'`);
    await page.getByTestId('weights').setInputFiles(await download.path());
    await page.getByText(/The run goes on from/).waitFor();
    await click(page, 'One step');
    await waitFor(
      page,
      `parseFloat(document.querySelector('[data-testid=language-loss]').textContent) < ${Number.parseFloat(loss) + 0.5}`,
    );
    expect(errors).toEqual([]);
  });

  test('digits and language: learn on cpu as well', async () => {
    const { page, errors } = await open('digits?backend=cpu&filters=4&size=3');
    await click(page, 'Start');
    await waitFor(page, `document.querySelector('[data-testid=accuracy]')?.dataset.value >= 0.95`);
    expect(await text(page, 'device')).toContain('cpu');
    await page.goto(`${site.url}#/language?backend=cpu&width=32&layers=1&context=16`);
    await page.getByTestId('sample').first().waitFor();
    await click(page, 'Start');
    await waitFor(
      page,
      `parseFloat(document.querySelector('[data-testid=language-loss]').textContent) < parseFloat(document.querySelector('[data-testid=language-entropy]').textContent) - 0.5`,
    );
    expect(await text(page, 'device')).toContain('cpu');
    expect(errors).toEqual([]);
  });

  test('language: of a text of 100 MB the beginning is learnt, with and without room to keep it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rushlight-text-'));
    const path = join(folder, 'long.txt');
    writeFileSync(path, 'All work and no play makes a long text. '.repeat(2.5e6));
    try {
      const { page, errors } = await open('language?backend=wasm&width=32&layers=1');
      await page.getByTestId('sample').first().waitFor();
      await page.getByTestId('language-file').setInputFiles(path);
      await page.getByText(/is longer than what is trained on here/).waitFor();
      await page.getByText(/it stays in this tab/).waitFor();
      await click(page, 'Start');
      await waitForSteps(page, 20);
      // A full storage.
      await page.evaluate(() => {
        sessionStorage.clear();
        for (let size = 2 ** 22; size >= 1; size >>= 1) {
          try {
            for (let k = 0; ; k++) sessionStorage.setItem(`${size}-${k}`, 'x'.repeat(size));
          } catch {
            // Less, then.
          }
        }
      });
      writeFileSync(path, 'Another text, again and again and again. '.repeat(2e4 + 1e4));
      await page.getByTestId('language-file').setInputFiles(path);
      await page.getByText(/no room to keep it/).waitFor();
      await click(page, 'Start');
      await waitForSteps(page, 20);
      expect(errors).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('where the browser has no room, the site says that it is not kept, and works', async () => {
    const { page, errors } = await open('playground?backend=wasm', {
      before: async (page) => {
        const { origin } = new URL(site.url);
        const session = await page.context().newCDPSession(page);
        await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1000 });
      },
    });
    await page.getByTestId('unkept').waitFor();
    expect(await page.getByRole('contentinfo').innerText()).toContain('several threads');
    await click(page, 'Start');
    await waitForSteps(page, 20);
    expect(errors).toEqual([]);
  });

  test.skipIf(!canReadResident)('20,000 steps leave the memory of a page as it was', async () => {
    // Of a browser of its own, whose only page it is; V8 takes its time otherwise to find the size that it wants.
    const browser = await launchChromium({ args: ['--js-flags=--min-semi-space-size=16 --max-semi-space-size=16'] });
    try {
      const { page, errors } = await open('playground?backend=wasm', { browser });
      const trainTo = async (steps: number): Promise<void> => {
        await click(page, 'Start');
        await waitForSteps(page, steps);
        await click(page, 'Pause');
        await page.getByRole('button', { name: 'Start' }).waitFor();
      };
      await trainTo(5000);
      const [id = 0] = await processesOf(browser);
      const session = await page.context().newCDPSession(page);
      const look = async (): Promise<[process: number, page: number]> => {
        await session.send('HeapProfiler.collectGarbage');
        // What arrays hold is not in the types of this Playwright.
        const heap = (await session.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
        return [residentBytes(id), heap.usedSize + (heap.backingStorageSize ?? 0)];
      };
      const [process, own] = await look();
      await trainTo(25_000);
      const [processLater, ownLater] = await look();
      expect(processLater).toBeLessThan(1.1 * process);
      expect(ownLater).toBeLessThan(own + 1e6); // of which curves, which get longer up to some length, take a part
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test('without SharedArrayBuffer it computes on one thread, and says so', async () => {
    const { page, errors } = await open('playground?backend=wasm&noise=0.1', { serviceWorkers: 'block' });
    expect(await page.evaluate('typeof SharedArrayBuffer')).toBe('undefined');
    expect(await page.getByRole('contentinfo').innerText()).toContain('one thread');
    await click(page, 'Start');
    await waitFor(page, `parseFloat(document.querySelector('[data-testid=test-accuracy]').textContent) >= 95`);
    expect(errors.filter((error) => !error.includes('blocked by Playwright'))).toEqual([]);
  });

  test('without WebGPU it says so, and takes another backend', async () => {
    const browser = await launchChromium();
    try {
      const { page, errors } = await open('playground?backend=webgpu', { browser });
      await page.getByText('webgpu does not run in this browser; another backend was taken.').waitFor();
      await click(page, 'Start');
      await waitForSteps(page, 20);
      expect(await text(page, 'device')).toContain('wasm');
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  const inFull = process.env['ENGINES'] === 'all' ? ['digits?filters=4&size=3'] : [];
  test.each(['playground?noise=0.1', 'language?width=32&layers=1&context=16', ...inFull])(
    'a GPU that is lost in mid-run is said to be, and training goes on: %s',
    async (address) => {
      const browser = await launchChromium({ webgpu: true });
      try {
        const { page } = await open(`${address}&backend=webgpu`, { browser });
        await click(page, 'Start');
        await waitForSteps(page, 20);
        const steps = await stepsOf(page);
        await (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess').catch(() => {});
        await page.getByText(/The GPU was lost .*Training goes on from step/).waitFor();
        await waitForSteps(page, steps + 20);
        expect(await text(page, 'device')).toContain('webgpu');
      } finally {
        await browser.close();
      }
    },
  );

  test('digits: where MNIST cannot be had, or is another file, it says so', async () => {
    const { page } = await open('digits?backend=wasm');
    let asked = 0;
    await page.route(/mnist\/train-/, (route) =>
      asked++ < 2
        ? route.abort()
        : route.fulfill({ body: 'something else', headers: { 'access-control-allow-origin': '*' } }),
    );
    await click(page, /Fetch MNIST/);
    await page.getByText(/MNIST cannot be fetched from here/).waitFor();
    expect(asked).toBe(4);
    await click(page, 'Start');
    await waitForSteps(page, 5);
  });

  test('speed: measures, and says so as Markdown', async () => {
    const { page, errors } = await open('speed?seconds=0.2&cpu=0&webgpu=0');
    await click(page, /Measure/);
    await page.waitForFunction(`document.querySelector('[data-testid=speed-state]').dataset.state === 'done'`);
    expect(Number(await data(page, 'speed-wasm-matmul 256'))).toBeGreaterThan(0);
    expect(await text(page, 'speed-markdown')).toMatch(/\| *matmul 256/);
    expect(errors).toEqual([]);
  });

  test('another version takes the place of the one that is kept, whole; pages that are open go on with theirs', async () => {
    const { page, errors } = await open('?lang=en');
    const scripts = (): Promise<string> => page.evaluate(() => [...document.scripts].map(({ src }) => src).join());
    expect(await scripts()).toContain('/index-');
    const versions = (): Promise<string[]> =>
      page.evaluate(async () => (await caches.keys()).map((name) => name.split(' ').at(-1) ?? ''));
    const [first] = await versions();
    const update = (): Promise<boolean> =>
      page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        await registration.update();
        // Undefined where the installation is over already.
        const worker = registration.installing;
        if (!worker) return false;
        return new Promise((resolve) => {
          worker.addEventListener('statechange', () => {
            if (worker.state !== 'installing') resolve(worker.state === 'redundant');
          });
        });
      });
    const later = site.deploy();
    // Of a version that cannot be fetched whole nothing is kept: the one before stays.
    renameSync(join(site.folder, later), join(site.folder, `${later}.gone`));
    expect(await update()).toBe(true);
    expect(await versions()).toEqual([first]);
    renameSync(join(site.folder, `${later}.gone`), join(site.folder, later));
    expect(await update()).toBe(false);
    await expect.poll(versions, { timeout: 30_000 }).toEqual([first, 'later']);
    const isOver = (): Promise<boolean> =>
      page.evaluate(async () => {
        const { installing, waiting, active } = await navigator.serviceWorker.ready;
        const { controller } = navigator.serviceWorker;
        return !installing && !waiting && active === controller && controller?.state === 'activated';
      });
    await expect.poll(isOver, { timeout: 30_000 }).toBe(true);
    // Nothing of this page has been loaded yet, and the host has it no more.
    await page.getByRole('navigation').getByRole('link', { name: 'Digits' }).click();
    await page.getByTestId('device').waitFor();
    expect(await scripts()).not.toContain('/later-');
    site.disconnect();
    await page.reload();
    await page.getByTestId('device').waitFor();
    expect(await scripts()).toContain('/later-');
    site.connect();
    expect(errors).toEqual([]);
  });
});
