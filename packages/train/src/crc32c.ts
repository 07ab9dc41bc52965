// The cyclic redundancy check with Castagnoli's polynomial, a byte at a time. https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4

/** The polynomial, its bits from the lowest power up. */
const polynomial = 0x82f63b78;

let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? polynomial : 0);
    return rest;
  });
}

/** The CRC-32C of bytes, from 0 to 2³² − 1. */
export function crc32c(bytes: Uint8Array): number {
  table ??= makeTable();
  let rest = 0xffffffff;
  for (let k = 0; k < bytes.length; k++) rest = (table[(rest ^ (bytes[k] ?? 0)) & 255] ?? 0) ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}
