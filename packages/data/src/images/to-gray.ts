import { ValueError } from '@rushlight/core';
import { checkPixelImage, type PixelImage } from '../pixel-image.ts';

/** Options of `toGray`. */
export interface ToGrayOptions {
  /** The grey, 0 to 255, that shows through where the image is transparent. Default: transparency is ignored, as by PIL. */
  readonly background?: number;
}

/**
 * The image in one channel, 0.299 R + 0.587 G + 0.114 B, rounded as PIL's `convert('L')` does it. Throws a ValueError for an
 * image whose bytes do not fit its sizes.
 * https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.convert
 */
export function toGray(image: PixelImage, { background }: ToGrayOptions = {}): PixelImage {
  checkPixelImage('toGray', image);
  const { data, width, height, channels } = image;
  if (background !== undefined && !(background >= 0 && background <= 255)) {
    throw new ValueError('toGray', `background should be in 0 to 255, but is ${background}. Pass such a grey.`);
  }
  const colored = channels >= 3;
  const alpha = channels === 2 || channels === 4 ? channels - 1 : undefined;
  const gray = new Uint8Array(width * height);
  for (let i = 0; i < gray.length; i++) {
    const at = i * channels;
    const [r = 0, g = 0, b = 0] = [data[at], data[at + 1], data[at + 2]];
    // The weights in 1/65536.
    const value = colored ? (19595 * r + 38470 * g + 7471 * b + 32768) >> 16 : r;
    const seen = alpha === undefined || background === undefined ? 255 : (data[at + alpha] ?? 255);
    gray[i] = Math.round((value * seen + (background ?? 0) * (255 - seen)) / 255);
  }
  return { data: gray, width, height, channels: 1 };
}

/**
 * The image in three channels; transparency is dropped, as by PIL's `convert('RGB')`. Throws a ValueError for an image whose
 * bytes do not fit its sizes.
 * https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.convert
 */
export function toRGB(image: PixelImage): PixelImage {
  checkPixelImage('toRGB', image);
  const { data, width, height, channels } = image;
  if (channels === 3) return image;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) {
    const pixel = Math.floor(i / 3) * channels;
    rgb[i] = data[channels >= 3 ? pixel + (i % 3) : pixel] ?? 0;
  }
  return { data: rgb, width, height, channels: 3 };
}
