import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { data } from 'rushlight';
import { ImageFolder } from 'rushlight/node';
import { ConfigError } from '../config/config-error.ts';
import { imageDefaults, type Task } from './task.ts';

/** Images are brought to this size. */
const size = 64;
const [mean, std] = [0.5, 0.25];

/** A folder with a folder of images for each class, or with `train` and `test`, each such a folder. */
export async function imageFolderTask(folder: string, testSplit = 0.2): Promise<Task> {
  const [trainFolder, testFolder] = [join(folder, 'train'), join(folder, 'test')];
  const { Compose, Normalize, ToTensor } = data.transforms;
  const transform = new Compose([new ToTensor(), new Normalize([mean, mean, mean], [std, std, std])]);
  const load = (path: string) => ImageFolder.load(path, { size, transform });
  const isSplit = existsSync(trainFolder) && existsSync(testFolder);
  const whole = await load(isSplit ? trainFolder : folder);
  const { classes } = whole;
  const [train, test] = isSplit ? [whole, await load(testFolder)] : data.randomSplit(whole, [1 - testSplit, testSplit]);
  if (isSplit && String((test as typeof whole).classes) !== String(classes)) {
    throw new ConfigError(`${testFolder} has the classes ${(test as typeof whole).classes.join(', ')}, ${trainFolder} has ${classes.join(', ')}. They must be the same.`); // prettier-ignore
  }
  return {
    description: `${folder}: ${train.length} images to train with, ${test.length} to test with, brought to ${size} × ${size} pixels, ${classes.length} classes`, // prettier-ignore
    kind: 'classification',
    train,
    test,
    inputShape: [3, size, size],
    outputs: classes.length,
    classes,
    targetScale: 1,
    card: { kind: 'images', classes, shape: [3, size, size], mean: [mean, mean, mean], std: [std, std, std], isDigit: false }, // prettier-ignore
    defaults: imageDefaults,
    notes: [],
  };
}
