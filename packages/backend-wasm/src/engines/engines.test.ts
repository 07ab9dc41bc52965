// The conformance suite in other engines: each other Node that is here, and Chromium, in a page and in a worker. They run bundles,
// of Vite and of esbuild; a page's Content-Security-Policy lets it compile WebAssembly and nothing else. A part of it, in brief; ENGINES=all adds
// variants and tests each in full.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { launchChromium, otherNodes, serve, type Loopback } from '@rushlight/test-support';
import { describeInChromium } from '@rushlight/test-support/suite';
import * as esbuild from 'esbuild';
import type { Browser } from 'playwright-core';
import * as vite from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program, starter } from './programs.ts';
import type { runVariant } from './run-variant.ts';

type Variant = Parameters<typeof runVariant>[0];
type Report = Awaited<ReturnType<typeof runVariant>>;

/** Longer than the suite takes in any of them, on a busy machine. */
const timeout = 600_000;
const here = import.meta.dirname;
const conditions = ['@rushlight/source'];

const all = process.env.ENGINES === 'all';
const oneIn = all ? 1 : 4;

/** Files by their paths. */
const files = new Map<string, string>([['/start.js', starter]]);

beforeAll(async () => {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: program, resolveDir: here, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions,
  });
  files.set('/esbuild/main.js', outputFiles[0]?.text ?? '');
  const worker = await esbuild.build({ entryPoints: [join(here, '../worker.ts')], bundle: true, write: false, conditions }); // prettier-ignore
  files.set('/esbuild/worker.js', worker.outputFiles[0]?.text ?? '');

  const entry = join(here, 'program.ts');
  const built = (await vite.build({
    root: here,
    configFile: false,
    logLevel: 'error',
    base: '/vite/',
    resolve: { conditions },
    plugins: [
      { name: 'program', resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? program : null) },
    ],
    build: {
      write: false,
      target: 'es2022',
      rollupOptions: { input: entry, output: { entryFileNames: 'main.js' } },
    },
  })) as { output: { fileName: string; code?: string; source?: string | Uint8Array }[] };
  for (const { fileName, code, source } of built.output) files.set(`/vite/${fileName}`, code ?? String(source ?? ''));
});

/** What a report has to say, and what it says. */
const success = ({ threads, relaxed = true }: Variant, hasRelaxed: boolean) => ({
  description: `${threads === 1 ? '1 thread' : `${threads} threads`}, 128-bit vectors${relaxed && hasRelaxed ? ', fused multiply-add' : ''}`,
  failed: [],
  skipped: [],
  passedMany: true,
  shared: threads > 1,
});
const summary = ({ passed, doneByOthers, ...report }: Report) => ({ ...report, passedMany: passed > (all ? 1000 : 100), shared: doneByOthers > 0 }); // prettier-ignore

const nodes = otherNodes();
if (nodes.size === 0) {
  process.stderr.write(`NOT RUN: no Node of another major version than ${process.versions.node} was found; say where by RUSHLIGHT_NODES=path.\n`); // prettier-ignore
}

describe.skipIf(nodes.size === 0).each([...nodes])('Node %s', (major, node) => {
  test.for<Variant>(all ? [{ threads: 1 }, { threads: 2 }] : [{ threads: 2 }])(
    '%o',
    { timeout },
    async (variant, { signal }) => {
      const folder = mkdtempSync(join(tmpdir(), 'rushlight engine '));
      try {
        const file = join(folder, 'main.mjs');
        writeFileSync(file, files.get('/esbuild/main.js') ?? '');
        const child = spawn(node, [file, JSON.stringify({ ...variant, brief: !all, oneIn })], {
          stdio: ['ignore', 'pipe', 'pipe'],
          signal,
        });
        const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
        expect(errors).toBe('');
        // V8 has had relaxed SIMD since 11.4.
        expect(summary(JSON.parse(output) as Report)).toEqual(success(variant, Number(major) > 20));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

describeInChromium('Chromium', () => {
  const policy = { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'" };
  const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  let browser: Browser;
  let server: Loopback;

  beforeAll(async () => {
    server = await serve(({ url = '/' }, response) => {
      const [path = '', query] = url.split('?');
      const script = files.get(path);
      const headers = { ...policy, ...(query === 'alone' ? {} : isolated) };
      if (script !== undefined) response.writeHead(200, { 'content-type': 'text/javascript', ...headers }).end(script);
      else if (path === '/favicon.ico' || path.endsWith('.js')) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(`<!doctype html><script type="module" src="${path}.js"></script>`); // prettier-ignore
    });
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const places: [string, string, Variant][] = [
    ['a page', '/vite/main', { threads: 2 }],
    ['a page that is not isolated', '/vite/main?alone', { threads: 1 }],
    ['a worker', '/start', { threads: 2, relaxed: false }],
  ];
  test.each(all ? places : places.slice(0, 1))('in %s: %s %o', { timeout }, async (_where, path, variant) => {
    const page = await browser.newPage();
    const report = await new Promise<Report>((resolve, reject) => {
      page.on('pageerror', reject);
      const hash = encodeURIComponent(JSON.stringify({ ...variant, brief: !all, oneIn }));
      const url = `${server.url}${path}#${hash}`;
      // Its script keeps the page from being loaded for all that time.
      page.exposeFunction('done', resolve).then(() => page.goto(url, { waitUntil: 'commit' })).catch(reject); // prettier-ignore
    });
    expect(summary(report)).toEqual(success(variant, true));
    await page.close();
  });
});
