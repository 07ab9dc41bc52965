// The header of a safetensors file: its size in 8 bytes, little-endian; then JSON that gives each tensor's dtype, shape and place
// in the data behind it. The places leave no gaps and do not overlap. https://github.com/huggingface/safetensors#format

import { show } from '@rushlight/core';
import { FormatError } from './format-error.ts';
import { isObject, JsonFault, parseJsonObject } from './parse-json-object.ts';
import { isStoredDType, storedBits, type StoredDType } from './stored-dtype.ts';

/** Where a file says what the tensors are: as the reference implementation, larger headers are refused. */
const mostBytes = 100_000_000;
const metadataKey = '__metadata__';

/** What the header says of one tensor. */
export interface StoredTensor {
  /** The element type, by the format's own name. */
  readonly dtype: StoredDType;
  /** Its sizes; empty for a single number. */
  readonly shape: readonly number[];
  /** The bytes of the file, from its beginning, that hold the elements, row-major: first, and behind the last. */
  readonly bytes: readonly [start: number, end: number];
}

/** What a safetensors file says of itself. */
export interface SafetensorsHeader {
  /** By name, in the order of the header. */
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  /** Texts by name, of whoever wrote the file. Empty where there are none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The bytes that the header takes, with the 8 of its size: the data begin there. */
  readonly headerBytes: number;
  /** The bytes that the whole file has. */
  readonly fileBytes: number;
}

/** How a file is called. */
export interface ReadSafetensorsOptions {
  /** What error messages call the file. Default `the data`. */
  readonly name?: string;
}

/**
 * How many bytes, from the first on, `readSafetensorsHeader` needs of a file; told by the first 8. Throws FormatError for fewer
 * than these, or for a size that no header has.
 *
 * @example
 * const first = async (n: number) => new Uint8Array(await file.slice(0, n).arrayBuffer());
 * const { tensors } = readSafetensorsHeader(await first(safetensorsHeaderBytes(await first(8))));
 */
export function safetensorsHeaderBytes(bytes: Uint8Array, { name = 'the data' }: ReadSafetensorsOptions = {}): number {
  return headerBytesOf('safetensorsHeaderBytes', name, bytes);
}

/**
 * Reads the header of a safetensors file, of which no more than the header needs to be there. Throws FormatError for one that is
 * cut short, larger than 100 MB, no UTF-8, no JSON, has a name twice, or gives a tensor a dtype, shape or place that cannot be.
 * https://github.com/huggingface/safetensors#format
 */
export function readSafetensorsHeader(
  bytes: Uint8Array,
  { name = 'the data' }: ReadSafetensorsOptions = {},
): SafetensorsHeader {
  return parseHeader('readSafetensorsHeader', name, bytes);
}

function headerBytesOf(op: string, name: string, bytes: Uint8Array): number {
  if (!ArrayBuffer.isView(bytes) || bytes.BYTES_PER_ELEMENT !== 1) {
    const what = Object.prototype.toString.call(bytes).slice('[object '.length, -1);
    throw new TypeError(
      `${op}: ${name} is of type ${what}. Pass a Uint8Array: new Uint8Array(await file.arrayBuffer()).`,
    );
  }
  if (bytes.length < 8) {
    throw new FormatError(op, `${name} has ${bytes.length} bytes, and safetensors begin with 8. Get the file anew.`);
  }
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (size > mostBytes) {
    throw new FormatError(
      op,
      `${name} begins with a header size of ${size} bytes, and safetensors allow ${mostBytes}. Pass a safetensors file.`,
    );
  }
  return 8 + Number(size);
}

/** @internal `readSafetensorsHeader` for `op`. */
export function parseHeader(op: string, name: string, bytes: Uint8Array): SafetensorsHeader {
  const headerBytes = headerBytesOf(op, name, bytes);
  if (bytes.length < headerBytes) {
    throw new FormatError(
      op,
      `${name} is cut short: its header takes ${headerBytes} bytes, there are ${bytes.length}. Get the file anew.`,
    );
  }
  const refuse = (what: string): FormatError =>
    new FormatError(op, `the header of ${name} ${what}. Get the file anew, or check what wrote it.`);
  const { [metadataKey]: metadata = {}, ...entries } = parse(bytes.subarray(8, headerBytes), refuse);
  if (!isTexts(metadata)) throw refuse(`has ${metadataKey} that are not texts by name`);
  const tensors = Object.fromEntries(
    Object.entries(entries).map(([key, entry]) => [key, readEntry(key, entry, headerBytes, refuse)]),
  );
  return { tensors, metadata, headerBytes, fileBytes: checkPlaces(tensors, headerBytes, refuse) };
}

type Refuse = (what: string) => FormatError;

function parse(bytes: Uint8Array, refuse: Refuse): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b) {
    throw refuse(bytes.length === 0 ? 'is empty' : `begins with byte ${bytes[0]} instead of {`);
  }
  try {
    return parseJsonObject(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (error instanceof JsonFault) throw refuse(error.message);
    throw refuse('is no UTF-8');
  }
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

/** A count or an offset; JSON's -0 is none. */
const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0 && !Object.is(n, -0);

const isCounts = (list: unknown): list is number[] => Array.isArray(list) && list.every(isCount);

function readEntry(key: string, entry: unknown, dataStart: number, refuse: Refuse): StoredTensor {
  const of = `of the tensor ${JSON.stringify(key)}`;
  const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
  if (!isStoredDType(dtype)) {
    const known = Object.keys(storedBits).join(', ');
    throw refuse(`has ${brief(dtype)} for the dtype ${of}, and there are ${known}`);
  }
  if (!isCounts(shape)) throw refuse(`has ${brief(shape)} for the shape ${of}, not a list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw refuse(`has ${brief(offsets)} for the data_offsets ${of}, not two`);
  const [start = 0, end = 0] = offsets;
  const elements = product(shape);
  const bits = elements * storedBits[dtype];
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(bits)) {
    throw refuse(`gives the shape ${brief(shape)} ${of}, more elements than can be`);
  }
  if (bits / 8 !== end - start) {
    throw refuse(
      `gives ${end - start} bytes (${start} to ${end}) for the data ${of}, and ${brief(shape)} of ${dtype} take ${bits / 8}`,
    );
  }
  return { dtype, shape, bytes: [dataStart + start, dataStart + end] };
}

/** The number of elements; NaN where it, or that of the first few dims, is past what can be counted. */
function product(shape: readonly number[]): number {
  let elements = 1;
  for (const n of shape) elements = Number.isSafeInteger(elements * n) ? elements * n : NaN;
  return elements;
}

/** Refuses places with gaps between them, or that overlap. Where the last one ends. */
function checkPlaces(tensors: Readonly<Record<string, StoredTensor>>, dataStart: number, refuse: Refuse): number {
  const inOrder = Object.entries(tensors).toSorted(([, { bytes: a }], [, { bytes: b }]) => a[0] - b[0] || a[1] - b[1]);
  let free = dataStart;
  for (const [key, { bytes }] of inOrder) {
    const [start, end] = bytes;
    if (start !== free) {
      const wrong = start < free ? 'overlap those before them' : 'leave a gap before them';
      throw refuse(
        `says that the data of the tensor ${JSON.stringify(key)} begin at ${start - dataStart}, where they ${wrong}: ${free - dataStart} is next`,
      );
    }
    free = end;
  }
  return free;
}

/** A value of the header for a message, which a damaged file must not make long. */
function brief(value: unknown): string {
  const text = isCounts(value) ? show(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
