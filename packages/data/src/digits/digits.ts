import { drawDigit, side } from './draw-digit.ts';
import { randomIntegers } from './random-integers.ts';
import { skeletons } from './skeletons.ts';
import { testStyle, trainStyle } from './style.ts';
import type { LabeledImages } from '../labeled-images.ts';

export interface DigitsOptions {
  /** The training split (8000 images by default), or the test split (1000), whose hands training never saw. Default true. */
  readonly train?: boolean;
  /** How many images; those of a smaller set begin a larger one. */
  readonly size?: number;
  /** Another seed makes another set of the same kind: an integer in [0, 2^31). Default 0. */
  readonly seed?: number;
}

export function digits({ train = true, size = train ? 8000 : 1000, seed = 0 }: DigitsOptions = {}): LabeledImages {
  const images = new Uint8Array(size * side * side);
  const labels = new Uint8Array(size);
  const style = train ? trainStyle : testStyle;
  const random = randomIntegers(2 * seed + (train ? 0 : 1));
  const classes = skeletons.map((forms, label) => ({ label, forms: train ? forms.slice(0, -1) : forms }));
  for (let i = 0; i < size; i++) {
    // Ten in a row hold each digit once, in an order drawn anew.
    const turn = i % classes.length;
    const chosen = turn + (random() % (classes.length - turn));
    const [now, then] = [classes[chosen], classes[turn]];
    if (!now || !then) continue;
    [classes[turn], classes[chosen]] = [now, then];
    const form = now.forms[random() % now.forms.length] ?? [];
    drawDigit(images.subarray(i * side * side, (i + 1) * side * side), form, style, random);
    labels[i] = now.label;
  }
  return { images, labels, rows: side, cols: side };
}
