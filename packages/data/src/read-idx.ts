// IDX, the format of the MNIST files: two zero bytes, the type, the number of dims, the sizes, the elements; all big-endian.

import { FormatError } from './format-error.ts';
import { gunzip, isGzip } from './gunzip.ts';

/** What an IDX file holds. */
export interface IdxArray {
  /** The sizes of its dims. */
  readonly shape: readonly number[];
  /** The elements in row-major order, in an array of the file's own type. */
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** Options of `readIdx`. */
export interface ReadIdxOptions {
  /** What error messages call the file. Default `the data`. */
  readonly name?: string;
}

interface ElementType {
  readonly name: string;
  readonly size: number;
  decode(bytes: Uint8Array): IdxArray['data'];
}

type Getter = 'getInt16' | 'getInt32' | 'getFloat32' | 'getFloat64';

const elementTypes = new Map<number, ElementType>([
  [0x08, { name: 'uint8', size: 1, decode: (bytes) => new Uint8Array(bytes) }],
  [0x09, { name: 'int8', size: 1, decode: (bytes) => new Int8Array(bytes) }],
  [0x0b, { name: 'int16', size: 2, decode: (bytes) => fill(new Int16Array(bytes.length / 2), bytes, 'getInt16') }],
  [0x0c, { name: 'int32', size: 4, decode: (bytes) => fill(new Int32Array(bytes.length / 4), bytes, 'getInt32') }],
  [
    0x0d,
    { name: 'float32', size: 4, decode: (bytes) => fill(new Float32Array(bytes.length / 4), bytes, 'getFloat32') },
  ],
  [
    0x0e,
    { name: 'float64', size: 8, decode: (bytes) => fill(new Float64Array(bytes.length / 8), bytes, 'getFloat64') },
  ],
]);

/**
 * Reads an IDX file, gzipped or not: which of the two is told by its content.
 * Rejects with a FormatError for data that are damaged, cut short, too long, or no IDX.
 *
 * @example
 * const { shape, data } = await readIdx(new Uint8Array(await (await fetch('t10k-images-idx3-ubyte.gz')).arrayBuffer()));
 */
export async function readIdx(
  bytes: Uint8Array<ArrayBuffer>,
  { name = 'the data' }: ReadIdxOptions = {},
): Promise<IdxArray> {
  const plain = isGzip(bytes) ? await gunzip('readIdx', name, bytes) : bytes;
  const refuse = (what: string, remedy: string) => new FormatError('readIdx', `${name} ${what}. ${remedy}`);

  const [zero0, zero1, type, dims] = plain;
  if (type === undefined || dims === undefined) {
    throw refuse(`has ${plain.length} bytes, and IDX begins with 4`, 'Get the file anew.');
  }
  const element = elementTypes.get(type);
  if (zero0 !== 0 || zero1 !== 0 || !element) {
    const magic = [...plain.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const types = [...elementTypes.keys()].map((code) => code.toString(16).padStart(2, '0')).join(', ');
    throw refuse(
      `begins with ${magic}, and IDX with 00 00, a type (${types}) and the number of dims`,
      'Pass an IDX file.',
    );
  }

  const start = 4 + 4 * dims;
  if (plain.length < start) {
    throw refuse(
      `is cut short: a header of ${dims} dims has ${start} bytes, the file ${plain.length}`,
      'Get the file anew.',
    );
  }
  const view = new DataView(plain.buffer, plain.byteOffset);
  const shape = Array.from({ length: dims }, (_, dim) => view.getUint32(4 + 4 * dim));
  const end = start + shape.reduce((size, n) => size * n, element.size);
  if (plain.length !== end) {
    const wrong = plain.length < end ? 'is cut short' : 'is too long';
    throw refuse(
      `${wrong}: [${shape.join(', ')}] of ${element.name} takes ${end} bytes, the file has ${plain.length}`,
      'Get the file anew.',
    );
  }
  return { shape, data: element.decode(plain.subarray(start)) };
}

function fill<Data extends IdxArray['data']>(data: Data, bytes: Uint8Array, get: Getter): Data {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < data.length; i++) data[i] = view[get](i * data.BYTES_PER_ELEMENT);
  return data;
}
