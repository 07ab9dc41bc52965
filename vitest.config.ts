import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;

// Siblings resolve from source through the private export condition, with nothing built.
// TEST_BUILT=1 leaves the condition out: the same suites then import what is in dist.
const built = Boolean(process.env.TEST_BUILT);
const conditions = [...(built ? [] : ['@rushlight/source']), 'module', 'node', 'import', 'default'];

// Each package is a project named after its folder.
const projects = ['packages', 'apps', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => ({ name, path: join(root, folder, name) })))
  .filter(({ path }) => existsSync(join(path, 'package.json')));

// Started in a package's folder, as turbo does, a run leaves its counts there for scripts/test.mjs to add up.
const inPackage = projects.some(({ path }) => path === process.cwd());
const report = join(process.cwd(), '.reports', built ? 'built.json' : 'source.json');

export default defineConfig({
  root,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: projects.map(({ name, path }) => ({
      extends: true as const,
      root: path,
      test: { name, include: ['src/**/*.test.ts'] },
    })),
    reporters: inPackage ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
