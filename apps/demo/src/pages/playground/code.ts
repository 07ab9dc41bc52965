// The program that does what the page shows: the same calls in the same order as in job.ts, so that its numbers are the page's.

import { blobCenters, classCount, deviation, type PlaygroundConfig } from './config.ts';
import { short } from './own-points.ts';

const layerNames = { relu: 'ReLU', tanh: 'Tanh', sigmoid: 'Sigmoid', gelu: 'GELU', silu: 'SiLU' } as const;
const optimizerNames = { adam: 'Adam', adamw: 'AdamW', rmsprop: 'RMSprop', sgd: 'SGD' } as const;

export function codeOf(config: PlaygroundConfig): string {
  const { seed, test, batch } = config;
  const points = pointsCode(config);
  const total = config.set === 'own' ? config.points.length : config.n;
  // Of a few points none may be left for testing.
  const evaluation =
    Math.floor(total * test) > 0
      ? `  evalLoader: new data.DataLoader(testSet, { batchSize: 1000 }),
  metrics: { accuracy: new train.Accuracy() },
`
      : '';
  return `import { ${[...points.names, 'data', 'Generator', 'manualSeed', 'nn', 'optim', 'train', 'useBackend'].join(', ')} } from 'rushlight';

await useBackend('auto');
manualSeed(${seed});
${points.code}
const [trainSet, testSet] = data.randomSplit(points, [${short(1 - test)}, ${short(test)}]);

const model = new nn.Sequential(
${modelCode(config)}
);
const trainer = new train.Trainer({
  model,
  criterion: new nn.CrossEntropyLoss(),
  optimizer: new optim.${optimizerNames[config.opt]}(model.parameters(), ${optimizerOptions(config)}),
  trainLoader: new data.DataLoader(trainSet, {
    batchSize: ${batch},
    shuffle: true,
    generator: new Generator().manualSeed(${seed}),
  }),
${evaluation}});
for await (const event of trainer.run(50)) {
  if (event.kind === 'epoch') console.log(event.epoch, event.loss, event.evaluation);
}
`;
}

function pointsCode(config: PlaygroundConfig): { readonly names: readonly string[]; readonly code: string } {
  const { set, n } = config;
  const std = deviation(config);
  switch (set) {
    case 'moons':
      return { names: [], code: `const points = data.makeMoons(${n}, { noise: ${std} });` };
    case 'circles':
      return { names: [], code: `const points = data.makeCircles(${n}, { factor: 0.5, noise: ${std} });` };
    case 'spirals':
      return { names: [], code: `const points = data.makeSpirals(${n}, { classes: ${config.classes}, noise: ${std} });` }; // prettier-ignore
    case 'blobs': {
      const centers = JSON.stringify(blobCenters(config.classes)).replaceAll(',', ', ');
      return { names: [], code: `const points = data.makeBlobs(${n}, { centers: ${centers}, clusterStd: ${std} });` };
    }
    case 'xor':
      return {
        names: ['rand', 'randn'],
        code: `const clean = rand([${n}, 2]).mul(2).sub(1);
const points = new data.TensorDataset(
  clean.add(randn([${n}, 2]).mul(${std})),
  clean.select(1, 0).mul(clean.select(1, 1)).lt(0).to('int32'),
);`,
      };
    case 'own': {
      const places = config.points.map(({ x, y }) => `[${short(x)}, ${short(y)}]`);
      const labels = config.points.map(({ label }) => label).join(', ');
      return {
        names: ['tensor'],
        code: `const points = new data.TensorDataset(
  tensor([${places.join(', ')}]),
  tensor([${labels}], { dtype: 'int32' }),
);`,
      };
    }
  }
}

function modelCode(config: PlaygroundConfig): string {
  const { layers, act } = config;
  const sizes = [2, ...layers, classCount(config)];
  const lines = sizes.slice(1).map((size, k) => `  new nn.Linear(${sizes[k]}, ${size}),`);
  return lines.join(act === 'none' ? '\n' : `\n  new nn.${layerNames[act]}(),\n`);
}

function optimizerOptions({ opt, lr, momentum, decay }: PlaygroundConfig): string {
  const parts = [`lr: ${lr}`];
  if (opt === 'sgd') parts.push(`momentum: ${momentum}`);
  parts.push(`weightDecay: ${decay}`);
  return `{ ${parts.join(', ')} }`;
}
