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

/** Imports every entry and says how many names each has. */
export const importing = (entries: readonly string[]): string => `
const counts = {};
for (const entry of ${JSON.stringify(entries)}) counts[entry] = Object.keys(await import(entry)).length;
console.log(JSON.stringify(counts));
`;

/** Has the types of every entry checked, and those that a program meets. */
export const typing = (entries: readonly string[]): string =>
  entries.map((entry, k) => `export * as entry${k} from ${JSON.stringify(entry)};\n`).join('');

/** A project's settings for TypeScript. */
export const settings = (module: string, moduleResolution: string, types: string[], files: string[]): string =>
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
