// The conformance suite on the other drivers of this machine, each in a Node of its own, and in Chromium. ENGINES=all adds a worker and each
// other Node that is here, and tests all in full.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { launchChromium, otherNodes, serve, type Loopback } from '@rushlight/test-support';
import { describeInChromium } from '@rushlight/test-support/suite';
import * as esbuild from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { driverInUse, otherDrivers, type Driver } from '../testing/driver.ts';
import { program, starter, type Choice, type Report } from './programs.ts';

const all = process.env.ENGINES === 'all';
/** Longer than the suite takes in any of them, on a busy machine: lavapipe compiles each kernel for a while. */
const timeout = all ? 3_600_000 : 600_000;
const choice: Choice = { brief: !all, oneIn: all ? 1 : 24 };

/** Files by their paths. */
const files = new Map<string, string>([['/worker.js', starter]]);
let folder: string;

beforeAll(async () => {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['@rushlight/source'],
  });
  const bundle = outputFiles[0]?.text ?? '';
  files.set('/main.js', bundle);
  // A project in which the package webgpu is installed.
  folder = mkdtempSync(join(tmpdir(), 'rushlight webgpu '));
  writeFileSync(join(folder, 'main.mjs'), bundle);
  mkdirSync(join(folder, 'node_modules'));
  const installed = realpathSync(join(import.meta.dirname, '../../node_modules/webgpu'));
  symlinkSync(installed, join(folder, 'node_modules', 'webgpu'), 'junction');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a report has to say, and what it says. In full, what wants float64 is left out, which WebGPU has not, and nothing else. */
const success = { failed: [], skipped: [], passedMany: true };
const summary = ({ passed, failed, skipped }: Report) => ({
  failed,
  skipped: skipped.filter((line) => !all || !line.includes(': it has no float64')),
  passedMany: passed > (all ? 1000 : 30),
});

async function runInNode(node: string, { environment }: Driver, signal: AbortSignal): Promise<Report> {
  const child = spawn(node, ['main.mjs', JSON.stringify(choice)], {
    cwd: folder,
    signal,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (status !== 0) throw new Error(`it ended with ${status}: ${errors}`);
  return JSON.parse(output.slice(output.indexOf('{'))) as Report;
}

const inUse = driverInUse();
const others = otherDrivers();
const runs: [string, string, Driver][] = others.map((driver) => [driver.adapter, process.execPath, driver]);
if (all && inUse) runs.push(...[...otherNodes()].map(([major, node]): (typeof runs)[number] => [`Node ${major}`, node, inUse])); // prettier-ignore
if (others.length === 0) {
  process.stderr.write('NOT RUN: there is no second driver of WebGPU here; Mesa 23 (lavapipe) and Chromium (SwiftShader) have one each.\n'); // prettier-ignore
}

describe.skipIf(runs.length === 0)('in Node', () => {
  test.for(runs)('%s', { timeout }, async ([, node, driver], { signal }) => {
    expect(summary(await runInNode(node, driver, signal))).toEqual(success);
  });
});

describeInChromium('Chromium', () => {
  let browser: Browser;
  let server: Loopback;

  beforeAll(async () => {
    server = await serve(({ url = '/' }, response) => {
      const script = files.get(url);
      if (script !== undefined) response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
      else if (url === '/favicon.ico') response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><script type="module" src="${url}.js"></script>`); // prettier-ignore
    });
    browser = await launchChromium({ webgpu: true });
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const places = [['a page', '/main'], ['a worker', '/worker']] as const; // prettier-ignore
  test.each(all ? places : places.slice(0, 1))('in %s', { timeout }, async (_where, path) => {
    const page = await browser.newPage();
    const report = await new Promise<Report>((resolve, reject) => {
      page.on('pageerror', reject);
      const url = `${server.url}${path}#${encodeURIComponent(JSON.stringify(choice))}`;
      // Its script keeps the page from being loaded for all that time.
      page.exposeFunction('done', resolve).then(() => page.goto(url, { waitUntil: 'commit' })).catch(reject); // prettier-ignore
    });
    expect(summary(report)).toEqual(success);
    await page.close();
  });
});
