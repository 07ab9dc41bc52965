// What the worker trains here: a small network that tells the classes of points in the plane apart, and what is to be seen of it.

import {
  autograd, data, Generator, manualSeed, nn, noGrad, optim, rand, randn, tensor, tidy, train, type Tensor,
} from 'rushlight'; // prettier-ignore
import type { Job } from '../../training/job.ts';
import { blobCenters, classCount, deviation, isLearnable, squares, type PlaygroundConfig, type Square } from './config.ts'; // prettier-ignore
import { scoreOf } from './score.ts';
import { gridSide, tileSide, type LayerView, type PlaygroundView } from './view.ts';

type Points = data.TensorDataset<readonly [Tensor, Tensor]>;

export async function makeJob(config: PlaygroundConfig): Promise<Job<PlaygroundView>> {
  const { seed, test, batch } = config;
  const classes = classCount(config);
  const isEnough = isLearnable(config);
  manualSeed(seed);
  const points = isEnough ? pointsOf(config) : nowhere();
  const [trainSet, testSet] = data.randomSplit(points, [1 - test, test]);
  const model = modelOf(config);
  const optimizer = optimizerOf(model, config);
  const trainer = new train.Trainer({
    model,
    criterion: new nn.CrossEntropyLoss(),
    optimizer,
    trainLoader: new data.DataLoader(trainSet, {
      batchSize: batch,
      shuffle: true,
      generator: new Generator().manualSeed(seed),
    }),
  });

  const shown = isEnough ? [...trainSet.indices, ...testSet.indices] : [];
  const { places, labels } = await inOrder(points, shown);
  const trained = isEnough ? trainSet.length : 0;
  const square = squares[config.set];
  const seen = Float32Array.from([...gridOf(square, gridSide), ...gridOf(square, tileSide), ...places]);
  const linears = [...model].filter((layer) => layer instanceof nn.Linear);

  return {
    trainer,
    async view() {
      const { probabilities, logits, units, gradients } = look(model, seen, labels.subarray(0, trained));
      const [read, ofPoints = new Float32Array(), ...rest] = await readAll([
        probabilities, logits, ...units, ...gradients, ...linears.flatMap(({ weight, bias }) => (bias ? [weight, bias] : [])),
      ]); // prettier-ignore
      const part = (from: number): Float32Array => rest[from] ?? new Float32Array();
      const layers = linears.map((layer, k): LayerView => {
        const [rows, cols] = [layer.outFeatures, layer.inFeatures + 1];
        const [ofGradients, ofWeights] = [linears.length + 2 * k, linears.length + gradients.length + 2 * k];
        return {
          rows,
          cols,
          weights: sideBySide(part(ofWeights), part(ofWeights + 1), rows, cols),
          gradients:
            gradients.length > 0
              ? sideBySide(part(ofGradients), part(ofGradients + 1), rows, cols)
              : new Float32Array(rows * cols),
          units: part(k),
        };
      });
      const grid = read ?? new Float32Array();
      const view: PlaygroundView = {
        step: trainer.position.step,
        set: config.set,
        classes,
        grid,
        places,
        labels,
        trained,
        train: scoreOf(ofPoints, labels, 0, trained),
        test: scoreOf(ofPoints, labels, trained, labels.length),
        layers,
      };
      const owned = layers.flatMap(({ weights, gradients: found, units: pictures }) => [weights, found, pictures]);
      return { view, transfer: [grid, ...owned].map(({ buffer }) => buffer as ArrayBuffer) };
    },
    adjust(settings) {
      const lr = typeof settings === 'object' && settings !== null && 'lr' in settings ? settings.lr : undefined;
      if (typeof lr !== 'number' || !(lr >= 0)) return;
      for (const group of optimizer.paramGroups) group.lr = lr;
    },
  };
}

function pointsOf(config: PlaygroundConfig): Points {
  const { set, n, classes } = config;
  const noise = deviation(config);
  switch (set) {
    case 'moons':
      return data.makeMoons(n, { noise });
    case 'circles':
      return data.makeCircles(n, { factor: 0.5, noise });
    case 'spirals':
      return data.makeSpirals(n, { classes, noise });
    case 'blobs':
      return data.makeBlobs(n, { centers: blobCenters(classes), clusterStd: noise });
    case 'xor': {
      const clean = rand([n, 2]).mul(2).sub(1);
      const target = clean.select(1, 0).mul(clean.select(1, 1)).lt(0).to('int32');
      return new data.TensorDataset(clean.add(randn([n, 2]).mul(noise)), target);
    }
    case 'own':
      return new data.TensorDataset(
        tensor(config.points.map(({ x, y }) => [x, y])),
        tensor(config.points.map(({ label }) => label), { dtype: 'int32' }),
      ); // prettier-ignore
  }
}

