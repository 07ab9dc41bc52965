import { FormatError } from './format-error.ts';

/** Whether the bytes begin as gzip data do. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Decompresses gzip data. `op` and `name` are for the message of the FormatError that damaged data throw. */
export async function gunzip(
  op: string,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  let plain: Uint8Array<ArrayBuffer>;
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    plain = new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw damaged(op, name, bytes, 'cannot be decompressed');
  }
  // Engines differ in whether they mind bytes after the end; gzip itself ends with the length of what it holds.
  const promised = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0, true);
  if (promised !== plain.length % 2 ** 32) {
    throw damaged(op, name, bytes, `hold ${plain.length} bytes but end with the length ${promised}`);
  }
  return plain;
}

function damaged(op: string, name: string, bytes: Uint8Array, what: string): FormatError {
  return new FormatError(op, `${name} is damaged: its ${bytes.length} bytes of gzip data ${what}. Get the file anew.`);
}
