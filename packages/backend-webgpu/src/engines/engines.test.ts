// The conformance suite on the other drivers of this machine, each in a Node of its own, and in Chromium. ENGINES=all adds a worker and each
// other Node that is here, and tests all in full.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as esbuild from 'esbuild';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { driverInUse, otherDrivers, type Driver } from '../testing/driver.ts';
import { program, starter, type Choice, type Report } from './programs.ts';

/** Longer than the suite takes in any of them, on a busy machine. */
const timeout = 600_000;
const all = process.env.ENGINES === 'all';
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

/** What a report has to say, and what it says. */
const success = { failed: [], skipped: [], passedMany: true };
const summary = ({ passed, failed, skipped }: Report) => ({ failed, skipped, passedMany: passed > (all ? 1000 : 30) }); // prettier-ignore

async function runInNode(node: string, { environment }: Driver): Promise<Report> {
  const child = spawn(node, ['main.mjs', JSON.stringify(choice)], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (status !== 0) throw new Error(`it ended with ${status}: ${errors}`);
  return JSON.parse(output.slice(output.indexOf('{'))) as Report;
}

/** One Node of each major version but this one: those that RUSHLIGHT_NODES lists, those on PATH, and the system's. */
function otherNodes(): Map<string, string> {
  const listed = (process.env.RUSHLIGHT_NODES ?? '').split(delimiter);
  const onPath = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'].map((path) => join(path, 'node'));
  const nodes = new Map<string, string>();
  for (const path of [...listed, ...onPath].filter((file) => file !== '' && existsSync(file))) {
    const { stdout, status } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    const major = stdout?.split('.')[0] ?? '';
    if (status === 0 && major !== process.versions.node.split('.')[0] && !nodes.has(major)) nodes.set(major, path);
  }
  return nodes;
}

const inUse = driverInUse();
const others = otherDrivers();
const runs: [string, string, Driver][] = others.map((driver) => [driver.adapter, process.execPath, driver]);
if (all && inUse) runs.push(...[...otherNodes()].map(([major, node]): (typeof runs)[number] => [`Node ${major}`, node, inUse])); // prettier-ignore
if (others.length === 0) {
  process.stderr.write('NOT RUN: there is no second driver of WebGPU here; Mesa 23 (lavapipe) and Chromium (SwiftShader) have one each.\n'); // prettier-ignore
}

describe.skipIf(runs.length === 0)('in Node', () => {
  test.each(runs)('%s', { timeout }, async (_name, node, driver) => {
    expect(summary(await runInNode(node, driver))).toEqual(success);
  });
});

const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? found.find((path) => existsSync(path));
if (!executablePath) {
  process.stderr.write('NOT RUN: no Chromium was found; install one, or say where it is by CHROMIUM=path.\n');
}

test('a browser is there where one is required', () => {
  expect(executablePath !== undefined || !process.env.REQUIRE_BROWSER).toBe(true);
});

describe.skipIf(!executablePath)('Chromium', () => {
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    server = createServer(({ url = '/' }, response) => {
      const script = files.get(url);
      if (script !== undefined) response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
      else if (url === '/favicon.ico') response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><script type="module" src="${url}.js"></script>`); // prettier-ignore
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Linux has it behind this flag; without a GPU it is SwiftShader then.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--enable-unsafe-webgpu'] });
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
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}${path}#${encodeURIComponent(JSON.stringify(choice))}`;
      // Its script keeps the page from being loaded for all that time.
      page.exposeFunction('done', resolve).then(() => page.goto(url, { waitUntil: 'commit' })).catch(reject); // prettier-ignore
    });
    expect(summary(report)).toEqual(success);
    await page.close();
  });
});
