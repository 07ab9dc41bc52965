// What a project of its own does with the packages, as the texts of its files.

/** The training loop of the README, on points; it writes its first and last loss. */
export const training = `
import { data, manualSeed, nn, optim, useBackend, type Tensor } from 'rushlight';

class MyModel extends nn.Module<[x: Tensor], Tensor> {
  fc1 = new nn.Linear(2, 16);
  fc2 = new nn.Linear(16, 3);
  forward(x: Tensor): Tensor {
    return this.fc2(this.fc1(x).relu());
  }
}

const { name } = await useBackend('auto');
manualSeed(0);
const loader = new data.DataLoader(data.makeBlobs(300, { centers: 3 }), { batchSize: 32, shuffle: true });
const model = new MyModel();
const criterion = new nn.CrossEntropyLoss();
const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 });
const losses: number[] = [];
for (let epoch = 0; epoch < 10; epoch++) {
  for await (const [x, target] of loader) {
    optimizer.zeroGrad();
    const loss = criterion(model(x), target);
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
}
console.log(JSON.stringify({ backend: name, first: losses[0], last: losses.at(-1) }));
`;

/** A page that trains an MLP, from the scoped packages, on one backend. */
export const smallPage = (backend: 'cpu' | 'wasm'): string => `
import { manualSeed, randn, useBackend } from '@rushlight/core';
import { ${backend} } from '@rushlight/backend-${backend}';
import { Linear, ReLU, Sequential } from '@rushlight/nn';
import { crossEntropy } from '@rushlight/losses';
import { SGD } from '@rushlight/optim';

await useBackend(${backend}());
manualSeed(0);
const model = new Sequential(new Linear(10, 16), new ReLU(), new Linear(16, 2));
const optimizer = new SGD(model.parameters(), { lr: 0.5 });
const x = randn([64, 10]);
const target = x.sum(1).gt(0).to('int32');
const losses = [];
for (let step = 0; step < 100; step++) {
  optimizer.zeroGrad();
  const loss = crossEntropy(model(x), target);
  loss.backward();
  optimizer.step();
  losses.push(await loss.item());
}
console.log(JSON.stringify({ backend: '${backend}', first: losses[0], last: losses.at(-1) }));
`;

/** Methods that are there without and with \`@rushlight/core/methods\`; what a comment expects to be an error must be one. */
export const methods = {
  without: `
import { randn, sort } from '@rushlight/core';
export const kept = [randn([3]).relu().sum(), sort(randn([3]), 0).values];
// @ts-expect-error It has to be imported.
export const missing = randn([3]).sort(0);
`,
  with: `
import '@rushlight/core/methods';
import { randn, type Tensor } from '@rushlight/core';
export const sorted: Tensor = randn([3]).sort(0).values.gelu_().nonzero();
`,
  umbrella: `
import { randn, type Tensor } from 'rushlight';
export const sorted: Tensor = randn([3]).sort(0).values.gelu_().nonzero();
`,
};

/** Imports every entry and says how many names each has. */
export const importing = (entries: readonly string[]): string => `
const counts = {};
for (const entry of ${JSON.stringify(entries)}) counts[entry] = Object.keys(await import(entry)).length;
console.log(JSON.stringify(counts));
`;

/** Imports files and says what each exports. */
export const namesOf = (files: readonly string[]): string => `
const names = {};
for (const file of ${JSON.stringify(files)}) names[file] = Object.keys(await import(file));
console.log(JSON.stringify(names));
`;

/** Has the types of every entry checked, and those that a program meets. */
export const typing = (entries: readonly string[]): string =>
  entries.map((entry, k) => `export * as entry${k} from ${JSON.stringify(entry)};\n`).join('');

/** A project's settings for TypeScript. */
export const settings = (
  module: string,
  moduleResolution: string,
  types: readonly string[],
  files: readonly string[],
): string =>
  JSON.stringify({
    compilerOptions: {
      module,
      moduleResolution,
      types,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
    },
    files,
  });
