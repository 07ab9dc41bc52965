import { checkCount } from '../check-options.ts';
import { checkPixelImage, type PixelImage } from '../pixel-image.ts';

/** Which pixels one pixel is made of, along one dim, and how much of each. */
type Share = readonly { readonly at: number; readonly weight: number }[];

/**
 * The image in another size. Where it becomes smaller, a pixel is the mean of the area that it covers, else linear between
 * the two nearest, their centres half a pixel inside; each dim by itself. Transparent pixels count as far as they are seen.
 * Throws a ValueError for a size that is no positive integer, and an image whose bytes do not fit its sizes.
 * https://pytorch.org/docs/1.13/generated/torch.nn.functional.interpolate.html
 */
export function resizePixels(image: PixelImage, width: number, height: number): PixelImage {
  checkCount('resizePixels', 'width', width);
  checkCount('resizePixels', 'height', height);
  checkPixelImage('resizePixels', image);
  checkCount('resizePixels', 'the width of the image', image.width);
  checkCount('resizePixels', 'the height of the image', image.height);
  const { data, channels } = image;
  if (image.width === width && image.height === height) return { data: data.slice(), width, height, channels };
  const alpha = channels === 2 || channels === 4 ? channels - 1 : undefined;

  const [columns, rows] = [shares(image.width, width), shares(image.height, height)];
  const wide = new Float64Array(image.height * width * channels);
  for (let y = 0; y < image.height; y++) {
    columns.forEach((share, x) => {
      for (const { at, weight } of share) {
        const from = (y * image.width + at) * channels;
        const seen = alpha === undefined ? 1 : (data[from + alpha] ?? 0) / 255;
        for (let c = 0; c < channels; c++) {
          const value = (data[from + c] ?? 0) * (c === alpha ? 1 : seen);
          wide[(y * width + x) * channels + c] = (wide[(y * width + x) * channels + c] ?? 0) + weight * value;
        }
      }
    });
  }

  const out = new Uint8Array(height * width * channels);
  const pixel = new Float64Array(channels);
  rows.forEach((share, y) => {
    for (let x = 0; x < width; x++) {
      pixel.fill(0);
      for (const { at, weight } of share) {
        for (let c = 0; c < channels; c++) {
          pixel[c] = (pixel[c] ?? 0) + weight * (wide[(at * width + x) * channels + c] ?? 0);
        }
      }
      const seen = alpha === undefined ? 1 : (pixel[alpha] ?? 0) / 255;
      for (let c = 0; c < channels; c++) {
        const value = (pixel[c] ?? 0) / (c === alpha || seen === 0 ? 1 : seen);
        // Sums that should be halves differ in their last bits.
        out[(y * width + x) * channels + c] = Math.min(255, Math.round(value + 1e-9));
      }
    }
  });
  return { data: out, width, height, channels };
}

function shares(from: number, to: number): Share[] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (to < from) {
      const [start, end] = [i * step, Math.min(from, (i + 1) * step)];
      const first = Math.floor(start);
      return Array.from({ length: Math.ceil(end) - first }, (__, k) => {
        const at = first + k;
        return { at, weight: (Math.min(end, at + 1) - Math.max(start, at)) / step };
      }).filter(({ weight }) => weight > 0);
    }
    const center = Math.max(0, (i + 0.5) * step - 0.5);
    const at = Math.min(from - 1, Math.floor(center));
    const next = Math.min(from - 1, at + 1);
    const part = center - at;
    return next === at || part === 0
      ? [{ at, weight: 1 }]
      : [
          { at, weight: 1 - part },
          { at: next, weight: part },
        ];
  });
}
