import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../format-error.ts';
import type { PixelImage } from '../pixel-image.ts';
import { decodeImage } from './decode-image.ts';
import files from './fixtures/images.json' with { type: 'json' };

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));
const fileOf = (name: string) => bytesOf(files.find((entry) => entry.name === name)!.file);
const failure = async (bytes: Uint8Array): Promise<string> => {
  const error: unknown = await decodeImage(bytes, { name: 'a.img' }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(FormatError);
  return (error as Error).message;
};

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type: string, content: Iterable<number>): Uint8Array {
  const body = Buffer.from([...Buffer.from(type), ...content]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(body.length - 4);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

interface Picture {
  width: number;
  height: number;
  depth: number;
  color: number;
  interlaced: boolean;
  /** One number per sample, row by row. */
  samples: number[];
}

const channelsOf: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** A PNG whose rows are not filtered, or, where they are whole bytes, some by the difference from the left or from above. */
function png({ width, height, depth, color, interlaced, samples }: Picture, extra: Uint8Array[] = []): Uint8Array {
  const channels = channelsOf[color]!;
  const passes = interlaced
    ? [
        [0, 0, 8, 8],
        [4, 0, 8, 8],
        [0, 4, 4, 8],
        [2, 0, 4, 4],
        [0, 2, 2, 4],
        [1, 0, 2, 2],
        [0, 1, 1, 2],
      ]
    : [[0, 0, 1, 1]];
  const rows: number[] = [];
  for (const [x0, y0, dx, dy] of passes as [number, number, number, number][]) {
    let above: number[] | undefined;
    for (let y = y0; y < height && x0 < width; y += dy) {
      let bits = '';
      for (let x = x0; x < width; x += dx) {
        for (let c = 0; c < channels; c++)
          bits += samples[(y * width + x) * channels + c]!.toString(2).padStart(depth, '0');
      }
      const row = bits
        .padEnd(Math.ceil(bits.length / 8) * 8, '0')
        .match(/.{8}/g)!
        .map((byte) => parseInt(byte, 2));
      const pixel = Math.max(1, (channels * depth) / 8);
      const filter = y % 3;
      const from = (i: number) => (filter === 0 ? 0 : filter === 1 ? (row[i - pixel] ?? 0) : (above?.[i] ?? 0));
      rows.push(filter, ...row.map((byte, i) => (byte - from(i)) & 255));
      above = row;
    }
  }
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', [...size, depth, color, 0, 0, Number(interlaced)]),
    ...extra,
    chunk('IDAT', deflateSync(Uint8Array.from(rows))),
    chunk('IEND', []),
  ]);
}

