import { encode } from 'jpeg-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { orientationOf } from './orientation.ts';

/** Rows of letters, each a block of 8 x 8 grey pixels, which JPEG keeps. */
function photograph(rows: readonly string[]): Uint8Array {
  const [height, width] = [8 * rows.length, 8 * rows[0]!.length];
  const data = Buffer.alloc(height * width * 4, 255);
  for (let i = 0; i < height * width; i++) {
    const letter = rows[(i / width / 8) | 0]!.charCodeAt(((i % width) / 8) | 0);
    data.fill((letter - 96) * 40, 4 * i, 4 * i + 3);
  }
  return encode({ data, width, height }, 100).data;
}

async function lettersOf(file: Uint8Array, options = {}): Promise<string> {
  const { data, width, height, channels } = await decodeImage(file, options);
  const letter = (x: number, y: number) =>
    String.fromCharCode(96 + Math.round(data[((8 * y + 4) * width + 8 * x + 4) * channels]! / 40));
  const rows = Array.from({ length: height / 8 }, (_, y) =>
    Array.from({ length: width / 8 }, (__, x) => letter(x, y)).join(''),
  );
  return rows.join(' ');
}

/** The content of an APP1 segment: one entry before it, and the orientation. */
function exif(orientation: number, { little = true, type = 3 } = {}): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 24 + 4);
  const u16 = (value: number, at: number) => (little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at));
  const u32 = (value: number, at: number) => (little ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at));
  tiff.write(little ? 'II' : 'MM');
  u16(42, 2);
  u32(8, 4);
  u16(2, 8);
  u16(0x0100, 10);
  u16(0x0112, 22);
  u16(type, 24);
  u32(1, 26);
  u16(orientation, 30);
  return Buffer.concat([Buffer.from('Exif\0\0'), tiff]);
}

function withSegment(file: Uint8Array, content: Uint8Array): Uint8Array {
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([file.subarray(0, 2), head, content, file.subarray(2)]);
}

describe('a photograph', () => {
  const file = photograph(['abc', 'def']);

  // As PIL's ImageOps.exif_transpose turns them.
  test.each([
    [1, 'abc def'],
    [2, 'cba fed'],
    [3, 'fed cba'],
    [4, 'def abc'],
    [5, 'ad be cf'],
    [6, 'da eb fc'],
    [7, 'fc eb da'],
    [8, 'cf be ad'],
  ])('of orientation %i stands upright', async (orientation, expected) => {
    for (const little of [true, false]) {
      expect(await lettersOf(withSegment(file, exif(orientation, { little })))).toBe(expected);
    }
  });

  test('stays as it is stored if that is wanted, or its orientation is none', async () => {
    expect(await lettersOf(withSegment(file, exif(6)), { upright: false })).toBe('abc def');
    for (const content of [exif(0), exif(9), exif(6, { type: 4 }), exif(6).subarray(0, 30), Buffer.from('http://ns')]) {
      expect(await lettersOf(withSegment(file, content))).toBe('abc def');
    }
  });
});

test('orientationOf takes any bytes', () => {
  const damage = fc.array(fc.tuple(fc.nat(43), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(damage, fc.nat(44), (changes, length) => {
      const bytes = Uint8Array.from(exif(6)).subarray(0, length);
      for (const [at, value] of changes) bytes[at] = value;
      const orientation = orientationOf(bytes);
      expect(orientation === undefined || (orientation >= 1 && orientation <= 8)).toBe(true);
    }),
  );
});
