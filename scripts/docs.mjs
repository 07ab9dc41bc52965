// `npm run docs`: the reference of all public packages, as pages in docs/api. With --check it writes nothing, and fails where a
// link leads nowhere or a type that users meet is not exported.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, Comment, Converter, ReflectionKind } from 'typedoc';
import { packageFolders, root } from './workspace.mjs';

const check = process.argv.includes('--check');

/** What users import, by the file that it comes from. */
const entries = new Map(
  packageFolders
    .filter((folder) => folder.startsWith('packages'))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => !manifest.private)
    // The umbrella first: what it passes on of core is described there, under the name that most people import.
    .toSorted((a, b) => Number(b.manifest.name === 'rushlight') - Number(a.manifest.name === 'rushlight'))
    .flatMap(({ folder, manifest: { name, description, exports } }) =>
      Object.entries(exports).map(([path, { '@rushlight/source': source }]) => [
        join(root, folder, source),
        { package: name, name: name + path.slice(1), description: path === '.' ? description : '' },
      ]),
    ),
);

/** Types that signatures mention and nobody has to name. What is added to a signature is exported, or stands here. */
const internal = {
  '@rushlight/core': [
    'Backward',
    'BackwardContext',
    'Binary',
    'CallOptions',
    'Checked',
    'Collector',
    'DrawOptions',
    'Each',
    'Edge',
    'FloatDType',
    'Gradient',
    'Jacobian',
    'LaunchPlan',
    'LikeArguments',
    'LoopSpec',
    'NestedArray',
    'OutputDescription',
    'PlanCache',
    'RecordedForm',
    'Rest',
    'SetPrintOptions',
    'Storage',
    'Strides',
    'Ternary',
    'Typed',
    'Unary',
    'WithAux',
    'WithCounts',
    'WithInverse',
    'WithoutKey',
  ],
  '@rushlight/data': [
    'AddedTokenJSON',
    'ByteLevelJSON',
    'IdxSet',
    'InputOf',
    'LabeledPointsOptions',
    'Order',
    'OutputOf',
    'Sized',
    'Step',
    'Steps',
  ],
  '@rushlight/io': ['storedBits'],
  '@rushlight/losses': ['ClassOptions'],
  '@rushlight/nn': [
    'ActivationOptions',
    'AnyBatchNorm',
    'AnyConv',
    'Args',
    'BlockMasks',
    'Entries',
    'FractionalOptions',
    'Fused',
    'GivenStates',
    'LazyTensor',
    'MaxOptions',
    'Named',
    'Pooled',
    'Replacement',
    'Sizes',
    'WithForward',
    'gains',
    'maps',
    'modes',
    'paddingModes',
    'rnnCells',
  ],
  '@rushlight/optim': [
    'ASGDState',
    'AdadeltaState',
    'AdagradState',
    'AdamState',
    'AdamaxState',
    'Defaults',
    'LionState',
    'Momentum',
    'MuonState',
    'NAdamState',
    'RAdamState',
    'RMSpropState',
    'Rate',
    'RpropState',
    'SGDState',
  ],
  '@rushlight/train': ['ClassCounts', 'Wide'],
};

const app = await Application.bootstrap({
  name: 'Rushlight',
  entryPoints: [...entries.keys()],
  tsconfig: join(root, 'tsconfig.json'),
  exclude: ['**/*.test.ts'],
  readme: join(root, 'README.md'),
  out: join(root, 'docs', 'api'),
  cleanOutputDir: true,
  skipErrorChecking: true, // check:types does that
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableGit: true,
  basePath: root,
  gitRevision: 'main',
  sourceLinkTemplate: 'https://github.com/rushlight/rushlight/blob/{gitRevision}/{path}#L{line}',
  githubPages: false,
  sortEntryPoints: false,
  hideGenerator: true,
  headings: { readme: false },
  navigation: { includeGroups: false, includeFolders: false },
  validation: { notExported: true, invalidLink: true, invalidPath: false, rewrittenLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
  logLevel: check ? 'Warn' : 'Info',
});

// Modules are called by what one imports.
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const entry = entries.get(module.sources?.[0]?.fullFileName);
    if (!entry) continue;
    module.name = entry.name;
    module.comment ??= new Comment([{ kind: 'text', text: entry.description }]);
  }
});

const project = await app.convert();
if (project) {
  app.validate(project);
  // TypeDoc looks for what is not exported in one package only: the one that the project says it is.
  app.options.setValue('validation', {
    notExported: true,
    invalidLink: false,
    invalidPath: false,
    rewrittenLink: false,
  });
  for (const name of new Set([...entries.values()].map((entry) => entry.package))) {
    project.packageName = name;
    app.options.setValue('intentionallyNotExported', internal[name] ?? []);
    app.validate(project);
  }
  if (!check) await app.generateDocs(project, app.options.getValue('out'));
}
process.exitCode = !project || app.logger.hasErrors() || app.logger.hasWarnings() ? 1 : 0;
