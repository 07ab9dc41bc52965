// `rushlight init`: a small project to begin with.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { messageOf } from '../config/message-of.ts';
import { quoted } from './run-folder.ts';

const project = (name: string): Readonly<Record<string, string>> => ({
  'rushlight.yaml': `# npx rushlight train --config rushlight.yaml
# Every flag of \`npx rushlight train --help\` can stand here: --batch-size is batchSize. Paths are seen from this file.
dataset: digits
model: ./model.ts
epochs: 6
batchSize: 64
optimizer: adam
lr: 0.004
scheduler: step
seed: 1
`,
  'model.ts': `// The model that rushlight.yaml names. It is made for samples of spec.inputShape, here [1, 28, 28], and spec.outputs classes.

import { nn, type Tensor } from 'rushlight';

interface Spec {
  readonly inputShape: readonly number[];
  readonly outputs: number;
}

export default class Model extends nn.Module<[x: Tensor], Tensor> {
  conv: nn.Conv2d;
  norm = new nn.BatchNorm2d(16);
  pool = new nn.MaxPool2d(2);
  fc: nn.Linear;

  constructor({ inputShape: [channels = 1, height = 28, width = 28], outputs }: Spec) {
    super();
    this.conv = new nn.Conv2d(channels, 16, 3, { padding: 1 });
    this.fc = new nn.Linear(16 * Math.floor(height / 2) * Math.floor(width / 2), outputs);
  }

  forward(x: Tensor): Tensor {
    return this.fc(this.pool(this.norm(this.conv(x)).relu()).flatten(1));
  }
}
`,
  'README.md': `# ${name}

\`\`\`sh
npm install
npx rushlight train --config rushlight.yaml    # what it learns is in runs/digits-model
npx rushlight eval runs/digits-model           # how good it is, class by class
npx rushlight predict runs/digits-model drawing.png
\`\`\`

The model is in model.ts, everything else in rushlight.yaml.
`,
  'package.json': json({
    name,
    private: true,
    type: 'module',
    scripts: { train: 'rushlight train --config rushlight.yaml' },
    dependencies: { rushlight: 'latest', '@rushlight/cli': 'latest' },
  }),
  // For editors: nothing has to be compiled.
  'tsconfig.json': json({
    compilerOptions: {
      target: 'es2023',
      module: 'nodenext',
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
    },
    include: ['*.ts'],
  }),
  '.gitignore': 'node_modules\nruns\n',
});

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Writes the project, and says what to do next. Throws ConfigError for a folder that has one of its files. */
export function init(folder: string): string[] {
  const path = resolve(folder);
  const name = basename(path).toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'my-model'; // prettier-ignore
  const all = project(name);
  const there = Object.keys(all).filter((file) => existsSync(join(path, file)));
  if (there.length > 0) throw new ConfigError(`${path} has ${there.join(', ')} already. Pass another folder.`);
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new ConfigError(`${path} cannot be made a folder (${messageOf(cause)}). Pass another.`);
  }
  for (const [file, text] of Object.entries(all)) writeFileSync(join(path, file), text);
  const enter = path === process.cwd() ? [] : [`  cd ${quoted(folder)}`];
  return [
    `${Object.keys(all).join(', ')} are in ${path}. Next:`,
    ...enter,
    '  npm install',
    '  npx rushlight train --config rushlight.yaml',
  ];
}
