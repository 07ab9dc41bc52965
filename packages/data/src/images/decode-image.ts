import { FormatError } from '../format-error.ts';
import type { PixelImage } from '../pixel-image.ts';
import { decodeJpeg } from './decode-jpeg.ts';
import { decodePng } from './decode-png.ts';

/** Options of `decodeImage`. */
export interface DecodeImageOptions {
  /** What messages call it: the name of the file. Default `the image`. */
  readonly name?: string;
  /** Whether to turn and mirror a JPEG as its Exif data say. False gives the pixels as they are stored, as PIL does. Default true. */
  readonly upright?: boolean;
}

/**
 * The pixels of a PNG or JPEG, told by its content: 1 channel for grey, 3 for RGB, 2 and 4 where there is transparency; 16 bits
 * are brought to 8, palettes looked up, CMYK turned to RGB, and photographs turned upright. Colour profiles are not applied, as by
 * PIL. Up to 100 million pixels. Rejects with a FormatError, which names the reason, for files that are damaged, cut short or
 * of another kind. The decoders are loaded when first needed.
 *
 * @example
 * const image = await decodeImage(await readFile('cat.jpg'), { name: 'cat.jpg' });
 * const x = new transforms.ToTensor()(resizePixels(image, 64, 64));
 */
export async function decodeImage(
  bytes: Uint8Array,
  { name = 'the image', upright = true }: DecodeImageOptions = {},
): Promise<PixelImage> {
  const [first, second] = bytes;
  if (first === 0x89 && second === 0x50) return decodePng(name, bytes);
  if (first === 0xff && second === 0xd8) return decodeJpeg(name, bytes, upright);
  const begin = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const found = bytes.length === 0 ? 'is empty' : `begins with ${begin}, and is neither PNG nor JPEG`;
  throw new FormatError('decodeImage', `${name} ${found}. Convert it to PNG or JPEG.`);
}
