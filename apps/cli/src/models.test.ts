// Models in files of the user's, and the project that `init` writes.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { writeIdxSet } from './testing/files.ts';
import { inOwnFolder, rushlight } from './testing/in-process.ts';

const at = inOwnFolder();
const cpu = ['--backend', 'cpu'];
const model = (body: string): string => `import { nn, type Tensor } from 'rushlight';\n${body}`;
const linear = model(`
  export default class Mine extends nn.Module<[x: Tensor], Tensor> {
    fc: nn.Linear;
    constructor({ inputShape: [features = 0], outputs }: { inputShape: number[]; outputs: number }) {
      super();
      this.fc = new nn.Linear(features, outputs);
    }
    forward(x: Tensor): Tensor { return this.fc(x); }
  }`);

test('a model in a file is trained, evaluated and predicted with', async () => {
  writeFileSync(at('mine.ts'), linear);
  const args = ['train', '--dataset', 'blobs', '--model', './mine.ts', '--epochs', '5', '--run-dir', 'mine', ...cpu];
  expect((await rushlight(args)).code).toBe(0);
  expect((await rushlight(['eval', 'mine', ...cpu])).out).toContain('Accuracy');
  expect((await rushlight(['predict', 'mine', '0.5,-1', ...cpu])).out).toMatch(/^0\.5,-1: \d \(\d+\.\d%/);
  writeFileSync(at('mine.ts'), linear.replace('features, outputs)', 'features, outputs, { bias: false })'));
  const changed = await rushlight(['eval', 'mine', ...cpu]);
  expect(changed.err).toMatch(/^rushlight: the model .*mine\.ts is not the one that was trained: .*fc\.bias/s);
  expect(changed.code).toBe(2);
  const resumed = await rushlight(['train', '--resume', 'mine', ...cpu]);
  expect(resumed.err).toMatch(/is not the one that was trained: fc\.bias is gone\. .*begin a new run/);
});

test.each([
  ['throws', model("throw new Error('my mistake');"), /throws\.ts could not be loaded: my mistake\n +at .*throws\.ts:2/],
  ['constructor', model("export default class extends nn.Module { constructor() { super(); throw new Error('my mistake'); } }"), /constructor\.ts could not be loaded: my mistake\n +at .*constructor\.ts:2/],
  ['promise', model("export default async () => { throw new Error('my mistake'); }"), /promise\.ts could not be loaded: my mistake/],
  ['nothing', 'export const x = 1;', /nothing\.ts could not be loaded: it has no default export that is a class or a function\. Write `export default class extends nn\.Module/],
  ['thing', 'export default () => 5;', /thing\.ts gives 5, which is no nn\.Module\. Extend nn\.Module, or return one\./],
  ['plain', 'export default class {}', /plain\.ts gives \[object Object\], which is no nn\.Module\./],
  ['made', model('export default new nn.Linear(2, 3);'), /made\.ts could not be loaded: it has no default export that is a class or a function\./],
  ['empty', model('export default class extends nn.Module<[x: Tensor], Tensor> { forward(x: Tensor) { return x.sum(1, { keepdim: true }).expand([-1, 3]); } }'), /rushlight: the model .*empty\.ts has no parameters to train\. Keep its layers in fields\./],
  ['later', linear.replace('forward', 'async forward').replace('): Tensor', '): Promise<Tensor>'), /the model .*later\.ts makes no tensor of an input of shape \[1, 2\], and the samples need \[1, 3\]\./],
  ['syntax', 'export default class {', /syntax\.ts could not be loaded: /],
  ['unknown', "import 'no-such-package';\nexport default 1;", /unknown\.ts could not be loaded: .*no-such-package/],
  ['shapes', linear.replace('features, outputs', '17, outputs'), /the model .*shapes\.ts fails on an input of shape \[1, 2\]: linear: .*\n +at .*shapes\.ts:9/],
  ['outputs', linear.replace('features, outputs', 'features, 7'), /the model .*outputs\.ts makes \[1, 7\] of an input of shape \[1, 2\], and the samples need \[1, 3\]\./],
  ['late', linear.replace('{ return', "{ if (this.training && Math.random() < 0.1) throw new Error('my mistake'); return"), /rushlight: the model .*late\.ts fails after step \d+: my mistake\n +at .*late\.ts:9/],
])('a file that %s', async (name, text, message) => {
  writeFileSync(at(`${name}.ts`), text);
  const { err, code } = await rushlight(['train', '--dataset', 'blobs', '--model', `./${name}.ts`, ...cpu]);
  expect(err).toMatch(message);
  expect(code).toBe(2);
}); // prettier-ignore

test('a model that is larger than memory', async () => {
  const { err, code } = await rushlight(['train', '--dataset', 'blobs', '--hidden', '1000000000000', ...cpu]);
  expect(err).toMatch(/^rushlight: cpu: \d+ bytes for one tensor are more than its budget of \d+\.\n$/);
  expect(code).toBe(1);
});

test('a file that is not there', async () => {
  const { err, code } = await rushlight(['train', '--dataset', 'blobs', '--model', './nowhere.ts', ...cpu]);
  expect(err).toContain(`${at('nowhere.ts')} is not there. Pass the file of a model, or one of cnn, convnet, mlp, linear.`); // prettier-ignore
  expect(code).toBe(2);
});

describe('init', () => {
  test('writes a project that trains, and says how', async () => {
    const { out } = await rushlight(['init', 'my project']);
    expect(out).toContain('  cd "my project"\n');
    expect(out).toContain('  npm install\n');
    expect(out).toContain('  npx rushlight train --config rushlight.yaml\n');
    for (const file of ['.gitignore', 'README.md', 'model.ts', 'package.json', 'rushlight.yaml', 'tsconfig.json']) {
      expect(existsSync(at('my project', file))).toBe(true);
    }
    expect(JSON.parse(readFileSync(at('my project', 'package.json'), 'utf8'))).toMatchObject({ name: 'my-project' });
    writeIdxSet(at('mnist'));
    const args = ['--dataset', 'mnist', '--data-dir', 'mnist', '--epochs', '1', '--run-dir', 'first', ...cpu];
    expect((await rushlight(['train', '--config', 'my project/rushlight.yaml', ...args])).code).toBe(0);
    expect(JSON.parse(readFileSync(at('first', 'config.json'), 'utf8'))).toMatchObject({ settings: { model: at('my project', 'model.ts') } }); // prettier-ignore
  });

  test('leaves alone what is there', async () => {
    await rushlight(['init', 'twice']);
    const { err, code } = await rushlight(['init', 'twice']);
    expect(err).toMatch(/twice has .*model\.ts.* already\. Pass another folder\./);
    expect(code).toBe(2);
    writeFileSync(at('file'), '');
    expect((await rushlight(['init', 'file'])).err).toMatch(/^rushlight: .*file cannot be made a folder \(.*\)\. Pass another\.\n$/); // prettier-ignore
  });
});

test('devices are listed', async () => {
  const { out, code } = await rushlight(['devices']);
  expect(out).toMatch(/^webgpu +(does not run here: webgpu: .*|.*float16)\nwasm +\d+ threads?, .*\ncpu +\S.*\nauto +takes (webgpu|wasm)\n$/); // prettier-ignore
  expect(code).toBe(0);
});
