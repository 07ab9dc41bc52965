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

test.each([2 ** 32, 2 ** 32 + 1, 2 ** 32 + 100, 2 ** 33 + 5])('%d bytes are refused', (bytes) => {
  expect(() => heap().allocate(bytes)).toThrow(`wasm: no memory for ${bytes} bytes: of 4259840 bytes 4259776 are free`);
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
