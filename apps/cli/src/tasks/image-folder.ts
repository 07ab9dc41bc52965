import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { data } from 'rushlight';
import { ImageFolder } from 'rushlight/node';
import { ConfigError } from '../config/config-error.ts';
import { markOf } from './data-mark.ts';
import type { Task } from './task.ts';

/** Images are brought to this size. */
const size = 64;
const [mean, std] = [0.5, 0.25];

/** A folder with a folder of images for each class, or with `train` and `test`, each such a folder. */
export async function imageFolderTask(folder: string, testSplit: number | undefined): Promise<Task> {
  const [trainFolder, testFolder] = [join(folder, 'train'), join(folder, 'test')];
  const { Compose, Normalize, ToTensor } = data.transforms;
  const transform = new Compose([new ToTensor(), new Normalize([mean, mean, mean], [std, std, std])]);
  const load = (path: string) => ImageFolder.load(path, { size, transform });
  const isSplit = existsSync(trainFolder) && existsSync(testFolder);
  if (isSplit && testSplit !== undefined) {
    throw new ConfigError(`${folder} has a train and a test folder, and a test split of ${testSplit} would change nothing. Leave it out.`); // prettier-ignore
  }
  const whole = await load(isSplit ? trainFolder : folder);
  const { classes } = whole;
  if (classes.length < 2) {
    throw new ConfigError(`${whole.root} has one class, ${classes.join('')}, and nothing to tell it from. Put the images of each class into a folder of its name.`); // prettier-ignore
  }
  const own = isSplit ? await load(testFolder) : undefined;
  if (own && String(own.classes) !== String(classes)) {
    throw new ConfigError(`${testFolder} has the classes ${own.classes.join(', ')}, ${trainFolder} has ${classes.join(', ')}. They must be the same.`); // prettier-ignore
  }
  const [train, test] = own ? [everyOf(whole), everyOf(own)] : splitOf(whole, testSplit ?? 0.2);
  return {
    description: `${folder}: ${train.length} images to train with, ${test.length} to test with, brought to ${size} × ${size} pixels, ${classes.length} classes`, // prettier-ignore
    kind: 'classification',
    train,
    test,
    mark: { train: markOfImages(folder, train), test: markOfImages(folder, test) },
    inputShape: [3, size, size],
    outputs: classes.length,
    classes,
    targetScale: 1,
    card: { kind: 'images', classes, shape: [3, size, size], mean: [mean, mean, mean], std: [std, std, std], isDigit: false }, // prettier-ignore
    notes: [],
  };
}

type Images = data.Subset<Awaited<ReturnType<ImageFolder['get']>>> & { readonly dataset: ImageFolder };

const partOf = (whole: ImageFolder, indices: readonly number[]): Images => new data.Subset(whole, indices) as Images;

const everyOf = (whole: ImageFolder): Images => partOf(whole, [...whole.samples.keys()]);

/** Throws ConfigError where a part would have no images. */
function splitOf(whole: ImageFolder, share: number): readonly [train: Images, test: Images] {
  const count = Math.round(share * whole.length);
  if (count === 0 || count === whole.length) {
    throw new ConfigError(`${whole.root} has ${whole.length} images, and a test split of ${share} leaves ${whole.length - count} to train with and ${count} to test with. Add images.`); // prettier-ignore
  }
  const [train, test] = data.randomSplit(whole, [whole.length - count, count]);
  return [partOf(whole, train.indices), partOf(whole, test.indices)];
}

/** By names and sizes: reading all of them would take longer than an epoch. */
function markOfImages(root: string, { dataset, indices }: Images) {
  const paths = indices.map((index) => dataset.samples[index]?.[0] ?? '');
  return markOf(paths.length, paths.map((path) => JSON.stringify([relative(root, path), statSync(path).size]))); // prettier-ignore
}