describe('decodeImage', () => {
  test.each(files)('$name', async ({ file, width, height, channels, pixels, tolerance }) => {
    const image = await decodeImage(bytesOf(file));
    expect([image.width, image.height, image.channels]).toEqual([width, height, channels]);
    const expected = bytesOf(pixels);
    expect(image.data.length).toBe(expected.length);
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - image.data[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(tolerance);
  });

  const kinds = [
    ...[1, 2, 4, 8, 16].map((depth) => [0, depth] as const),
    ...[1, 2, 4, 8].map((depth) => [3, depth] as const),
    ...[2, 4, 6].flatMap((color) => [8, 16].map((depth) => [color, depth] as const)),
  ];
  test.each(kinds)('a PNG of colour type %i with %i bits, of any size, interlaced or not', async (color, depth) => {
    const channels = channelsOf[color]!;
    const pictures = fc
      .tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 11 }), fc.boolean())
      .chain(([width, height, interlaced]) => {
        const length = width * height * channels;
        const samples = fc.array(fc.integer({ min: 0, max: 2 ** depth - 1 }), { minLength: length, maxLength: length });
        return samples.map((values) => ({ width, height, depth, color, interlaced, samples: values }));
      });
    const palette = Array.from({ length: 3 * 2 ** Math.min(depth, 8) }, (_, i) => (i * 37) % 256);
    await fc.assert(
      fc.asyncProperty(pictures, async (picture) => {
        const image = await decodeImage(png(picture, color === 3 ? [chunk('PLTE', palette)] : []));
        const expected =
          color === 3
            ? picture.samples.flatMap((index) => palette.slice(3 * index, 3 * index + 3))
            : picture.samples.map((sample) => Math.round((sample * 255) / (2 ** depth - 1)));
        expect([image.width, image.height, [...image.data]]).toEqual([picture.width, picture.height, expected]);
      }),
      { numRuns: 25 },
    );
  });

  const small: Picture = { width: 2, height: 1, depth: 8, color: 0, interlaced: false, samples: [7, 9] };

  test('makes the one transparent colour of a PNG transparent', async () => {
    const { data, channels } = await decodeImage(
      png({ ...small, width: 3, samples: [7, 9, 7] }, [chunk('tRNS', [0, 9])]),
    );
    expect([channels, [...data]]).toEqual([2, [7, 255, 9, 0, 7, 255]]);
  });

  test('reads images in the middle of a buffer, and keeps nothing of it', async () => {
    const file = png(small);
    const buffer = Uint8Array.from([1, 2, 3, ...file, 4]);
    const image = await decodeImage(buffer.subarray(3, -1));
    buffer.fill(0);
    expect([...image.data]).toEqual([7, 9]);
  });

  const begin = (bytes: Uint8Array, length: number) => bytes.slice(0, length);
  test.each([
    ['nothing', new Uint8Array(), 'a.img is empty. Convert it to PNG or JPEG.'],
    ['a GIF', Buffer.from('GIF89a'), 'a.img begins with 47 49 46 38, and is neither PNG nor JPEG. Convert it'],
    [
      'half a signature',
      begin(png(small), 5),
      'a.img is damaged, as a PNG: its first eight bytes are not those. Get it anew.',
    ],
    ['a PNG without end', begin(png(small), -12), 'a.img is cut short: its 56 bytes of PNG have no end. Get it anew.'],
    ['a PNG without pixels', Buffer.concat([begin(png(small), 33), chunk('IEND', [])]), 'as a PNG: it has no pixels.'],
    ['a PNG of no width', png({ ...small, width: 0, samples: [] }), 'as a PNG: it is 0 x 1 pixels large.'],
    [
      'a giant',
      png({ ...small, width: 2 ** 31 - 1, height: 0, samples: [] }).with(23, 99),
      'more than 100000000. Make it smaller.',
    ],
    [
      'a colour that a palette lacks',
      png({ ...small, color: 3 }, [chunk('PLTE', [1, 2, 3])]),
      'as a PNG: a pixel has the colour 7 of a palette of 1.',
    ],
    ['a JPEG without end', begin(fileOf('jpeg, RGB'), -2), 'bytes of JPEG have no end. Get it anew.'],
    [
      'half a JPEG',
      begin(fileOf('jpeg, RGB'), 500),
      'a.img is cut short: its 500 bytes of JPEG have no end. Get it anew.',
    ],
    ['a JPEG of one marker', Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), 'as a JPEG: it has no pixels.'],
  ])('refuses %s', async (_, bytes, message) => {
    expect(await failure(bytes)).toContain(message);
  });

  test('refuses PNG data that are too few, too many, or a flood', async () => {
    const file = png(small);
    const withData = (data: Uint8Array) => Buffer.concat([begin(file, 33), chunk('IDAT', data), chunk('IEND', [])]);
    expect(await failure(withData(deflateSync(Uint8Array.of(0, 7))))).toContain(
      'its pixels should take 3 bytes, and 2 are there.',
    );
    expect(await failure(withData(deflateSync(new Uint8Array(5_000_000))))).toContain(
      'its pixels should take 3 bytes, and more are there.',
    );
    expect(await failure(withData(Uint8Array.of(1, 2, 3)))).toContain('its compressed data cannot be decompressed.');
    expect(await failure(withData(deflateSync(Uint8Array.of(9, 7, 9))))).toContain('Unsupported filter: 9');
  });

  test('refuses JPEGs of kinds that the decoder would get wrong', async () => {
    const file = fileOf('jpeg, grey');
    const frame = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc0);
    expect(await failure(file.with(frame + 1, 0xc3))).toContain(
      'a.img is a JPEG compressed without loss (SOF3). Convert',
    );
    expect(await failure(file.with(frame + 1, 0xc9))).toContain('compressed in a rare way (SOF9).');
    expect(await failure(file.with(frame + 4, 12))).toContain('a.img is a JPEG of 12 bits. Convert it to PNG.');
    expect(await failure(file.with(frame + 9, 2))).toContain('a JPEG of 2 components');
  });

  test.each(['png, palette of 16', 'png, RGB and alpha', 'jpeg, grey', 'jpeg, progressive', 'jpeg, with restarts'])(
    'damaged files are refused or have their size, and never hang: %s',
    async (name) => {
      const file = fileOf(name);
      const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(damage, async (changes) => {
          const bytes = Uint8Array.from(file);
          for (const [at, value] of changes) bytes[at] = value;
          const result: unknown = await decodeImage(bytes).catch((e: unknown) => e);
          // In words: an error of the right kind, or an image whose bytes fit its size.
          const { data, width, height, channels } = result as PixelImage;
          expect(result instanceof FormatError || data?.length === width * height * channels).toBe(true);
        }),
        { numRuns: 100 },
      );
    },
  );

  test('every beginning of a file is refused', async () => {
    for (const name of ['png, palette of 16', 'jpeg, with restarts']) {
      const file = fileOf(name);
      for (let length = 0; length < file.length; length += 7) {
        expect(await failure(file.slice(0, length))).toContain('a.img');
      }
    }
  });
});
