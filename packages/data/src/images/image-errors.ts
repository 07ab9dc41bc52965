import { FormatError } from '../format-error.ts';

/** More pixels than this are a mistake or an attack. */
export const maxPixels = 100_000_000;

/** A file that ends too early. */
export function cutShort(name: string, kind: string, length: number): FormatError {
  return new FormatError(
    'decodeImage',
    `${name} is cut short: its ${length} bytes of ${kind} have no end. Get it anew.`,
  );
}

/** A file whose bytes contradict each other. */
export function damaged(name: string, kind: string, reason: string): FormatError {
  return new FormatError('decodeImage', `${name} is damaged, as a ${kind}: ${reason}. Get it anew.`);
}

/** A kind of image that exists and is not read here. */
export function unsupported(name: string, what: string, cure: string): FormatError {
  return new FormatError('decodeImage', `${name} is ${what}. ${cure}.`);
}

/** Throws unless the image has pixels, and not too many. */
export function checkSize(name: string, kind: string, width: number, height: number): void {
  if (width === 0 || height === 0) throw damaged(name, kind, `it is ${width} x ${height} pixels large`);
  if (width * height > maxPixels) {
    throw unsupported(name, `${width} x ${height} pixels large, more than ${maxPixels}`, 'Make it smaller');
  }
}
