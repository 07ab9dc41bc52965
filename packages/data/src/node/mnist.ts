import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ValueError, type Tensor } from '@rushlight/core';
import { FormatError } from '../format-error.ts';
import { ImageDataset, type ImageDatasetOptions } from '../image-dataset.ts';
import { readIdx } from '../read-idx.ts';
import { cacheFolder } from './cache-folder.ts';
import { downloadSet, unpackedNames, type DownloadSetOptions } from './download-set.ts';
import { fashionMnist, kmnist, mnist, type IdxSet } from './idx-sets.ts';

/** Options of `MNIST.load` and its like. */
export interface MNISTOptions<Image = Tensor, Label = Tensor> extends ImageDatasetOptions<Image, Label> {
  /** The files `train-…`, or those named `t10k-…`. Default true. */
  readonly train?: boolean;
  /** Downloads what the folder lacks of them, as `download` does. Default false. */
  readonly download?: boolean | Omit<DownloadSetOptions, 'train'>;
}

/**
 * MNIST, or a set in its format such as Fashion-MNIST, from a folder of IDX files, gzipped or not. Samples are
 * `[image, label]` as of every `ImageDataset`.
 * https://pytorch.org/vision/0.14/generated/torchvision.datasets.MNIST.html
 *
 * @example
 * const train = await MNIST.load('data/mnist', { download: true });
 * const test = await MNIST.load('data/mnist', { train: false, normalize: { mean: 0.1307, std: 0.3081 } });
 */
export class MNIST<Image = Tensor, Label = Tensor> extends ImageDataset<Image, Label> {
  /** Where the set comes from. */
  protected static readonly set: IdxSet = mnist;

  /** What the labels mean, as torchvision names them. */
  static get classes(): readonly string[] {
    return this.set.classes;
  }

  /**
   * Reads the images and labels of one split. Rejects with a ValueError if the folder lacks them, with a FormatError
   * if they are damaged or do not belong together, and as `download` does if it downloads.
   */
  static async load<Image = Tensor, Label = Tensor>(
    folder: string,
    { train = true, download = false, ...options }: MNISTOptions<Image, Label> = {},
  ): Promise<MNIST<Image, Label>> {
    const { set } = this;
    if (download) await downloadSet(set, folder, { ...(download === true ? {} : download), train });
    const count = set.classes.length;
    const prefix = train ? 'train' : 't10k';
    const present = await list(set.name, folder);
    const images = await read(set.name, folder, present, `${prefix}-images-idx3-ubyte.gz`, 3);
    const labels = await read(set.name, folder, present, `${prefix}-labels-idx1-ubyte.gz`, 1);
    const [length = 0, rows = 0, cols = 0] = images.shape;
    if (labels.data.length !== length) {
      throw new FormatError(
        set.name,
        `${images.path} has ${length} images, ${labels.path} ${labels.data.length} labels. Take both from one set.`,
      );
    }
    const wrong = labels.data.findIndex((label) => label >= count);
    if (wrong >= 0) {
      throw new FormatError(
        set.name,
        `${labels.path} has the label ${labels.data[wrong]} at ${wrong}, and the classes are 0 to ${count - 1}. Take labels of ${set.name}.`,
      );
    }
    return new this({ images: images.data, labels: labels.data, rows, cols }, options);
  }

  /**
   * Downloads the files that the folder lacks, one after the other, each from the first mirror that gives it with the right
   * checksum; gives the folder. Without one it is `cacheFolder(name)`. What a download that fails or is stopped has got is kept, and
   * the next one goes on from there. Rejects with a DownloadError if that does not work, and with a FormatError for a file of
   * the same name that is another, which is kept.
   */
  static async download(folder?: string, options: DownloadSetOptions = {}): Promise<string> {
    const { set } = this;
    const path = folder ?? cacheFolder(set.name);
    await downloadSet(set, path, options);
    return path;
  }
}

/**
 * Fashion-MNIST: ten kinds of clothes in the format of MNIST.
 * https://pytorch.org/vision/0.14/generated/torchvision.datasets.FashionMNIST.html
 */
export class FashionMNIST<Image = Tensor, Label = Tensor> extends MNIST<Image, Label> {
  protected static override readonly set = fashionMnist;
}

/**
 * Kuzushiji-MNIST: ten characters of old Japanese writing in the format of MNIST.
 * https://pytorch.org/vision/0.14/generated/torchvision.datasets.KMNIST.html
 */
export class KMNIST<Image = Tensor, Label = Tensor> extends MNIST<Image, Label> {
  protected static override readonly set = kmnist;
}

async function list(op: string, folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw unreadable(op, 'the folder ', folder, cause);
  }
}

async function read(op: string, folder: string, present: readonly string[], file: string, dims: 1 | 3) {
  const names = unpackedNames(file).flatMap((plain) => [plain, `${plain}.gz`]);
  const name = names.find((candidate) => present.includes(candidate));
  if (!name) {
    const some = present.toSorted().slice(0, 8);
    const rest = present.length - some.length;
    const there = [...some, ...(rest > 0 ? [`${rest} more`] : [])].join(', ') || 'nothing';
    throw new ValueError(
      op,
      `${folder} has none of ${names.join(', ')}; it holds ${there}. Put the file there or pass another folder.`,
    );
  }
  const path = join(folder, name);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(op, '', path, cause);
  });
  const { shape, data } = await readIdx(bytes, { name: path });
  if (shape.length !== dims || !(data instanceof Uint8Array)) {
    const found = `[${shape.join(', ')}] of ${data.constructor.name}`;
    throw new FormatError(
      op,
      `${path} holds ${found}, not ${dims} dims of bytes. Check that the file has its right name.`,
    );
  }
  return { path, shape, data };
}

function unreadable(op: string, what: string, path: string, cause: unknown): ValueError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ValueError(op, `${what}${path} cannot be read (${reason}). Pass the folder of the IDX files.`);
}
