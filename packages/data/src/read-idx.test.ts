import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError } from './format-error.ts';
import { readIdx } from './read-idx.ts';

/** An IDX file: type, sizes, and the bytes of the elements. */
function idx(type: number, shape: number[], elements: Iterable<number>): Uint8Array<ArrayBuffer> {
  const sizes = shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...elements]);
}

const small = idx(0x08, [2, 3], [1, 2, 3, 4, 5, 255]);
const gzipped = () => new Uint8Array(gzipSync(small));

describe('readIdx', () => {
  test.each([
    [0x08, [0, 127, 255], new Uint8Array([0, 127, 255])],
    [0x09, [0, 127, 255], new Int8Array([0, 127, -1])],
    [0x0b, [1, 2, 255, 254], new Int16Array([258, -2])],
    [0x0c, [1, 2, 3, 4, 255, 255, 255, 255], new Int32Array([0x01020304, -1])],
    [0x0d, [0x3f, 0xc0, 0, 0, 0xff, 0x80, 0, 0], new Float32Array([1.5, -Infinity])],
    [0x0e, [0x40, 0x09, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18], new Float64Array([Math.PI])],
  ])('type %i', async (type, bytes, data) => {
    expect(await readIdx(idx(type, [data.length], bytes))).toEqual({ shape: [data.length], data });
  });

  test('several dims, none, and an empty one', async () => {
    expect(await readIdx(small)).toEqual({ shape: [2, 3], data: new Uint8Array([1, 2, 3, 4, 5, 255]) });
    expect(await readIdx(idx(0x08, [], [7]))).toEqual({ shape: [], data: new Uint8Array([7]) });
    expect(await readIdx(idx(0x0d, [0, 28], []))).toEqual({ shape: [0, 28], data: new Float32Array() });
  });

  test('gzipped data, told by their content, and data in the middle of a buffer', async () => {
    expect((await readIdx(gzipped())).data).toEqual(new Uint8Array([1, 2, 3, 4, 5, 255]));
    const buffer = Uint8Array.from([9, 9, 9, ...idx(0x0b, [1], [1, 2]), 9]);
    expect((await readIdx(buffer.subarray(3, -1))).data).toEqual(new Int16Array([258]));
  });

  test('keeps nothing of the bytes it was given, be they a Buffer of Node', async () => {
    const bytes = Buffer.from(small);
    const { data } = await readIdx(bytes);
    bytes.fill(0);
    expect(data).toEqual(new Uint8Array([1, 2, 3, 4, 5, 255]));
  });

  test.each([
    ['no bytes', new Uint8Array(), 'a.idx has 0 bytes, and IDX begins with 4. Get the file anew.'],
    ['three bytes', small.slice(0, 3), 'a.idx has 3 bytes, and IDX begins with 4. Get the file anew.'],
    [
      'half a header',
      small.slice(0, 10),
      'a.idx is cut short: a header of 2 dims has 12 bytes, the file 10. Get the file anew.',
    ],
    [
      'too few elements',
      small.slice(0, -1),
      'a.idx is cut short: [2, 3] of uint8 takes 18 bytes, the file has 17. Get the file anew.',
    ],
    [
      'too many',
      Uint8Array.from([...small, 0]),
      'a.idx is too long: [2, 3] of uint8 takes 18 bytes, the file has 19. Get the file anew.',
    ],
    [
      'sizes past any file',
      idx(0x0e, [2 ** 32 - 1, 2 ** 32 - 1], []),
      'a.idx is cut short: [4294967295, 4294967295] of float64 takes 147573952520956940000 bytes, the file has 12.',
    ],
    [
      'a PNG',
      Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0]),
      'a.idx begins with 89 50 4e 47, and IDX with 00 00, a type (08, 09, 0b, 0c, 0d, 0e) and the number of dims. Pass an IDX file.',
    ],
    ['an unknown type', idx(0x0a, [1], [1]), 'a.idx begins with 00 00 0a 01, and IDX with'],
  ])('refuses %s', async (_, bytes, message) => {
    const error: unknown = await readIdx(bytes, { name: 'a.idx' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain(`readIdx: ${message}`);
  });

  const corrupt = (at: number, value: number) => gzipped().with(at, value);
  const length = gzipped().length;
  test.each([
    ['nothing but the magic', gzipped().slice(0, 2)],
    ['cut short in the header', gzipped().slice(0, 9)],
    ['cut short in the data', gzipped().slice(0, 15)],
    ['cut short in the trailer', gzipped().slice(0, -1)],
    ['an unknown method', corrupt(2, 7)],
    ['damaged data', corrupt(12, 0xff)],
    ['a wrong checksum', corrupt(length - 8, gzipped()[length - 8]! ^ 1)],
    ['a wrong length', corrupt(length - 4, 99)],
    ['bytes after the end', Uint8Array.from([...gzipped(), 1, 2, 3, 4, 5])],
  ])('refuses gzip data: %s', async (_, bytes) => {
    const error: unknown = await readIdx(bytes, { name: 'a.gz' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    const message = `readIdx: a.gz is damaged: its ${bytes.length} bytes of gzip data cannot be decompressed. Get the file anew.`;
    expect((error as Error).message).toBe(message);
  });

  test('says what is wrong inside of gzip data, and calls data without a name so', async () => {
    await expect(readIdx(new Uint8Array(gzipSync(small.slice(0, -1))))).rejects.toThrow(
      'readIdx: the data is cut short: [2, 3] of uint8 takes 18 bytes',
    );
  });
});
