import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ValueError } from '@rushlight/core';
import { FormatError } from '../format-error.ts';
import { ImageDataset, type ImageDatasetOptions } from '../image-dataset.ts';
import { readIdx } from '../read-idx.ts';

const classes = 10;

export interface MNISTOptions extends ImageDatasetOptions {
  /** The files `train-…`, or those named `t10k-…`. Default true. */
  readonly train?: boolean;
}

/**
 * MNIST, or a set in its format such as Fashion-MNIST, from a folder of IDX files, gzipped or not. Samples are
 * `[image, label]` as of every `ImageDataset`.
 * https://pytorch.org/vision/0.14/generated/torchvision.datasets.MNIST.html
 *
 * @example
 * const test = await MNIST.load('data/mnist', { train: false, normalize: { mean: 0.1307, std: 0.3081 } });
 */
export class MNIST extends ImageDataset {
  /**
   * Reads the images and labels of one split. Rejects with a ValueError if the folder lacks them, and with a FormatError
   * if they are damaged or do not belong together.
   */
  static async load(folder: string, { train = true, ...options }: MNISTOptions = {}): Promise<MNIST> {
    const prefix = train ? 'train' : 't10k';
    const present = await list(folder);
    const images = await read(folder, present, `${prefix}-images`, 3);
    const labels = await read(folder, present, `${prefix}-labels`, 1);
    const [count = 0, rows = 0, cols = 0] = images.shape;
    if (labels.data.length !== count) {
      throw new FormatError(
        'MNIST',
        `${images.path} has ${count} images, ${labels.path} ${labels.data.length} labels. Take both from one set.`,
      );
    }
    const wrong = labels.data.findIndex((label) => label >= classes);
    if (wrong >= 0) {
      throw new FormatError(
        'MNIST',
        `${labels.path} has the label ${labels.data[wrong]} at ${wrong}, and the classes are 0 to ${classes - 1}. Take labels of MNIST.`,
      );
    }
    return new MNIST({ images: images.data, labels: labels.data, rows, cols }, options);
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    throw unreadable('the folder ', folder, cause);
  }
}

async function read(folder: string, present: readonly string[], stem: string, dims: 1 | 3) {
  const names = [`${stem}-idx${dims}-ubyte`, `${stem}.idx${dims}-ubyte`].flatMap((name) => [name, `${name}.gz`]);
  const name = names.find((candidate) => present.includes(candidate));
  if (!name) {
    const some = present.toSorted().slice(0, 8);
    const rest = present.length - some.length;
    const there = [...some, ...(rest > 0 ? [`${rest} more`] : [])].join(', ') || 'nothing';
    throw new ValueError(
      'MNIST',
      `${folder} has none of ${names.join(', ')}; it holds ${there}. Put the file there or pass another folder.`,
    );
  }
  const path = join(folder, name);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable('', path, cause);
  });
  const { shape, data } = await readIdx(bytes, { name: path });
  if (shape.length !== dims || !(data instanceof Uint8Array)) {
    const found = `[${shape.join(', ')}] of ${data.constructor.name}`;
    throw new FormatError(
      'MNIST',
      `${path} holds ${found}, not ${dims} dims of bytes. Check that the file has its right name.`,
    );
  }
  return { path, shape, data };
}

function unreadable(what: string, path: string, cause: unknown): ValueError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ValueError('MNIST', `${what}${path} cannot be read (${reason}). Pass the folder of the IDX files.`);
}