/** Where there is nothing to learn yet a loader still wants a sample; nobody is shown it. */
const nowhere = (): Points => new data.TensorDataset(tensor([[0, 0]]), tensor([0], { dtype: 'int32' }));

const activationLayers = {
  relu: () => new nn.ReLU(),
  tanh: () => new nn.Tanh(),
  sigmoid: () => new nn.Sigmoid(),
  gelu: () => new nn.GELU(),
  silu: () => new nn.SiLU(),
} as const;

function modelOf(config: PlaygroundConfig): nn.Sequential {
  const { layers, act } = config;
  const sizes = [2, ...layers, classCount(config)];
  const between = (): nn.Module[] => (act === 'none' ? [] : [activationLayers[act]()]);
  const stack = sizes.slice(1).flatMap((size, k) => [...(k > 0 ? between() : []), new nn.Linear(sizes[k] ?? 2, size)]);
  return new nn.Sequential(...stack);
}

function optimizerOf(model: nn.Module, { opt, lr, momentum, decay }: PlaygroundConfig): optim.Optimizer {
  const options = { lr, weightDecay: decay };
  switch (opt) {
    case 'adam':
      return new optim.Adam(model.parameters(), options);
    case 'adamw':
      return new optim.AdamW(model.parameters(), options);
    case 'rmsprop':
      return new optim.RMSprop(model.parameters(), options);
    case 'sgd':
      return new optim.SGD(model.parameters(), { ...options, momentum });
  }
}

/** The middles of the cells of a square, row by row from the top: x, y, x, y, … */
export function gridOf({ x, y, reach }: Square, side: number): number[] {
  const at = (k: number): number => ((2 * k + 1) / side - 1) * reach;
  return Array.from({ length: side * side }, (_, k) => [x + at(k % side), y - at(Math.floor(k / side))]).flat();
}

async function inOrder({ tensors: [x, target] }: Points, order: readonly number[]): Promise<{ places: Float32Array; labels: Int32Array }> {
  const [coordinates, labels] = [await x.data(), await target.data()];
  return {
    places: Float32Array.from(order.flatMap((k) => [coordinates[2 * k] ?? 0, coordinates[2 * k + 1] ?? 0])),
    labels: Int32Array.from(order, (k) => labels[k] ?? 0),
  };
} // prettier-ignore

interface Look {
  readonly probabilities: Tensor;
  readonly logits: Tensor;
  readonly units: readonly Tensor[];
  /** Weight, bias, weight, bias, …; none without points. */
  readonly gradients: readonly Tensor[];
}

/** One forward pass over everything that is shown, and one backward pass over the training points. */
function look(model: nn.Sequential, seen: Float32Array, labels: Int32Array): Look {
  const parameters = [...model.parameters()];
  // After a lost device the model is on another one.
  const device = parameters[0]?.device;
  const on = device ? { device } : {};
  const [large, small, all] = [gridSide ** 2, tileSide ** 2, seen.length / 2];
  return tidy(() => {
    const x = tensor(seen, { shape: [all, 2], ...on });
    const outputs = noGrad(() => linearOutputs(model, x));
    const logits = outputs.at(-1) ?? x;
    let gradients: readonly Tensor[] = [];
    if (labels.length > 0) {
      const output = model(x.narrow(0, large + small, labels.length));
      const loss = nn.functional.crossEntropy(output, tensor(labels, on));
      gradients = autograd.grad(loss, parameters);
    }
    return {
      probabilities: logits.narrow(0, 0, large).softmax(1),
      logits: logits.narrow(0, large + small, all - large - small),
      units: outputs.map((output) => output.narrow(0, large, small).transpose(0, 1)),
      gradients,
    };
  });
}

/** What each linear layer gives. */
function linearOutputs(model: nn.Sequential, x: Tensor): Tensor[] {
  const found: Tensor[] = [];
  let value = x;
  for (const layer of model) {
    value = (layer as nn.Module<[Tensor], Tensor>)(value);
    if (layer instanceof nn.Linear) found.push(value);
  }
  return found;
}

/** Reads all at once, so that a GPU is waited for once; parameters stay, what was made for this is freed. */
async function readAll(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  try {
    return (await Promise.all(tensors.map((one) => one.data()))) as Float32Array[];
  } finally {
    for (const one of tensors) if (!(one instanceof nn.Parameter)) one.dispose();
  }
}

/** Weights with the bias as the last column. */
function sideBySide(weight: Float32Array, bias: Float32Array, rows: number, cols: number): Float32Array {
  const both = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    both.set(weight.subarray(r * (cols - 1), (r + 1) * (cols - 1)), r * cols);
    both[r * cols + cols - 1] = bias[r] ?? 0;
  }
  return both;
}
