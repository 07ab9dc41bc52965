export { decodeImage, type DecodeImageOptions } from './decode-image.ts';
export { resizePixels } from './resize-pixels.ts';
export { toDigit } from './to-digit.ts';
export { toGray, toRGB, type ToGrayOptions } from './to-gray.ts';
