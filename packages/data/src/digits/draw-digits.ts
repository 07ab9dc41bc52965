import { drawDigit, side } from './draw-digit.ts';
import { randomStream } from './random-stream.ts';
import { skeletons } from './skeletons.ts';
import { testStyle, trainStyle } from './style.ts';

export interface DigitsOptions { train?: boolean; size?: number; seed?: number }
export interface DigitImages { images: Uint8Array; labels: Uint8Array; rows: number; cols: number }

export function digits({ train = true, size = train ? 8000 : 1000, seed = 0 }: DigitsOptions = {}): DigitImages {
  const images = new Uint8Array(size * side * side);
  const labels = new Uint8Array(size);
  const classes = skeletons.length;
  const style = train ? trainStyle : testStyle;
  const order = Uint8Array.from({ length: classes }, (_, digit) => digit);
  const shuffle = randomStream(seed * 2 + (train ? 0 : 1), -1);
  for (let i = 0; i < size; i++) {
    if (i % classes === 0) {
      for (let last = classes - 1; last > 0; last--) {
        const other = shuffle() % (last + 1);
        [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
      }
    }
    const digit = order[i % classes] ?? 0;
    const random = randomStream(seed * 2 + (train ? 0 : 1), i);
    const forms = skeletons[digit] ?? [];
    const form = forms[random() % (train ? forms.length - 1 : forms.length)] ?? [];
    drawDigit(images.subarray(i * side * side, (i + 1) * side * side), form, style, random);
    labels[i] = digit;
  }
  return { images, labels, rows: side, cols: side };
}
