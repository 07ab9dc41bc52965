// Imports point downwards only. Type-only imports may form cycles, imports of values may not.

/** What the sources of each package may import of ours. */
const sources = {
  core: [],
  'test-support': [],
  'backend-cpu': ['core'],
  'backend-wasm': ['core'],
  'backend-webgpu': ['core'],
  'backend-testkit': ['core'],
  nn: ['core'],
  losses: ['core', 'nn'],
  optim: ['core', 'nn'],
  data: ['core'],
  io: ['core'],
  train: ['core', 'nn', 'optim', 'io'],
  rushlight: ['core', 'backend-cpu', 'backend-wasm', 'backend-webgpu', 'nn', 'losses', 'optim', 'data', 'io', 'train'],
};

/** What their tests may import besides. */
const tests = {
  'backend-cpu': ['backend-testkit'],
  'backend-wasm': ['backend-testkit', 'test-support'],
  'backend-webgpu': ['backend-testkit', 'test-support'],
  rushlight: ['test-support'],
  train: ['data', 'losses'],
};

/** Private packages that tie all others together. */
const anything = ['conformance'];

const ours = '^(packages|apps|examples)/';
/** Tests, and what they alone use. */
const testFile = '(\\.test|/(against-reference|error-table))\\.ts$';
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const directions = Object.entries(sources).flatMap(([name, allowed]) => {
  const rule = (suffix, file, packages) =>
    forbid(
      `${name}-imports${suffix}`,
      `${name} may import ${packages.length > 0 ? packages.join(', ') : 'none'} of our packages here.`,
      { path: `^packages/${name}/`, ...file },
      { path: ours, pathNot: `^packages/(${[name, ...packages].join('|')})/` },
    );
  return [
    rule('', { pathNot: testFile }, allowed),
    rule('-in-tests', { path: `^packages/${name}/.*${testFile}` }, [...allowed, ...(tests[name] ?? [])]),
  ];
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...directions,
    forbid(
      'unlisted-package',
      'A new package says in .dependency-cruiser.mjs what it may import.',
      { path: `^packages/(?!(${[...Object.keys(sources), ...anything].join('|')})/)` },
      {},
    ),
    forbid(
      'kernel-stands-alone',
      'The kernel language is pure data and imports nothing.',
      { path: '^packages/core/src/kernel/', pathNot: testFile },
      { pathNot: '^packages/core/src/kernel/' },
    ),
    forbid(
      'optimizers-know-no-modules',
      'Averages of models are modules, optimizers are not: only swa-utils may import nn.',
      { path: '^packages/optim/', pathNot: '^packages/optim/src/swa-utils/' },
      { path: '^packages/nn/' },
    ),
    forbid(
      'apps-use-the-umbrella',
      'Apps and examples import rushlight, as their readers will.',
      { path: '^(apps|examples)/([^/]+)/' },
      { path: ours, pathNot: '^packages/(rushlight|test-support)/|^$1/$2/' },
    ),
    forbid(
      'benchmarks-use-the-umbrella',
      'Benchmarks import rushlight, as people will, and the backends that they compare.',
      { path: '^benchmarks/' },
      { path: ours, pathNot: '^packages/(rushlight|backend-(cpu|wasm|webgpu)|test-support)/' },
    ),
    forbid(
      'no-reaching-inside',
      'Another package is imported by its name, never by a path into it.',
      { path: `${ours}([^/]+)/` },
      { path: ours, pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    ),
    forbid(
      'node-only-where-declared',
      'Library code runs in browsers: modules of Node belong in data/node and train/node, in apps, in tests and in what tests use.',
      {
        path: '^packages/',
        pathNot: `${testFile}|^packages/((data|train)/src/node|backend-webgpu/src/(testing|engines)|conformance|test-support)/`,
      },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'no-cycles',
      'Files import each other in a circle: move what both need into a file of its own.',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    // Rivals are installed on demand, beside the workspace.
    forbid('resolvable', 'The import leads nowhere.', { pathNot: '^benchmarks/rivals/' }, { couldNotResolve: true }),
    forbid(
      'declared',
      'The import is not in package.json of the package.',
      { path: `${ours}|^benchmarks/src/` },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    combinedDependencies: true,
    doNotFollow: { path: ['node_modules', '/dist/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@rushlight/source', 'import', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
