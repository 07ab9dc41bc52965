import { FormatError } from '../format-error.ts';

/** The text of bytes in UTF-8, or in UTF-16 with its byte order mark. Throws a FormatError for anything else. */
export function decodeText(op: string, name: string, source: string | Uint8Array): string {
  if (typeof source === 'string') return source.replace(/^\uFEFF/, '');
  const [first, second] = source;
  if (first === 0x50 && second === 0x4b) {
    throw new FormatError(op, `${name} is a zip archive, as files of Excel (.xlsx) are. Save it as CSV.`);
  }
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(source);
  } catch {
    throw new FormatError(op, `${name} is not text in ${encoding.toUpperCase()}. Save it as CSV in UTF-8.`);
  }
  if (text.includes('\0')) throw new FormatError(op, `${name} holds zero bytes and is not text. Save it as CSV.`);
  return text;
}
