import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { defineConfig } from 'tsup';

interface Entry {
  readonly '@rushlight/source': string;
  readonly node: string;
}

// Shared by every package: the entries are what its package.json exports from source. Built twice: for bundlers a file for
// each source, from which they take what a page uses; for Node few files, since it loads each of them by itself. Those lie in a
// folder of their own, named as none of src is.
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<'.', Entry> & Record<string, Entry>;
};
const entries = Object.values(exports).map((entry) => entry['@rushlight/source']);

rmSync('dist', { recursive: true, force: true });

/** A file for each source that the entries lead to, and its declarations: what only tests use stays out. */
async function writeFiles(): Promise<void> {
  const settings = {
    extends: '../tsconfig.build.json',
    compilerOptions: {
      noEmit: false,
      declaration: true,
      sourceMap: true,
      inlineSources: true,
      rewriteRelativeImportExtensions: true,
      customConditions: null,
      rootDir: '../src',
      outDir: '.',
    },
    include: [],
    files: entries.map((path) => `../${path}`),
  };
  writeFileSync('dist/tsconfig.json', JSON.stringify(settings));
  execFileSync('tsc', ['-p', 'dist'], { stdio: 'inherit', shell: process.platform === 'win32' });
  rmSync('dist/tsconfig.json');
}

export default defineConfig({
  // './src/kernel/index.ts' becomes dist/bundled/kernel/index.js
  entry: Object.fromEntries(entries.map((path) => [path.slice('./src/'.length, -'.ts'.length), path])),
  outDir: dirname(exports['.'].node),
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  tsconfig: 'tsconfig.build.json',
  dts: false,
  onSuccess: writeFiles,
  sourcemap: true,
  splitting: true,
  treeshake: true,
  silent: true,
});
