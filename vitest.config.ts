import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { builtSuites } from './vitest.built.ts';

const root = import.meta.dirname;

// Siblings resolve from source through the private export condition, with nothing built.
// TEST_BUILT=1 leaves the condition out: the suites then import what is in dist.
const built = Boolean(process.env.TEST_BUILT);
const conditions = [...(built ? [] : ['@rushlight/source']), 'module', 'node', 'import', 'default'];

// Each package is a project named after its folder.
const packages = ['packages', 'apps', 'examples']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => ({ name, path: join(root, folder, name) })))
  .concat({ name: 'benchmarks', path: join(root, 'benchmarks') })
  .filter(({ path }) => existsSync(join(path, 'package.json')));

// Loading core anew for every file takes longer than most of these suites: the files of such a package share a worker's modules, and
// vitest.tidy.ts puts things in order after each. Those that mock modules, stub globals or start processes stay alone.
const sharing = new Set(built ? [] : ['core', 'data', 'io', 'nn', 'losses', 'optim', 'conformance']);

// All have the repository as their root: what vitest has transformed for one package is then there for the next.
const projects = packages.map(({ name, path }) => {
  const suites = built ? builtSuites(path) : undefined;
  return {
    extends: true as const,
    plugins: suites ? [{ name: 'built-suites', load: (id: string) => suites.get(id) }] : [],
    test: {
      name,
      isolate: !sharing.has(name),
      setupFiles: sharing.has(name) ? [join(root, 'vitest.tidy.ts')] : [],
      include: suites
        ? [...suites.keys()].map((file) => relative(root, file))
        : [`${relative(root, path)}/src/**/*.test.ts`],
    },
  };
});

// Started in a package's folder, as turbo does, a run leaves its counts there for scripts/test.mjs to add up.
const inPackage = packages.some(({ path }) => path === process.cwd());
const report = join(process.cwd(), '.reports', built ? 'built.json' : 'source.json');

export default defineConfig({
  root,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects,
    // Suites call operations as methods, all of them; that packages do not is held by their builds.
    setupFiles: [join(root, built ? 'packages/core/dist/bundled/methods.js' : 'packages/core/src/methods.ts')],
    // Node keeps what it compiled for the processes that suites start: most of their time goes by before they begin.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled') },
    // Every core, also where there are two: the longest suite, of backend-wasm, should not be the last to end.
    maxWorkers: '100%',
    // A guard against hanging, not a measure of speed: machines are slow and shared.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    passWithNoTests: built, // where no suite can be turned to dist
    reporters: inPackage ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
