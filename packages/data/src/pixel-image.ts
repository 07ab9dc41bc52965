import { ValueError } from '@rushlight/core';

/** An image as bytes, as decoders give it: what `transforms.ToTensor` makes a tensor of. */
export interface PixelImage {
  /** Row after row, and in a row pixel after pixel, of `channels` bytes each: `height` · `width` · `channels` bytes. */
  readonly data: Uint8Array | Uint8ClampedArray;
  /** Pixels in a row. */
  readonly width: number;
  /** Rows of pixels. */
  readonly height: number;
  /** 1 for grey, 2 with alpha, 3 for RGB, 4 with alpha. */
  readonly channels: number;
}

/** Whether it has the fields of a PixelImage. */
export function isPixelImage(x: unknown): x is PixelImage {
  if (typeof x !== 'object' || x === null || !('data' in x && 'width' in x && 'height' in x && 'channels' in x))
    return false;
  return x.data instanceof Uint8Array || x.data instanceof Uint8ClampedArray;
}

/** Throws a ValueError if the image has more or fewer bytes than its sizes say. */
export function checkPixelImage(op: string, { data, width, height, channels }: PixelImage): void {
  if (data.length === width * height * channels) return;
  const sizes = `${width} x ${height} pixels of ${channels} channels need ${width * height * channels} bytes`;
  throw new ValueError(op, `${sizes}, there are ${data.length}. Check width, height and channels.`);
}
