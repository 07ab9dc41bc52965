// For tests: the site as it is built, served from a folder below the root by a host that sets no headers, and a browser to look at it.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
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
  /** From now on every request fails, as without a network. */
  disconnect(): void;
  connect(): void;
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
  const server = await serve(({ url = '/', socket }, response) => {
    if (!isConnected) return void socket.destroy();
    const { pathname } = new URL(url, 'http://host');
    const path = normalize(pathname.replace(/^\/some\/path\//, '/'));
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (!pathname.startsWith('/some/path/') || !existsSync(file) || !statSync(file).isFile())
      return void response.writeHead(404).end();
    response
      .writeHead(200, { 'content-type': kinds[extname(file)] ?? 'application/octet-stream' })
      .end(readFileSync(file));
  });
  const browser = await launchChromium({ webgpu: true });
  return {
    url: `${server.url}/some/path/`,
    folder,
    browser,
    disconnect: () => {
      isConnected = false;
      server.disconnect();
    },
    connect: () => {
      isConnected = true;
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
