// The network of the page: two convolutions with pooling, and a linear layer that gives ten scores.

import { nn } from 'rushlight';

export interface NetworkOptions {
  /** Filters of the first layer; the second has twice as many. */
  readonly filters: number;
  /** Their side in pixels: odd, so that images keep their size. */
  readonly size: number;
}

/** The first layer, whose filters the page shows, and all of the network. */
export function makeNetwork({ filters, size }: NetworkOptions) {
  const first = new nn.Conv2d(1, filters, size, { padding: (size - 1) / 2 });
  const model = new nn.Sequential(
    first,
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(filters, 2 * filters, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(2 * filters * 7 * 7, 10),
  );
  return { first, model };
}
