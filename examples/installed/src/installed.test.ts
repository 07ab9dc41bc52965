// Every public package, packed as it would be published, installed into an empty project by npm, and used there.

import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importing, methods, namesOf, settings, smallPage, training, typing } from './programs.ts';
import { openRegistry, type Manifest, type Packed, type Registry } from './registry.ts';
import { runCommand, type Finished } from './run-command.ts';

const root = resolve(import.meta.dirname, '../../..');

const manifests = globSync('{packages,apps}/*/package.json', { cwd: root })
  .map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest)
  .filter((manifest) => !manifest.private)
  .sort((a, b) => a.name.localeCompare(b.name));
const names = manifests.map(({ name }) => name);

/** What can be imported, all but the command line, which runs. */
const entries = manifests
  .filter(({ name }) => name !== '@rushlight/cli')
  .flatMap(({ name, exports = {} }) => Object.keys(exports).map((path) => name + path.slice(1)));

let folder: string;
let registry: Registry;
let installation: Finished;
const packed = new Map<string, Packed & { files: string[] }>();
const at = (...path: string[]): string => join(folder, 'project', ...path);
const inProject = (command: string, ...args: string[]): Promise<Finished> => runCommand(at(), command, ...args);
const succeeded = { code: 0, err: '' };

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'rushlight installed ')));
  mkdirSync(at(), { recursive: true });

  const only = names.flatMap((name) => ['--filter', name]);
  const report = execFileSync('pnpm', [...only, '--recursive', 'pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  });
  for (const { name, filename } of JSON.parse(report) as { name: string; filename: string }[]) {
    const tarball = resolve(folder, filename);
    const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
    const unpacked = join(folder, 'unpacked', name);
    mkdirSync(unpacked, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components', '1']);
    const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Manifest;
    packed.set(name, { manifest, tarball, files: files.map((file) => file.replace(/^package\//, '')) });
  }

  registry = await openRegistry(root, [...packed.values()]);
  writeFileSync(at('package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  writeFileSync(at('.npmrc'), `registry=${registry.url}\ncache=${join(folder, 'npm')}\naudit=false\nfund=false\nupdate-notifier=false\n`); // prettier-ignore
  installation = await inProject('npm', 'install', ...names, '@types/node@22');
  // Node would look further up, and might find something.
  if (installation.code !== 0) throw new Error(`npm install failed: ${installation.err}`);
});

afterAll(() => {
  registry?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(names)('the archive of %s', (name) => {
  test('has what is built, a licence and a readme, and nothing else', () => {
    const { files = [] } = packed.get(name) ?? {};
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(files.filter((file) => !/^(dist\/.*|LICENSE|README\.md|package\.json)$/.test(file))).toEqual([]);
    expect(files.filter((file) => /\.test\.|\.spec\.|fixtures|\.tsbuildinfo/.test(file))).toEqual([]);
  });

  test('says where its parts are, and no range that only the workspace knows', () => {
    const { files = [], manifest } = packed.get(name) ?? {};
    expect(JSON.stringify(manifest)).not.toMatch(/"(workspace|catalog|link|file):/);
    for (const { types, node, default: code } of Object.values(manifest?.exports ?? {})) {
      expect(files).toEqual(expect.arrayContaining([types, node, code].map((path) => path?.slice(2))));
    }
  });

  test('imports nothing that it does not bring or ask for', () => {
    const { files = [], manifest } = packed.get(name) ?? {};
    const asked = [...Object.keys(manifest?.dependencies ?? {}), ...Object.keys(manifest?.peerDependencies ?? {})];
    const strange = files
      .filter((file) => /^dist\/.*\.js$/.test(file))
      .flatMap((file) => {
        const code = readFileSync(join(folder, 'unpacked', name, file), 'utf8');
        const imported = [
          ...code.matchAll(/^(?:(?:import|export)\b[^'"`;=(]*?\bfrom\s*|import\s*)["']([^."'][^"']*)["'];?$/gm),
        ];
        return imported.map(([, from = '']) => `${file}: ${from}`);
      })
      .filter((line) => {
        const from = line.slice(line.indexOf(': ') + 2);
        return !isBuiltin(from) && !asked.some((one) => from === one || from.startsWith(`${one}/`));
      });
    expect(strange).toEqual([]);
  });

  test('has source maps that lead nowhere outside the package', () => {
    const { files = [] } = packed.get(name) ?? {};
    const maps = files.filter((file) => file.endsWith('.map'));
    expect(maps).not.toEqual([]);
    for (const map of maps) {
      const text = readFileSync(join(folder, 'unpacked', name, map), 'utf8');
      const { sources } = JSON.parse(text) as { sources: string[] };
      const inside = sources.map((source) => join(name, map, '..', source));
      expect(inside.filter((path) => !path.startsWith(join(name, 'src')))).toEqual([]);
    }
    for (const file of files.filter((one) => one.startsWith('dist/'))) {
      expect(readFileSync(join(folder, 'unpacked', name, file), 'utf8')).not.toContain(root);
    }
  });
});

describe('in a project of its own', () => {
  test('npm installs them, one of each', async () => {
    // Node 20 may run them, but not vitest, which the testkit is for.
    expect(installation.err).not.toMatch(/rushlight|ERESOLVE|deprecated/);
    expect(installation.out).toMatch(/added \d+ packages/);
    const listed = await inProject('npm', 'ls', '--all', '--parseable');
    expect(listed).toMatchObject(succeeded);
    const ours = listed.out.split('\n').filter((path) => /[\\/](rushlight|@rushlight[\\/][^\\/]+)$/.test(path));
    expect(ours).toHaveLength(names.length);
  });

  test('Node imports every entry', async () => {
    // One declares tests, where vitest runs; the other is the program of a page's worker.
    const elsewhere = ['@rushlight/backend-testkit', '@rushlight/backend-wasm/worker'];
    const here = entries.filter((entry) => !elsewhere.includes(entry));
    expect(here).toHaveLength(entries.length - elsewhere.length);
    writeFileSync(at('import.mjs'), importing(here));
    const { code, out, err } = await inProject('node', 'import.mjs');
    expect({ code, err }).toEqual(succeeded);
    const counts = JSON.parse(out) as Record<string, number>;
    // This one is imported for what it does to tensors.
    expect(here.filter((entry) => !counts[entry])).toEqual(['@rushlight/core/methods']);
  });

  test('Node finds in an entry what bundlers do', async () => {
    const both = [...packed.values()]
      .filter(({ manifest }) => !['@rushlight/backend-testkit', '@rushlight/cli'].includes(manifest.name))
      .flatMap(({ manifest }) => {
        const file = (path = ''): string => `./node_modules/${manifest.name}/${path.slice(2)}`;
        return Object.values(manifest.exports ?? {}).map(
          (entry) => [file(entry['node']), file(entry['default'])] as const,
        );
      })
      .filter(([node]) => !node.endsWith('worker.js'));
    writeFileSync(at('names.mjs'), namesOf(both.flat()));
    const { code, out, err } = await inProject('node', 'names.mjs');
    expect({ code, err }).toEqual(succeeded);
    const found = JSON.parse(out) as Record<string, string[]>;
    const listed = (side: 0 | 1) => both.map((files) => [files[1], found[files[side]]]);
    expect(listed(0)).toEqual(listed(1));
  });

  /** As the compiler of a version does. */
  const checkTypes = (version: 6 | 7): Promise<Finished> =>
    inProject('node', join(root, 'node_modules', ...(version === 7 ? ['typescript-7', 'bin', 'tsc'] : ['typescript', 'bin', 'tsc6'])), '-p', '.'); // prettier-ignore

  test.each([
    [7, 'bundler', 'esnext', []],
    [7, 'nodenext', 'nodenext', []],
    [7, 'nodenext', 'nodenext', ['node']],
    [6, 'nodenext', 'nodenext', ['node']],
  ] as const)('TypeScript %i has all types: %s, %s, %j', async (version, resolution, module, types) => {
    // Files are read through Buffer and streams, which only Node's types know.
    const here = types.length > 0 ? entries : entries.filter((entry) => !entry.endsWith('/node'));
    writeFileSync(at('types.ts'), typing(here));
    writeFileSync(at('train.ts'), training);
    writeFileSync(at('tsconfig.json'), settings(module, resolution, types, ['types.ts', 'train.ts']));
    expect(await checkTypes(version)).toEqual({ code: 0, out: '', err: '' });
  });

  test.each(Object.entries(methods))('methods are known where they are there: %s', async (_, text) => {
    writeFileSync(at('methods.ts'), text);
    writeFileSync(at('tsconfig.json'), settings('esnext', 'bundler', ['node'], ['methods.ts']));
    expect(await checkTypes(7)).toEqual({ code: 0, out: '', err: '' });
  });

  test.each([
    ["import { Tensor } from '@rushlight/core';", false],
    ["import '@rushlight/core/methods'; import { Tensor } from '@rushlight/core';", true],
    ["import { Tensor } from 'rushlight';", true],
  ])('a bundle keeps the methods that it imports: %s', async (imports, expected) => {
    writeFileSync(at('kept.js'), `${imports} console.log('sort' in Tensor.prototype);`);
    await esbuild.build({ absWorkingDir: at(), entryPoints: ['kept.js'], outfile: at('kept.mjs'), bundle: true, format: 'esm', platform: 'browser', target: 'es2022' }); // prettier-ignore
    expect(await inProject('node', 'kept.mjs')).toEqual({ ...succeeded, out: `${expected}\n` });
  });

  /** What a program that trains did, and whether it learned. */
  async function outcome(
    file: string,
  ): Promise<{ code: number | null; err: string; backend?: string; learned?: boolean }> {
    const { code, out, err } = await inProject('node', file);
    if (code !== 0) return { code, err };
    const { backend, first, last } = JSON.parse(out) as { backend: string; first: number; last: number };
    return { code, err, backend, learned: first > 0.5 && last < 0.2 };
  }
  const learned = { ...succeeded, backend: 'wasm', learned: true };

  test('a training loop learns in Node', async () => {
    const { code } = await esbuild.transform(training, { loader: 'ts', target: 'es2022' });
    writeFileSync(at('train.mjs'), code);
    expect(await outcome('train.mjs')).toEqual(learned);
  });

  test('it learns in a bundle of esbuild', async () => {
    writeFileSync(at('train.ts'), training);
    const built = await esbuild.build({
      absWorkingDir: at(),
      entryPoints: ['train.ts'],
      outdir: 'esbuild',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'silent',
    });
    expect(built.warnings).toEqual([]);
    rmSync(at('train.ts'));
    expect(await outcome('esbuild/train.mjs')).toEqual(learned);
  });

  test.each([
    ['cpu', 60],
    ['wasm', 95],
  ] as const)('a page with an MLP on %s takes at most %d kB', async (backend, limit) => {
    writeFileSync(at('small.js'), smallPage(backend));
    const options = { absWorkingDir: at(), bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022' } as const; // prettier-ignore
    const built = await esbuild.build({ ...options, entryPoints: ['small.js'], outdir: 'small', outExtension: { '.js': '.mjs' }, splitting: true }); // prettier-ignore
    expect(built.warnings).toEqual([]);
    expect(await outcome('small/small.mjs')).toEqual({ ...learned, backend });
    const files = globSync('small/*.mjs', { cwd: at() }).map((file) => readFileSync(at(file)));
    const size = files.reduce((sum, code) => sum + gzipSync(code, { level: 9 }).length, 0);
    rmSync(at('small'), { recursive: true });
    expect(size / 1000).toBeLessThanOrEqual(limit);
  });

  test('it learns in a bundle of Vite', async () => {
    writeFileSync(at('page.ts'), training);
    const warnings: string[] = [];
    await vite.build({
      root: at(),
      configFile: false,
      logLevel: 'silent',
      build: {
        outDir: 'vite',
        target: 'es2022',
        modulePreload: false, // links in a document, and there is none here
        rollupOptions: {
          input: at('page.ts'),
          output: { entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
          onwarn: ({ message }) => void warnings.push(message),
        },
      },
    });
    expect(warnings).toEqual([]);
    expect(await outcome('vite/page.mjs')).toEqual(learned);
  });

  test('the command line trains and predicts', async () => {
    const trained = await inProject('npx', '--offline', 'rushlight', 'train', '--dataset', 'blobs', '--epochs', '1', '--run-dir', 'run'); // prettier-ignore
    expect(trained.code === 0 ? '' : trained.err).toBe('');
    expect(trained.out).toMatch(/Train Epoch: 1 \[\d+\/1000 \(\d+%\)\]\tLoss: \d\.\d{6}\n/);
    expect(trained.out).toMatch(/Test set: Average loss: \d\.\d{4}, Accuracy: \d+\/200 \(\d+%\)\n/);
    const predicted = await inProject('npx', '--offline', 'rushlight', 'predict', 'run', '0.5,-1');
    expect(predicted).toMatchObject(succeeded);
    expect(predicted.out).toMatch(/^0\.5,-1: [012] \(\d+\.\d%/);
  });
});
