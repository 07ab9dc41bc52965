import { data } from 'rushlight';
import { cacheFolder, FashionMNIST, KMNIST, MNIST, type DownloadProgress } from 'rushlight/node';
import { ConfigError } from '../config/config-error.ts';
import { imageDefaults, type Task } from './task.ts';

const digitNames = Array.from({ length: 10 }, (_, k) => String(k));

/** Sets in MNIST's format: where they come from, what their images average to, what their classes are called. */
const sets = {
  mnist: { source: MNIST, mean: 0.1307, std: 0.3081, classes: digitNames, isDigit: true },
  'fashion-mnist': {
    source: FashionMNIST,
    mean: 0.286,
    std: 0.353,
    classes: ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
    isDigit: false,
  },
  kmnist: {
    source: KMNIST,
    mean: 0.1918,
    std: 0.3483,
    classes: ['お', 'き', 'す', 'つ', 'な', 'は', 'ま', 'や', 'れ', 'を'],
    isDigit: true,
  },
};

export const idxSets = ['digits', ...Object.keys(sets)];

/** Told while files come from the network. */
export type OnDownload = (line: string) => void;

/** Images of 28 × 28 pixels of ten classes: embedded ones, or those of files, which are fetched where no folder is named. */
export async function idxTask(name: string, folder: string | undefined, onDownload: OnDownload): Promise<Task> {
  if (name === 'digits') {
    if (folder) throw new ConfigError(`digits is embedded, but --data-dir is ${folder}. Pass --dataset mnist.`);
    const [train, test] = [new data.Digits(), new data.Digits({ train: false })];
    return imagesTask('digits', train, test, { mean: 0, std: 1, classes: digitNames, isDigit: true });
  }
  const { source, ...set } = sets[name as keyof typeof sets];
  const normalize = { mean: set.mean, std: set.std };
  const from = folder ?? cacheFolder(name);
  // A folder that was named is read, not written to.
  const download = folder === undefined && {
    onProgress: ({ file, received, total }: DownloadProgress) => {
      if (received === total) onDownload(`fetched ${file} to ${from}`);
    },
  };
  const train = await source.load(from, { normalize, download });
  const test = await source.load(from, { train: false, normalize, download });
  return imagesTask(name, train, test, set);
}

interface Look {
  readonly mean: number;
  readonly std: number;
  readonly classes: readonly string[];
  readonly isDigit: boolean;
}

function imagesTask(name: string, train: data.ImageDataset, test: data.ImageDataset, look: Look): Task {
  const { rows, cols } = train.data;
  const { classes, mean, std, isDigit } = look;
  const count = (samples: { readonly length: number }): string => samples.length.toLocaleString('en');
  return {
    description: `${name}: ${count(train)} images to train with, ${count(test)} to test with, ${cols} × ${rows} pixels, ${classes.length} classes`,
    kind: 'classification',
    train,
    test,
    inputShape: [1, rows, cols],
    outputs: classes.length,
    classes,
    targetScale: 1,
    card: { kind: 'images', classes, shape: [1, rows, cols], mean: [mean], std: [std], isDigit },
    defaults: imageDefaults,
    notes: [],
  };
}
