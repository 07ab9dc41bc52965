// How a camera was held, as the Exif data of a JPEG say it. https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf

import type { PixelImage } from '../pixel-image.ts';

const exif = 'Exif\0\0';
const tag = 0x0112;

/** The orientation, 1 to 8, in the content of an APP1 segment; undefined where it says none, or something that makes no sense. */
export function orientationOf(content: Uint8Array): number | undefined {
  if (String.fromCharCode(...content.subarray(0, exif.length)) !== exif) return undefined;
  const tiff = content.subarray(exif.length);
  if (tiff.length < 8) return undefined;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  const start = view.getUint32(4, little);
  if (start + 2 > tiff.length) return undefined;
  const count = view.getUint16(start, little);
  for (let k = 0; k < count; k++) {
    const at = start + 2 + 12 * k;
    if (at + 12 > tiff.length) return undefined;
    if (view.getUint16(at, little) !== tag) continue;
    const value = view.getUint16(at + 8, little);
    return view.getUint16(at + 2, little) === 3 && value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}

/** The image upright, where it was stored with this orientation: 2, 4, 5 and 7 are mirrored, from 5 on it lies on its side. */
export function upright(image: PixelImage, orientation: number): PixelImage {
  if (orientation === 1) return image;
  const { data, channels } = image;
  const isTurned = orientation >= 5;
  const [width, height] = isTurned ? [image.height, image.width] : [image.width, image.height];
  const [fromRight, fromBottom] = [[2, 3, 7, 8].includes(orientation), [3, 4, 6, 7].includes(orientation)];
  const made = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = isTurned ? [y, x] : [x, y];
      const from =
        (fromBottom ? image.height - 1 - row : row) * image.width + (fromRight ? image.width - 1 - column : column);
      for (let c = 0; c < channels; c++) made[to++] = data[from * channels + c] ?? 0;
    }
  }
  return { data: made, width, height, channels };
}
