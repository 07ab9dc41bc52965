// Small files of all kinds that a command line is given.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';

/** The bytes of an IDX file of bytes. */
function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x800 + shape.length);
  shape.forEach((n, d) => header.setUint32(4 + 4 * d, n));
  return new Uint8Array([...new Uint8Array(header.buffer), ...data]);
}

/** Writes a set in MNIST's format, in which a bright column says which class an image is of. */
export function writeIdxSet(folder: string, { train = 50, test = 20 } = {}): void {
  mkdirSync(folder, { recursive: true });
  for (const [split, count] of [['train', train], ['t10k', test]] as const) {
    const images = new Uint8Array(count * 784);
    const labels = Uint8Array.from({ length: count }, (_, k) => k % 10);
    labels.forEach((label, k) => {
      for (let row = 0; row < 28; row++) images[k * 784 + row * 28 + 2 * label + 4] = 255;
    });
    writeFileSync(join(folder, `${split}-images-idx3-ubyte.gz`), gzipSync(idx([count, 28, 28], images)));
    writeFileSync(join(folder, `${split}-labels-idx1-ubyte`), idx([count], labels));
  }
} // prettier-ignore

/** y = 3 a − 2 b, a colour that says whether a > b, and a name that says nothing. */
export function csv(rows: number): string {
  const lines = Array.from({ length: rows }, (_, k) => {
    const [a, b] = [((7 * k) % 23) / 10, ((11 * k) % 19) / 10];
    return `thing ${k},${a},${b},${(3 * a - 2 * b).toFixed(3)},${a > b ? 'red' : 'blue'}`;
  });
  return ['name,a,b,y,colour', ...lines, ''].join('\n');
}

/** The bytes of a PNG of bytes, `channels` a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
export function png(width: number, height: number, channels: 1 | 2 | 3 | 4, pixels: ArrayLike<number>): Uint8Array {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, { 1: 0, 2: 4, 3: 2, 4: 6 }[channels]], 8);
  const size = width * channels;
  const rows = Buffer.alloc(height * (1 + size));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < size; x++) rows[y * (1 + size) + 1 + x] = pixels[y * size + x] ?? 0;
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]); // prettier-ignore
}

/** Writes images of one colour, in a folder of that name; each a little different. */
export function writeColours(
  folder: string,
  colours: Readonly<Record<string, readonly number[]>>,
  count: number,
): void {
  // prettier-ignore
  for (const [name, colour] of Object.entries(colours)) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let k = 0; k < count; k++) {
      const pixels = Array.from({ length: 12 * 10 }, (_, i) => colour.map((value) => Math.min(255, value + ((i * 7 + k * 13) % 40)))); // prettier-ignore
      writeFileSync(join(folder, name, `${k}.png`), png(12, 10, 3, pixels.flat()));
    }
  }
}
