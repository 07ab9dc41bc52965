// The models that `--model` names, for samples of any shape and any number of outputs.

import { nn, ValueError, type Tensor } from 'rushlight';
import type { modelNames } from '../config/choices.ts';

/** What a model is made for. */
export interface ModelSpec {
  /** The shape of one sample: [features], or [channels, height, width]. */
  readonly inputShape: readonly number[];
  /** Numbers that come out: one for each class, or 1. */
  readonly outputs: number;
  /** Units of each hidden layer, where the model has such. */
  readonly hidden: readonly number[];
}

export type Model = nn.Module & ((x: Tensor) => Tensor);

const product = (sizes: readonly number[]): number => sizes.reduce((size, n) => size * n, 1);

/** Channels, height and width. Throws ValueError for samples that are no images. */
function imageShape(name: string, { inputShape }: ModelSpec, least: number): readonly [number, number, number] {
  const [channels, height, width] = inputShape;
  if (channels === undefined || height === undefined || width === undefined) {
    throw new ValueError(
      name,
      `a sample has the shape [${inputShape.join(', ')}], which is no image. Use --model mlp.`,
    );
  }
  if (Math.min(height, width) < least) {
    throw new ValueError(
      name,
      `images of ${width} × ${height} are too small: it needs ${least} × ${least}. Use --model mlp.`,
    );
  }
  return [channels, height, width];
}

/** Two convolutions with pooling, and a linear layer: a minute on digits. */
class CNN extends nn.Module<[x: Tensor], Tensor> {
  conv1: nn.Conv2d;
  conv2: nn.Conv2d;
  fc: nn.Linear;

  constructor(spec: ModelSpec) {
    super();
    const [channels, height, width] = imageShape('cnn', spec, 10);
    this.conv1 = new nn.Conv2d(channels, 8, 3);
    this.conv2 = new nn.Conv2d(8, 16, 3);
    const left = (size: number): number => Math.floor((Math.floor((size - 2) / 2) - 2) / 2);
    this.fc = new nn.Linear(16 * left(height) * left(width), spec.outputs);
  }

  forward(x: Tensor): Tensor {
    const { maxPool2d } = nn.functional;
    const first = maxPool2d(this.conv1(x).relu(), 2);
    const second = maxPool2d(this.conv2(first).relu(), 2);
    return this.fc(second.flatten(1));
  }
}

/** The network of PyTorch's MNIST example: fifty times the work of the small one. */
class ConvNet extends nn.Module<[x: Tensor], Tensor> {
  conv1: nn.Conv2d;
  conv2: nn.Conv2d;
  dropout1 = new nn.Dropout({ p: 0.25 });
  dropout2 = new nn.Dropout({ p: 0.5 });
  fc1: nn.Linear;
  fc2: nn.Linear;

  constructor(spec: ModelSpec) {
    super();
    const [channels, height, width] = imageShape('convnet', spec, 6);
    this.conv1 = new nn.Conv2d(channels, 32, 3);
    this.conv2 = new nn.Conv2d(32, 64, 3);
    this.fc1 = new nn.Linear(64 * Math.floor((height - 4) / 2) * Math.floor((width - 4) / 2), 128);
    this.fc2 = new nn.Linear(128, spec.outputs);
  }

  forward(x: Tensor): Tensor {
    const features = nn.functional.maxPool2d(this.conv2(this.conv1(x).relu()).relu(), 2);
    const hidden = this.fc1(this.dropout1(features).flatten(1)).relu();
    return this.fc2(this.dropout2(hidden));
  }
}

/** Linear layers with ReLU between them. */
function mlp({ inputShape, outputs, hidden }: ModelSpec): Model {
  const sizes = [product(inputShape), ...hidden];
  const layers = sizes.slice(1).flatMap((units, k) => [new nn.Linear(sizes[k] ?? units, units), new nn.ReLU()]);
  const flatten = inputShape.length > 1 ? [new nn.Flatten()] : [];
  return new nn.Sequential(...flatten, ...layers, new nn.Linear(sizes.at(-1) ?? outputs, outputs)) as Model;
}

/** What `--model` may be, besides a file. */
export const builtIn = {
  cnn: (spec) => new CNN(spec),
  convnet: (spec) => new ConvNet(spec),
  mlp,
  linear: (spec) => mlp({ ...spec, hidden: [] }),
} satisfies Record<(typeof modelNames)[number], (spec: ModelSpec) => Model>;
