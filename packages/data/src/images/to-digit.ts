import { ValueError } from '@rushlight/core';
import { checkPixelImage, type PixelImage } from '../pixel-image.ts';
import { resizePixels } from './resize-pixels.ts';
import { toGray } from './to-gray.ts';

/** The side of the image, and of the box that the digit fills in it. */
const [side, box] = [28, 20];

/**
 * A drawn digit of any size, dark on light or light on dark, made into 28 × 28 grey pixels as the images of MNIST were: light
 * on black, its longer side 20 pixels, its centre of mass in pixel (14, 14). The background is what the rim of the image has
 * most of; what is transparent shows none of the ink. Throws a ValueError for an image in which nothing is drawn.
 * http://yann.lecun.com/exdb/mnist/
 *
 * @example
 * const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
 * const digit = toDigit({ data, width: canvas.width, height: canvas.height, channels: 4 });
 * const scores = model(new transforms.ToTensor()(digit).unsqueeze(0));
 */
export function toDigit(image: PixelImage): PixelImage {
  checkPixelImage('toDigit', image);
  const { width, height } = image;
  const ink = inkOf(image);
  const bounds = boundsOf(ink, width, height);
  if (!bounds) {
    throw new ValueError(
      'toDigit',
      `nothing is drawn in the ${width} x ${height} pixels: all are alike. Draw a digit.`,
    );
  }
  const cut = new Uint8Array(bounds.width * bounds.height);
  for (let y = 0; y < bounds.height; y++) {
    const start = (bounds.y + y) * width + bounds.x;
    cut.set(ink.subarray(start, start + bounds.width), y * bounds.width);
  }
  const scale = box / Math.max(bounds.width, bounds.height);
  const small = resizePixels(
    { data: cut, width: bounds.width, height: bounds.height, channels: 1 },
    Math.max(1, Math.round(bounds.width * scale)),
    Math.max(1, Math.round(bounds.height * scale)),
  );
  // A thin line of a large drawing is but grey when it is made small.
  const most = Math.max(...small.data);
  return center({ ...small, data: small.data.map((value) => Math.round((value / most) * 255)) });
}

/** How much ink each pixel has, 0 to 255: the difference from the background, the largest being 255. */
function inkOf(image: PixelImage): Uint8Array {
  const { data, width, height, channels } = image;
  const alpha = channels === 2 || channels === 4 ? channels - 1 : undefined;
  let gray = toGray(image);
  if (alpha !== undefined) {
    // Dark ink was meant for light paper, light ink for dark.
    let [weight, sum] = [0, 0];
    gray.data.forEach((value, i) => {
      const seen = data[i * channels + alpha] ?? 0;
      weight += seen;
      sum += seen * value;
    });
    gray = toGray(image, { background: sum > weight * 127.5 ? 0 : 255 });
  }
  const rim = [...gray.data].filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  const background = rim.toSorted((a, b) => a - b)[rim.length >> 1] ?? 0;
  const light = background > 127;
  const difference = Array.from(gray.data, (value) => Math.max(0, light ? background - value : value - background));
  const most = difference.reduce((a, b) => Math.max(a, b), 0);
  // Paper and cameras are never quite even.
  if (most < 16) return new Uint8Array(gray.data.length);
  return Uint8Array.from(difference, (value) => Math.round((value / most) * 255));
}

/** The smallest rectangle around the ink; undefined where there is none. What is fainter than a fifth of it is no ink. */
function boundsOf(ink: Uint8Array, width: number, height: number) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((ink[y * width + x] ?? 0) < 51) continue;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    }
  }
  return right < 0 ? undefined : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The image on a black square, its centre of mass in pixel 14, as of those of MNIST, as far as nothing is cut off. */
function center({ data, width, height }: PixelImage): PixelImage {
  let [mass, atX, atY] = [0, 0, 0];
  data.forEach((value, i) => {
    mass += value;
    atX += value * (i % width);
    atY += value * Math.floor(i / width);
  });
  const shift = (length: number, middle: number) => Math.min(side - length, Math.max(0, Math.round(side / 2 - middle)));
  const [left, top] = [shift(width, atX / mass), shift(height, atY / mass)];
  const out = new Uint8Array(side * side);
  for (let y = 0; y < height; y++) out.set(data.subarray(y * width, (y + 1) * width), (top + y) * side + left);
  return { data: out, width: side, height: side, channels: 1 };
}
