import fc from 'fast-check';
import { OutOfMemoryError } from '@rushlight/core/kernel';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';

const mebibyte = 2 ** 20;
const heap = (limit = 4 * mebibyte): Heap => new Heap({ limit, shared: false });

test('blocks never overlap, whatever is allocated and released', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20_000), fc.boolean(), fc.nat(100))), (steps) => {
      const all = heap();
      const live: { at: number; bytes: number }[] = [];
      for (const [bytes, releases, which] of steps) {
        if (releases && live.length > 0) {
          const [gone] = live.splice(which % live.length, 1);
          if (gone) all.release(gone.at);
          if (which === 7) all.merge();
        } else live.push({ at: all.allocate(bytes), bytes });
        const sorted = [...live].sort((x, y) => x.at - y.at);
        sorted.forEach((block, k) => {
          expect(block.at % 16).toBe(0);
          expect(block.at + block.bytes + 32).toBeLessThanOrEqual(sorted[k + 1]?.at ?? all.memory.buffer.byteLength);
        });
      }
    }),
  );
});

test('a block that was released is found again', () => {
  const all = heap();
  const at = all.allocate(1000);
  all.allocate(1000);
  all.release(at);
  expect([all.pooledBytes, all.pooledBlocks]).toEqual([1088, 1]);
  expect(all.allocate(990)).toBe(at);
  expect([all.pooledBytes, all.pooledBlocks]).toEqual([0, 0]);
});

test('small blocks become a large one where there is no other room', () => {
  const all = heap();
  const small: number[] = [];
  const fill = (): void => {
    for (;;) small.push(all.allocate(50_000));
  };
  expect(fill).toThrow(OutOfMemoryError);
  expect(() => all.allocate(60_000)).toThrow(/wasm: no memory for 60000 bytes: of \d+ bytes \d+ are free/);
  for (const at of small) all.release(at);
  const large = all.allocate(3 * mebibyte);
  expect(large).toBeGreaterThan(0);
  expect(() => all.allocate(3 * mebibyte)).toThrow(OutOfMemoryError);
  all.release(large);
  expect(all.allocate(3 * mebibyte)).toBe(large);
});

test('small blocks that live long keep no large ones from becoming one', () => {
  const all = heap(64 * mebibyte);
  const large: number[] = [];
  for (let k = 0; k < 29; k++) {
    large.push(all.allocate(2 * mebibyte - 64));
    all.allocate(100 * k);
  }
  for (const at of large) all.release(at);
  expect(all.allocate(50 * mebibyte)).toBeGreaterThan(0);
});

test.each([4259649, 2 ** 32, 2 ** 32 + 1, 2 ** 32 + 100, 2 ** 33 + 5])('%d bytes are refused', (bytes) => {
  expect(() => heap().allocate(bytes)).toThrow(
    `wasm: no memory for ${bytes} bytes: all of it is 4259840. Use smaller tensors, or give a larger \`budget\` (4 GiB at most).`,
  );
});

test('what fits by itself, and not with what its class adds, is had', () => {
  const all = heap();
  for (let again = 0; again < 3; again++) {
    const at = all.allocate(4259648);
    expect(at).toBe(128);
    expect(() => all.allocate(1)).toThrow(
      'wasm: no memory for 1 bytes: of 4259840 bytes 64 are free. Free tensors, use smaller batches',
    );
    all.release(at);
  }
});

test('what is free in pieces, and what the host refuses, is told apart', () => {
  const all = heap(8 * mebibyte);
  const large = Array.from({ length: 7 }, () => all.allocate(mebibyte));
  large.forEach((at, k) => k % 2 === 0 && all.release(at));
  expect(() => all.allocate(3 * mebibyte)).toThrow(
    /of \d+ bytes \d+ are free, and not in one piece\. Free tensors, use smaller batches, or give a larger `budget`/,
  );
  const refused = heap(8 * mebibyte);
  refused.memory.grow = () => {
    throw new RangeError('no');
  };
  expect(() => refused.allocate(2 * mebibyte)).toThrow(
    'wasm: no memory for 2097152 bytes: the host refuses more than the 1048576 that it gave. Give a smaller `budget`, or use smaller batches.',
  );
  expect(refused.allocate(100)).toBeGreaterThan(0);
});

test('growing sizes do not pile up', () => {
  const all = heap(mebibyte);
  for (let n = 1; n < 20_000; n += 7) all.release(all.allocate(4 * n));
  expect(all.memory.buffer.byteLength).toBeLessThan(2 * mebibyte);
});

test('memory grows, and views with it', () => {
  const all = heap(64 * mebibyte);
  const before = all.views.f32.length;
  const at = all.allocate(32 * mebibyte);
  expect(all.views.f32.length).toBeGreaterThan(before);
  all.views.f32[at / 4] = 5;
  expect(all.views.f32[at / 4]).toBe(5);
});

test('what was not allocated cannot be released', () => {
  const all = heap();
  const at = all.allocate(4);
  expect(() => all.release(at + 64)).toThrow('no block begins at');
  all.release(at);
  expect(() => all.release(at)).toThrow('no block begins at');
});
