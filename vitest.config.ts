import { existsSync, readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// One project per package. Siblings resolve from source through the private export condition;
// TEST_BUILT=1 leaves the condition out, so that the same suites run against dist.
const conditions = process.env.TEST_BUILT ? [] : ['@rushlight/source'];

const projects = ['packages', 'apps', 'examples']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))
  .filter((root) => existsSync(`${root}/package.json`));

export default defineConfig({
  resolve: { conditions: [...conditions, 'module', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'module', 'node', 'import', 'default'] } },
  test: {
    projects: projects.map((root) => ({
      extends: true as const,
      root,
      test: { name: root.slice(root.indexOf('/') + 1), include: ['src/**/*.test.ts'] },
    })),
  },
});
