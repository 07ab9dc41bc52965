// What a PNG says of itself, before anything of it is decoded. https://www.w3.org/TR/png-3/

import { checkSize, cutShort, damaged } from './image-errors.ts';

/** The bytes that every PNG begins with. */
export const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const channelsOf = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);
const depthsOf = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

export interface PngChunks {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly color: number;
  /** Samples of a pixel as stored; one where it is an index into the palette. */
  readonly channels: number;
  readonly interlaced: boolean;
  /** Whole chunks, with length, type and checksum. */
  readonly header: Uint8Array;
  readonly palette: Uint8Array | undefined;
  readonly transparency: Uint8Array | undefined;
  readonly data: readonly Uint8Array[];
  readonly end: Uint8Array;
}

/** Finds the chunks that make the pixels. Throws a FormatError where one is missing or makes no sense. */
export function findChunks(name: string, bytes: Uint8Array): PngChunks {
  if (signature.some((byte, at) => bytes[at] !== byte))
    throw damaged(name, 'PNG', 'its first eight bytes are not those');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  const found = new Map<string, Uint8Array>();
  for (let offset = 8; !found.has('IEND');) {
    if (offset + 12 > bytes.length) throw cutShort(name, 'PNG', bytes.length);
    const end = offset + 12 + view.getUint32(offset);
    if (end > bytes.length) throw cutShort(name, 'PNG', bytes.length);
    const chunk = bytes.subarray(offset, end);
    const type = String.fromCharCode(...chunk.subarray(4, 8));
    if (found.size === 0 && type !== 'IHDR')
      throw damaged(name, 'PNG', `it begins with ${JSON.stringify(type)}, not "IHDR"`);
    if (type === 'IDAT') data.push(chunk);
    found.set(type, found.get(type) ?? chunk);
    offset = end;
  }
  const [header, end] = [found.get('IHDR'), found.get('IEND')];
  if (!header || !end || header.length !== 25) throw damaged(name, 'PNG', 'its header has another length than 13');
  if (data.length === 0) throw damaged(name, 'PNG', 'it has no pixels');
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth = 0, color = 0, compression, filter, interlace = 2] = header.subarray(16, 21);
  checkSize(name, 'PNG', width, height);
  const channels = channelsOf.get(color);
  if (channels === undefined || !depthsOf.get(color)?.includes(depth)) {
    throw damaged(name, 'PNG', `there is no colour type ${color} of ${depth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    throw damaged(name, 'PNG', `compression ${compression}, filter ${filter} and interlacing ${interlace} are unknown`);
  }
  return {
    width,
    height,
    depth,
    color,
    channels,
    interlaced: interlace === 1,
    header,
    palette: found.get('PLTE'),
    transparency: found.get('tRNS'),
    data,
    end,
  };
}

/** A part of the image that is stored by itself: its first pixel, the steps to the next, and its size. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
  /** Bytes that it takes, with one per row that says how it was filtered. */
  readonly bytes: number;
}

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The passes that an image is stored in: seven if it is interlaced, less those without pixels, else one. */
export function passesOf({ width, height, depth, channels, interlaced }: PngChunks): Pass[] {
  return (interlaced ? adam7 : [[0, 0, 1, 1] as const]).flatMap(([x, y, stepX, stepY]) => {
    const size = { width: Math.ceil((width - x) / stepX), height: Math.ceil((height - y) / stepY) };
    if (size.width <= 0 || size.height <= 0) return [];
    return [{ x, y, stepX, stepY, ...size, bytes: size.height * (1 + Math.ceil((size.width * channels * depth) / 8)) }];
  });
}
