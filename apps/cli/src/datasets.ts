// The data sets that `--dataset` names.

import { data, ValueError } from 'rushlight';
import { MNIST } from 'rushlight/node';

export interface Splits {
  readonly train: data.ImageDataset;
  readonly test: data.ImageDataset;
}

/** What `--dataset` may be. */
export const datasets = {
  digits(folder?: string): Splits {
    if (folder) throw new ValueError('digits', `it is embedded, but --data-dir is ${folder}. Pass --dataset mnist.`);
    return { train: new data.Digits(), test: new data.Digits({ train: false }) };
  },
  async mnist(folder?: string): Promise<Splits> {
    if (!folder) throw new ValueError('mnist', 'where its files are was not said. Pass --data-dir FOLDER.');
    const normalize = { mean: 0.1307, std: 0.3081 };
    return {
      train: await MNIST.load(folder, { normalize }),
      test: await MNIST.load(folder, { train: false, normalize }),
    };
  },
};
