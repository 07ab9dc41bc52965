// The TypeScript of what the page trains, as it is set.

export interface ExampleOptions {
  readonly filters: number;
  readonly size: number;
  readonly batch: number;
  readonly seed: number;
  readonly lr: number;
  /** Whether IDX files are learnt from, and not the embedded digits. */
  readonly hasFiles: boolean;
}

const embedded = `const trainSet = new data.Digits();
const heldOut = new data.Digits({ train: false, size: 500 });`;

const fromFiles = `const read = async (name: string) => Uint8Array.from((await data.readIdx(new Uint8Array(await readFile(name)))).data);
const images = await read('train-images-idx3-ubyte.gz');
const labels = await read('train-labels-idx1-ubyte.gz');
const all = new data.ImageDataset({ images, labels, rows: 28, cols: 28 });
const held = Math.min(500, Math.ceil(all.length / 10));
const [heldOut, trainSet] = data.randomSplit(all, [held, all.length - held]);`;

export function exampleCode({ filters, size, batch, seed, lr, hasFiles }: ExampleOptions): string {
  const perEpoch = hasFiles ? 'Math.min(1000, trainSet.length)' : '1000';
  return `${hasFiles ? "import { readFile } from 'node:fs/promises';\n" : ''}import { data, manualSeed, nn, optim, train, useBackend } from 'rushlight';

await useBackend('auto'); // webgpu, wasm or cpu
${hasFiles ? fromFiles : embedded}

manualSeed(${seed});
const model = new nn.Sequential(
  new nn.Conv2d(1, ${filters}, ${size}, { padding: ${(size - 1) / 2} }),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Conv2d(${filters}, ${2 * filters}, 3, { padding: 1 }),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Flatten(),
  new nn.Linear(${2 * filters * 49}, 10),
);
// Small epochs: 1,000 digits each.
const sampler = new data.RandomSampler(trainSet, { numSamples: ${perEpoch} });
const trainer = new train.Trainer({
  model,
  criterion: new nn.CrossEntropyLoss(),
  optimizer: new optim.Adam(model.parameters(), { lr: ${lr} }),
  trainLoader: new data.DataLoader(trainSet, { batchSize: ${batch}, sampler }),
  evalLoader: new data.DataLoader(heldOut, { batchSize: 250 }),
  metrics: { accuracy: new train.Accuracy(), confusion: new train.ConfusionMatrix(10) },
});
for await (const event of trainer.run(10)) {
  if (event.kind === 'epoch') console.log(event.epoch, event.loss, event.evaluation?.accuracy);
}
const bytes = await trainer.save(); // safetensors
`;
}
