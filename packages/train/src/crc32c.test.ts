import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

// RFC 3720, appendix B.4, and the usual check value.
test.each([
  ['nothing', [], 0],
  ['the digits 1 to 9', [...'123456789'].map((c) => c.charCodeAt(0)), 0xe3069283],
  ['32 zeros', Array<number>(32).fill(0), 0x8a9136aa],
  ['32 ones', Array<number>(32).fill(255), 0x62a8ab43],
  ['rising bytes', Array.from({ length: 32 }, (_, k) => k), 0x46dd794e],
  ['falling bytes', Array.from({ length: 32 }, (_, k) => 31 - k), 0x113fdb5c],
])('%s', (_, bytes, expected) => {
  expect(crc32c(Uint8Array.from(bytes))).toBe(expected);
});

test('is the remainder of long division', () => {
  const byBits = (bytes: Uint8Array): number => {
    let rest = 0xffffffff;
    for (const byte of bytes) {
      rest ^= byte;
      for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0);
    }
    return ~rest >>> 0;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(crc32c(bytes)).toBe(byBits(bytes));
    }),
  );
});
