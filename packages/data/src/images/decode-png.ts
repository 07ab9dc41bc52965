// The pixels come from fast-png. What it takes on trust is checked first: that nothing is missing, that the compressed data
// are whole and as large as the image, so that a small file cannot fill the memory.

import type { PixelImage } from '../pixel-image.ts';
import { damaged } from './image-errors.ts';
import { signature, findChunks, passesOf, type PngChunks } from './png-chunks.ts';

/** Decodes a PNG of any kind. Rejects with a FormatError. */
export async function decodePng(name: string, bytes: Uint8Array): Promise<PixelImage> {
  const chunks = findChunks(name, bytes);
  const rows = await inflate(name, chunks);
  const samples = await decodeSamples(name, chunks, rows);
  return toPixels(name, chunks, samples);
}

/** The filtered rows of all passes. */
async function inflate(name: string, chunks: PngChunks): Promise<Uint8Array<ArrayBuffer>> {
  const size = passesOf(chunks).reduce((sum, pass) => sum + pass.bytes, 0);
  const rows = new Uint8Array(size);
  let filled = 0;
  const parts = chunks.data.map((chunk) => Uint8Array.from(chunk.subarray(8, -4)));
  const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      // Counted to the end of the first too many: a small file may hold gigabytes.
      if (filled + part.value.length <= size) rows.set(part.value, filled);
      filled += part.value.length;
      if (filled > size) break;
    }
  } catch {
    throw damaged(name, 'PNG', 'its compressed data cannot be decompressed');
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  const found = filled > size ? 'more' : `${filled}`;
  if (filled !== size) throw damaged(name, 'PNG', `its pixels should take ${size} bytes, and ${found} are there`);
  return rows;
}

/** The samples of all pixels, one number each. */
async function decodeSamples(
  name: string,
  chunks: PngChunks,
  rows: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array | Uint8ClampedArray | Uint16Array> {
  const { width, height, depth, channels, header, palette, transparency, data, end } = chunks;
  if (!chunks.interlaced || depth >= 8) {
    const optional = [palette, transparency].filter((chunk) => chunk !== undefined);
    const samples = await decode(name, [header, ...optional, ...data, end], true);
    return depth < 8 ? unpack(samples, width, height, depth) : samples;
  }
  // fast-png reads interlaced images of whole bytes only: here each pass is an image of its own.
  const samples = new Uint8Array(width * height * channels);
  let offset = 0;
  for (const pass of passesOf(chunks)) {
    const small = Uint8Array.from(header);
    const view = new DataView(small.buffer);
    view.setUint32(8, pass.width);
    view.setUint32(12, pass.height);
    small[20] = 0;
    const stored = await deflate(rows.slice(offset, offset + pass.bytes));
    offset += pass.bytes;
    const packed = await decode(name, [small, chunkOf('IDAT', stored), end], false);
    unpack(packed, pass.width, pass.height, depth).forEach((sample, at) => {
      const [x, y] = [at % pass.width, Math.floor(at / pass.width)];
      samples[(pass.y + y * pass.stepY) * width + pass.x + x * pass.stepX] = sample;
    });
  }
  return samples;
}

async function decode(name: string, chunks: readonly Uint8Array[], checkCrc: boolean) {
  const png = await import('fast-png');
  const bytes = new Uint8Array(
    await new Blob([signature, ...chunks.map((chunk) => Uint8Array.from(chunk))]).arrayBuffer(),
  );
  try {
    return png.decode(bytes, { checkCrc }).data;
  } catch (cause) {
    throw damaged(name, 'PNG', cause instanceof Error ? cause.message : String(cause));
  }
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A chunk whose checksum nobody looks at. */
function chunkOf(type: string, content: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(content.length + 12);
  new DataView(chunk.buffer).setUint32(0, content.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(content, 8);
  return chunk;
}

/** Samples of less than a byte, one number each; every row begins with a byte. */
function unpack(packed: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const stride = Math.ceil((width * depth) / 8);
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = packed[y * stride + ((x * depth) >> 3)] ?? 0;
      samples[y * width + x] = (byte >> (8 - depth - ((x * depth) & 7))) & (2 ** depth - 1);
    }
  }
  return samples;
}

/** Bytes of grey or RGB, with alpha where the file has transparency. */
function toPixels(name: string, chunks: PngChunks, samples: ArrayLike<number>): PixelImage {
  const { width, height, depth, color, channels, palette } = chunks;
  const pixels = width * height;
  const clear = chunks.transparency?.subarray(8, -4);
  if (color === 3) return lookUp(name, chunks, samples, palette?.subarray(8, -4), clear);
  const scale = 255 / (2 ** depth - 1);
  const see = color === 0 || color === 2 ? clear : undefined;
  if (see && see.length !== 2 * channels) throw damaged(name, 'PNG', `tRNS has ${see.length} bytes`);
  // The one colour that is transparent, as stored.
  const keyed = see && Array.from({ length: channels }, (_, c) => (see[2 * c] ?? 0) * 256 + (see[2 * c + 1] ?? 0));
  const out = channels + Number(keyed !== undefined);
  const data = new Uint8Array(pixels * out);
  for (let i = 0; i < pixels; i++) {
    let same = true;
    for (let c = 0; c < channels; c++) {
      const sample = samples[i * channels + c] ?? 0;
      data[i * out + c] = Math.round(sample * scale);
      same &&= sample === keyed?.[c];
    }
    if (keyed) data[i * out + channels] = same ? 0 : 255;
  }
  return { data, width, height, channels: out };
}

function lookUp(
  name: string,
  { width, height }: PngChunks,
  indices: ArrayLike<number>,
  palette: Uint8Array = new Uint8Array(),
  alphas: Uint8Array | undefined,
): PixelImage {
  const colors = palette.length / 3;
  const channels = alphas ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    if (index >= colors) throw damaged(name, 'PNG', `a pixel has the colour ${index} of a palette of ${colors}`);
    for (let c = 0; c < 3; c++) data[i * channels + c] = palette[3 * index + c] ?? 0;
    if (alphas) data[i * channels + 3] = alphas[index] ?? 255;
  }
  return { data, width, height, channels };
}
