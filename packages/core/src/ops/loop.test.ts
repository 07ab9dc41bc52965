// How a fused operation meets its operands: dense or not, one element or none, overlapping.

import { expect, test } from 'vitest';
import { arange, defaultDevice, tensor, useBackend, zeros } from '../index.ts';
import { checked, nullBackend, reference } from '../testing/index.ts';

await useBackend(checked(reference()));

test('dense operands of one shape, of one element, and of none', () => {
  const x = arange(6).reshape([2, 3]);
  expect(x.add(x).toArraySync()).toEqual([[0, 2, 4], [6, 8, 10]]); // prettier-ignore
  expect(x.select(0, 1).mul(x.select(0, 0)).toArraySync()).toEqual([0, 4, 10]);
  expect(tensor([[2]]).add(tensor([[3]])).toArraySync()).toEqual([[5]]); // prettier-ignore
  expect(tensor([2]).add(tensor(3)).toArraySync()).toEqual([5]);
  expect(zeros([2, 0]).add(zeros([2, 0])).shape).toEqual([2, 0]);
  expect(x.t().add(x.t()).toArraySync()).toEqual([[0, 6], [2, 8], [4, 10]]); // prettier-ignore
});

test('they share one program whatever their shape', async () => {
  const backend = nullBackend();
  const device = await useBackend(backend);
  const before = backend.launches.length;
  for (const shape of [[7], [2, 3], [1, 5, 1], [3, 1, 4, 2]]) zeros(shape, { device }).relu();
  const relus = backend.launches.slice(before).filter((launch) => launch.operands.length === 2);
  expect(relus).toHaveLength(4);
  expect(new Set(relus.map((launch) => launch.program)).size).toBe(1);
  await useBackend(checked(reference()));
});

test('a change in place reads what it overlaps from a copy, which it frees', () => {
  const x = arange(6).to('float32');
  const live = (): number => defaultDevice().memory().liveBuffers;
  const before = live();
  x.slice(0, 1).add_(x.slice(0, 0, 5));
  expect(live()).toBe(before);
  expect(x.toArraySync()).toEqual([0, 1, 3, 5, 7, 9]);
  x.add_(x);
  expect(x.toArraySync()).toEqual([0, 2, 6, 10, 14, 18]);
  expect(live()).toBe(before);
});
