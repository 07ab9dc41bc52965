// The pixels come from jpeg-js, which fills up with grey what a file lacks; what is whole is found out first.

import type { PixelImage } from '../pixel-image.ts';
import { damaged, maxPixels, unsupported } from './image-errors.ts';
import { findSegments } from './jpeg-segments.ts';
import { upright } from './orientation.ts';

const maxMegabytes = 1024;

/** Decodes a JPEG, baseline or progressive, of 8 bits; as it is stored, or upright. Rejects with a FormatError. */
export async function decodeJpeg(name: string, bytes: Uint8Array, isUpright: boolean): Promise<PixelImage> {
  const { width, height, components, rgb, orientation, parts } = findSegments(name, bytes);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  const { default: jpeg } = await import('jpeg-js');
  let decoded: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  try {
    decoded = jpeg.decode(whole, {
      useTArray: true,
      formatAsRGBA: false,
      maxResolutionInMP: maxPixels / 1e6,
      maxMemoryUsageInMB: maxMegabytes,
      ...(components === 3 && { colorTransform: !rgb }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (reason.startsWith('maxMemoryUsageInMB')) {
      const size = `${width} x ${height} pixels large, which takes more than ${maxMegabytes} MB to decode`;
      throw unsupported(name, size, 'Make it smaller');
    }
    throw damaged(name, 'JPEG', reason);
  }
  const { data } = decoded;
  const gray = () => Uint8Array.from({ length: width * height }, (_, i) => data[3 * i] ?? 0);
  const stored = components > 1 ? { data, width, height, channels: 3 } : { data: gray(), width, height, channels: 1 };
  return isUpright ? upright(stored, orientation) : stored;
}
