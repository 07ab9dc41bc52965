import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

// Shared by every package: the entries are what its package.json exports from source.
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { '@rushlight/source': string }>;
};
const entries = Object.values(exports).map((entry) => entry['@rushlight/source']);

export default defineConfig({
  // './src/kernel/index.ts' becomes dist/kernel/index.js
  entry: Object.fromEntries(entries.map((path) => [path.slice('./src/'.length, -'.ts'.length), path])),
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  tsconfig: 'tsconfig.build.json',
  // tsup's own flattens `export * as` into what is no declaration: tsc writes a file for each source.
  dts: false,
  onSuccess:
    'tsc -p tsconfig.build.json --noEmit false --declaration --emitDeclarationOnly --customConditions null --rootDir src --outDir dist',
  sourcemap: true,
  splitting: true,
  treeshake: true,
  clean: true,
  silent: true,
});
