// What a visitor may copy from the landing page.

export const code = `import { data, nn, optim, train, useBackend } from 'rushlight';

await useBackend('auto'); // webgpu, wasm or cpu
const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(784, 64), new nn.ReLU(), new nn.Linear(64, 10));
const trainer = new train.Trainer({
  model,
  criterion: new nn.CrossEntropyLoss(),
  optimizer: new optim.Adam(model.parameters()),
  trainLoader: new data.DataLoader(new data.Digits(), { batchSize: 64, shuffle: true }),
});
for await (const event of trainer.run(3)) {
  if (event.kind === 'epoch') console.log(event.epoch, event.loss);
}`;
