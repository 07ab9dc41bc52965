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
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    const what = `${name} is damaged: its ${bytes.length} bytes of gzip data cannot be decompressed`;
    throw new FormatError(op, `${what}. Get the file anew.`);
  }
}
