// For tests: the site as it is built, served from a folder below the root by a host that sets no headers for isolation, and a browser to look at it.

import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { launchChromium, serve } from '@rushlight/test-support';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';

const kinds: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface Site {
  /** Ends with a slash. */
  readonly url: string;
  /** Files by their paths, in bytes as they are. */
  readonly folder: string;
  readonly browser: Browser;
  /** Of a second copy of the site, on the same host. */
  readonly otherUrl: string;
  /** From now on every request fails, as without a network. */
  disconnect(): void;
  connect(): void;
  /** From now on the service worker waits for the document that it keeps, until what is returned is called. */
  hold(): () => void;
  /** Puts another version in the place of this one: the same, but for the names of all scripts. Tells the path of one. */
  deploy(): string;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'rushlight-site-'));
  await build({
    root: join(import.meta.dirname, '../..'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
  let isConnected = true;
  let held = Promise.resolve();
  const server = await serve(async ({ url = '/', socket, headers }, response) => {
    if (!isConnected) return void socket.destroy();
    const [, place, path = ''] = /^\/(some\/path|other)\/([^?]*)/.exec(url) ?? [];
    // Not a script: Chromium lets a page wait for 20 s where it asks for the same one.
    if (path === '' && headers['cache-control'] === 'no-cache') await held;
    const file = join(folder, normalize(path === '' ? 'index.html' : path));
    if (!place || !existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    // As hosts of pages do; what is new is seen late then.
    const kept = { 'cache-control': 'max-age=600' };
    response
      .writeHead(200, { 'content-type': kinds[extname(file)] ?? 'application/octet-stream', ...kept })
      .end(readFileSync(file));
  });
  const browser = await launchChromium({ webgpu: true });
  return {
    url: `${server.url}/some/path/`,
    otherUrl: `${server.url}/other/`,
    folder,
    browser,
    disconnect: () => {
      isConnected = false;
      server.disconnect();
    },
    connect: () => {
      isConnected = true;
    },
    hold() {
      let release = (): void => {};
      held = new Promise((resolve) => (release = resolve));
      return () => release();
    },
    deploy() {
      const names = readdirSync(join(folder, 'assets')).filter((file) => file.endsWith('.js'));
      for (const name of names) {
        renameSync(join(folder, 'assets', name), join(folder, 'assets', `later-${name}`));
        for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
          if (!/\.(js|html)$/.test(file)) continue;
          const text = readFileSync(join(folder, file), 'utf8');
          writeFileSync(join(folder, file), text.replaceAll(name, `later-${name}`));
        }
      }
      const worker = join(folder, 'offline.js');
      writeFileSync(worker, readFileSync(worker, 'utf8').replace(/version = "\w+"/, 'version = "later"'));
      return `assets/later-${names[0]}`;
    },
    async close() {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What went wrong in a page: errors that nobody caught, and what the console says. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  return errors;
}
