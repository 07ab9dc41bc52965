// GPT-2's way to write bytes as characters that can be seen: those that can be stand for themselves, the others for U+0100 on.

const seen = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

const bytes = Array.from({ length: 256 }, (_, byte) => byte);

/** The bytes in the order of their tokens: those that can be seen first. */
export const byteOrder: readonly number[] = [...bytes.filter(seen), ...bytes.filter((byte) => !seen(byte))];

/** The character of each token of one byte. */
const characters = byteOrder.map((byte, place) =>
  String.fromCodePoint(seen(byte) ? byte : 0x100 + place - bytes.filter(seen).length),
);

/** The character of each byte. */
export const characterOf: ReadonlyMap<number, string> = new Map(
  byteOrder.map((byte, place) => [byte, characters[place] ?? '']),
);

const byteOf: ReadonlyMap<string, number> = new Map([...characterOf].map(([byte, character]) => [character, byte]));

/** The bytes that a token is written with; undefined if a character of it is of no byte. */
export function bytesOf(token: string): Uint8Array | undefined {
  const found = Array.from(token, (character) => byteOf.get(character));
  return found.every((byte) => byte !== undefined) ? Uint8Array.from(found) : undefined;
}
