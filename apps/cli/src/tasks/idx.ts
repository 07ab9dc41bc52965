import { data } from 'rushlight';
import { cacheFolder, DownloadError, FashionMNIST, KMNIST, MNIST, type DownloadProgress } from 'rushlight/node';
import type { idxSets } from '../config/choices.ts';
import { withoutOp } from '../config/message-of.ts';
import { markOf } from './data-mark.ts';
import type { LoadOptions, Task } from './task.ts';

type IdxSet = (typeof idxSets)[number];

const digitNames = Array.from({ length: 10 }, (_, k) => String(k));

interface Look {
  /** What the images average to. */
  readonly mean: number;
  readonly std: number;
  readonly classes: readonly string[];
  readonly isDigit: boolean;
}

/** Sets in MNIST's format: where they come from, and what they look like. */
const sets: Readonly<Record<IdxSet, Look & { readonly source: typeof MNIST }>> = {
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

/** The digits that come with the library. */
export const digitsTask = (): Task =>
  imagesTask('digits', new data.Digits(), new data.Digits({ train: false }), {
    mean: 0,
    std: 1,
    classes: digitNames,
    isDigit: true,
  });

/**
 * Images of 28 × 28 pixels of ten classes, from a folder of IDX files; they are fetched where none is named, from the mirror that the
 * environment variable RUSHLIGHT_MIRROR names (its folder `mnist` and so on), or else from the well-known ones.
 */
export async function idxTask(name: IdxSet, folder: string | undefined, { note, signal }: LoadOptions): Promise<Task> {
  const { source, ...look } = sets[name];
  const normalize = { mean: look.mean, std: look.std };
  const from = folder ?? cacheFolder(name);
  const mirror = process.env['RUSHLIGHT_MIRROR'];
  const begun = new Set<string>();
  // A folder that was named is read, not written to.
  const download = folder === undefined && {
    onProgress: ({ file, total }: DownloadProgress) => {
      if (begun.has(file)) return;
      begun.add(file);
      note(`Fetching ${file}${total === undefined ? '' : ` (${(total / 1e6).toFixed(1)} MB)`} to ${from}.`);
    },
    ...(signal && { signal }),
    ...(mirror && { mirrors: [`${mirror.replace(/\/+$/, '')}/${name}/`] }),
  };
  try {
    const train = await source.load(from, { normalize, download });
    const test = await source.load(from, { train: false, normalize, download });
    return imagesTask(name, train, test, look);
  } catch (error) {
    if (!(error instanceof DownloadError) || error.reason === 'stopped') throw error;
    const more = `${withoutOp(error).replace(/\.$/, '')}, or pass --data-dir with a folder that has the files.`;
    throw new DownloadError(error.op, error.reason, more);
  }
}

function imagesTask(name: string, train: data.ImageDataset, test: data.ImageDataset, look: Look): Task {
  const { rows, cols } = train.data;
  const { classes, mean, std, isDigit } = look;
  const count = (samples: { readonly length: number }): string => samples.length.toLocaleString('en');
  const mark = ({ data: { images, labels }, length }: data.ImageDataset) => markOf(length, [images, labels]);
  return {
    description: `${name}: ${count(train)} images to train with, ${count(test)} to test with, ${cols} × ${rows} pixels, ${classes.length} classes`,
    kind: 'classification',
    train,
    test,
    mark: { train: mark(train), test: mark(test) },
    inputShape: [1, rows, cols],
    outputs: classes.length,
    classes,
    targetScale: 1,
    card: { kind: 'images', classes, shape: [1, rows, cols], mean: [mean], std: [std], isDigit },
    notes: [],
  };
}
