// Errors that only the data shows: an index out of range, an integer divided by 0. They are the operation's own on every
// device, at once or at the next await, and the device works on.

import { embedding, oneHot, tensor, zeros, type Device, type Tensor } from '@rushlight/core';
import type { Entry, Harness } from '../harness.ts';

interface FailingCall {
  readonly op: string;
  /** Which index is wrong. */
  readonly wrong: number;
  readonly run: (x: Tensor, index: Tensor) => Tensor;
}

const calls: readonly FailingCall[] = [
  { op: 'gather', wrong: 9, run: (x, i) => x.select(1, 0).gather(0, i) },
  { op: 'indexSelect', wrong: -9, run: (x, i) => x.indexSelect(0, i) },
  { op: 'index', wrong: -9, run: (x, i) => x.index([i]) },
  { op: 'take', wrong: 99, run: (x, i) => x.take(i) },
  { op: 'embedding', wrong: 9, run: (x, i) => embedding(x, i) },
  { op: 'scatter', wrong: 9, run: (x, i) => x.select(1, 0).scatter(0, i, 1) },
  { op: 'indexAdd', wrong: 9, run: (x, i) => x.indexAdd(0, i, x) },
  { op: 'indexPut', wrong: 9, run: (x, i) => x.indexPut([i], 1) },
  { op: 'floorDivide', wrong: 9, run: (_, i) => i.floorDivide(i.sub(9)) },
  { op: 'oneHot', wrong: 9, run: (_, i) => oneHot(i, { numClasses: 4 }) },
];

/** What a call fails with, and whether the device then computes. */
async function failure(device: Device, { run, wrong }: FailingCall): Promise<string> {
  const x = zeros([3, 2], { device });
  const index = (values: number[]): Tensor => tensor(values, { dtype: 'int32', device });
  let said = 'nothing';
  try {
    await run(x, index([0, wrong, 1])).data();
  } catch (error) {
    said = String(error);
  }
  const after = await run(x, index([0, 2, 1]))
    .sum()
    .item();
  if (!Number.isFinite(after)) throw new Error(`after the failure it gives ${after}.`);
  return said;
}

async function sameFailure({ device, reference }: Harness, call: FailingCall): Promise<void> {
  const [actual, expected] = [await failure(device, call), await failure(reference, call)];
  if (expected === 'nothing') throw new Error(`${call.op}: ${call.wrong} should be refused.`);
  if (actual !== expected) throw new Error(`${call.op}: it fails with "${actual}", the reference with "${expected}".`);
}

export const dataErrorTests: readonly Entry[] = calls.map((call) => ({
  name: `${call.op}: an error that the data shows`,
  run: (harness) => sameFailure(harness, call),
}));
