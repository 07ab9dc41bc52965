import { expect, test } from 'vitest';
import { wasm } from './wasm.ts';

test('what reaches beyond a buffer is refused, as others lie behind it', async () => {
  const backend = await wasm({ threads: 1, budget: 2 ** 20 }).create();
  const [four, behind] = [backend.allocate('float32', 4), backend.allocate('float32', 4)];
  backend.write(behind, Float32Array.of(1, 2, 3, 4));
  expect(() => backend.write(four, new Float32Array(64))).toThrow('wasm: 64 elements do not fit into a buffer of 4.');
  expect([...(await backend.read(behind, 0, 4))]).toEqual([1, 2, 3, 4]);
  for (const [offset, length] of [
    [2, 3],
    [-1, 2],
    [0, -1],
    [5, 0],
  ] as const)
    // prettier-ignore
    await expect(backend.read(four, offset, length)).rejects.toThrow(
      `wasm: ${length} elements from ${offset} on are not in a buffer of 4.`,
    );
  expect(await backend.read(four, 4, 0)).toHaveLength(0);
  backend.dispose();
});
