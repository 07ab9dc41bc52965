// What is learnt from, and what is kept apart to see how well.

import { data, Generator } from 'rushlight';
import { side } from './file-facts.ts';
import { readImages } from './image-files.ts';
import type { ChosenFiles } from './protocol.ts';

export interface ImageSets {
  readonly training: data.LabeledImages;
  readonly heldOut: data.LabeledImages;
}

const mostHeldOut = 500;
let embedded: ImageSets | undefined;

/** The embedded digits, drawn once; their held-out ones are of hands that training never shows. */
function embeddedSets(): ImageSets {
  embedded ??= { training: data.digits(), heldOut: data.digits({ train: false, size: mostHeldOut }) };
  return embedded;
}

/** A tenth of the visitor's images, at most 500, is held out: always the same ones, from all over the file. */
async function fileSets({ images, labels }: ChosenFiles): Promise<ImageSets> {
  const all = await readImages(images, labels);
  const order = shuffled(all.labels.length);
  const cut = Math.min(mostHeldOut, Math.ceil(order.length / 10));
  return { training: pick(all, order.slice(cut)), heldOut: pick(all, order.slice(0, cut)) };
}

export const imageSets = async (files: ChosenFiles | undefined): Promise<ImageSets> =>
  files ? fileSets(files) : embeddedSets();

/** The numbers below `count` in an order of their own, which no other random number depends on. */
const shuffled = (count: number): number[] => {
  const order = Array.from({ length: count }, (_, k) => k);
  const random = new Generator().manualSeed(0);
  for (let k = count - 1; k > 0; k--) {
    const other = random.random() % (k + 1);
    [order[k], order[other]] = [order[other] ?? 0, order[k] ?? 0];
  }
  return order;
};

function pick({ images, labels, rows, cols }: data.LabeledImages, order: readonly number[]): data.LabeledImages {
  const size = side * side;
  const picked = new Uint8Array(order.length * size);
  order.forEach((from, at) => picked.set(images.subarray(from * size, (from + 1) * size), at * size));
  return { images: picked, labels: Uint8Array.from(order, (from) => labels[from] ?? 0), rows, cols };
}
