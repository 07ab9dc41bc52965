import { isTensor, ValueError, type Tensor } from '@rushlight/core';
import { savedAs } from './stored-dtype.ts';

const op = 'saveSafetensors';

/** What a file says besides its tensors. */
export interface SaveSafetensorsOptions {
  /** Texts by name, for whoever reads the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The order of dtypes in a file. */
const order = Object.keys(savedAs);
const rank = ([, { dtype }]: readonly [string, Tensor]): number => order.indexOf(dtype);

/**
 * A safetensors file of tensors under their names: of float64, float32, int32, float16, uint8 and bool as F64, F32, I32, F16, U8 and
 * BOOL, the widest first, then by name. Byte for byte what the reference implementation writes (but for the order of several
 * metadata, which it leaves to chance). All tensors are as they were when it was called, even if they change before it resolves; those
 * that share memory are written one by one.
 *
 * Rejects with ValueError for names or metadata that the format cannot hold, and with TypeError for what is no tensor or no text.
 * https://github.com/huggingface/safetensors#format
 *
 * @example
 * await writeFile('model.safetensors', await saveSafetensors(model.stateDict(), { metadata: { format: 'pt' } }));
 */
export async function saveSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  { metadata }: SaveSafetensorsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = Object.entries(tensors);
  for (const [name, value] of entries) checkEntry(name, value);
  if (metadata) checkMetadata(metadata);
  entries.sort((a, b) => rank(a) - rank(b) || compareCodePoints(a[0], b[0]));
  // Asked for at once: what is read is what is there now.
  const contents = await Promise.all(entries.map(([, value]) => value.data()));

  let size = 0;
  const places = entries.map(([name, { dtype, shape }], k) => {
    const start = size;
    size += contents[k]?.byteLength ?? 0;
    return [name, { dtype: savedAs[dtype], shape, data_offsets: [start, size] }] as const;
  });
  const header = encodeHeader([...(metadata ? [['__metadata__', metadata] as const] : []), ...places]);
  const file = new Uint8Array(8 + header.length + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  contents.forEach(({ buffer, byteOffset, byteLength }, k) => {
    file.set(new Uint8Array(buffer, byteOffset, byteLength), 8 + header.length + (places[k]?.[1].data_offsets[0] ?? 0));
  });
  return file;
}

/** JSON by hand for the outermost object: a Record would put names that look like numbers first. Padded to 8 bytes. */
function encodeHeader(entries: readonly (readonly [string, object])[]): Uint8Array {
  const members = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  return padded;
}

function checkEntry(name: string, value: unknown): void {
  checkText('the name', name);
  if (name === '__metadata__') {
    throw new ValueError(
      op,
      'a tensor has the name "__metadata__", which the format keeps for itself. Choose another.',
    );
  }
  if (isTensor(value)) return;
  const what = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  throw new TypeError(
    `${op}: ${JSON.stringify(name)} is ${what}, not a tensor. Put numbers and texts into the metadata.`,
  );
}

function checkMetadata(metadata: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new TypeError(
        `${op}: the metadata ${JSON.stringify(key)} is a ${typeof value}, not a text. Use JSON.stringify.`,
      );
    }
    checkText('the name of metadata', key);
    checkText(`the metadata ${JSON.stringify(key)}`, value);
  }
}

/** Refuses half surrogate pairs, which UTF-8 cannot express. */
function checkText(what: string, text: string): void {
  if (!/\p{Surrogate}/u.test(text)) return;
  throw new ValueError(
    op,
    `${what} ${JSON.stringify(text)} has half of a surrogate pair, which is no text. Leave it out.`,
  );
}

/** The order of UTF-8 bytes, which that of UTF-16 units is not. */
function compareCodePoints(a: string, b: string): number {
  const [x, y] = [Array.from(a), Array.from(b)];
  const k = x.findIndex((c, at) => c !== y[at]);
  if (k < 0) return x.length - y.length;
  return (x[k]?.codePointAt(0) ?? 0) - (y[k]?.codePointAt(0) ?? -1);
}
