// The yardstick of products: fused multiply-adds of 128-bit vectors that never leave the registers, on one thread.

import type { Job } from '../contenders/serve.ts';

/** Independent sums: as many as hide the time that one takes. */
const sums = 12;
const turns = 2 ** 22;
export const registerFlops = turns * sums * 4 * 2;

const bytes = (...parts: (number | readonly number[])[]): number[] => parts.flat();
/** An unsigned number as LEB128. */
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const section = (id: number, content: readonly number[]): number[] => bytes(id, leb(content.length), content);

const [i32, f32, vector] = [0x7f, 0x7d, 0x7b];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const splat = (x: number): number[] => bytes(0x43, [...new Uint8Array(Float32Array.of(x).buffer)], [0xfd, 0x13]);
const madd = [0xfd, 0x85, 0x02];
const add = [0xfd, 0xe4, 0x01];

/** run(turns): adds 1 · 1 to each lane of each sum, again and again; what one lane of all sums has come to. */
function module(): Uint8Array<ArrayBuffer> {
  const first = 2; // after the counter and the factor
  const each = Array.from({ length: sums }, (_, k) => first + k);
  const body = bytes(
    [2, 1, vector, sums, vector], // locals
    splat(1), set(1),
    [0x03, 0x40], // loop
    each.flatMap((sum) => bytes(get(1), get(1), get(sum), madd, set(sum))),
    get(0), [0x41, 1, 0x6b, 0x22, 0], // counter − 1
    [0x0d, 0, 0x0b], // again while it is not 0
    get(first), each.slice(1).flatMap((sum) => bytes(get(sum), add)), [0xfd, 0x1f, 0], // lane 0
    0x0b,
  ); // prettier-ignore
  return new Uint8Array(
    bytes(
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, 1, i32, 1, f32]),
      section(3, [1, 0]),
      section(7, bytes(1, 3, [...new TextEncoder().encode('run')], [0, 0])),
      section(10, bytes(1, leb(body.length), body)),
    ),
  );
}

export function registers(): Job {
  if (!WebAssembly.validate(module())) throw new Error('this engine has no relaxed SIMD');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module()));
  const run = exports.run as (turns: number) => number;
  let result = 0;
  return {
    step: () => void (result = run(turns)),
    finish: () => {},
    numbers: () => [result],
  };
}
