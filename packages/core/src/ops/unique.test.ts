import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { bincount, bincountAsync, histc, manualSeed, memory, openBackend, quantile, randint, tensor, unique, uniqueAsync, uniqueConsecutive, uniqueConsecutiveAsync, useBackend, type Backend, type Device, type Tensor } from '../index.ts'; // prettier-ignore
import { checked, reference } from '../testing/index.ts';

/** A backend that can only be read by waiting. */
let remote: Device;

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(4);
  const { readSync: _, ...backend } = await reference().create();
  const waiting: Backend = { ...backend, name: 'remote' };
  remote = await openBackend(checked({ name: 'remote', create: () => waiting }));
});

test('types say what is returned', () => {
  const x = tensor([2, 1, 2]);
  expectTypeOf(unique(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(unique(x, 0)).toEqualTypeOf<Tensor>();
  expectTypeOf(unique(x, { returnCounts: true })).toEqualTypeOf<[Tensor, Tensor]>();
  expectTypeOf(unique(x, 0, { returnInverse: true })).toEqualTypeOf<[Tensor, Tensor]>();
  expectTypeOf(x.unique({ returnInverse: true, returnCounts: true })).toEqualTypeOf<[Tensor, Tensor, Tensor]>();
  expectTypeOf(x.unique()).toEqualTypeOf<Tensor>();
  expectTypeOf(x.uniqueConsecutiveAsync(0, { returnCounts: true })).resolves.toEqualTypeOf<[Tensor, Tensor]>();
  expectTypeOf(x.nanmedian()).toEqualTypeOf<Tensor>();
});

test('rows of many columns are compared as wholes', () => {
  const wide = randint(2, [40, 3], { dtype: 'int32' }).repeat([1, 3]).narrow(1, 0, 7);
  const list = wide.toArraySync() as number[][];
  const keys = [...new Set(list.map((row) => row.join()))].sort();
  const [found, inverse, counts] = unique(wide, 0, { returnInverse: true, returnCounts: true });
  expect((found.toArraySync() as number[][]).map((row) => row.join())).toEqual(keys);
  expect((inverse.toArraySync() as number[]).map((k) => keys[k])).toEqual(list.map((row) => row.join()));
  expect(counts.sum().itemSync()).toBe(40);
});

test('NaN equals nothing and is last', () => {
  expect(unique(tensor([NaN, 1, NaN])).toArraySync()).toEqual([1, NaN, NaN]);
});

test('what is made on the way is freed', () => {
  const x = tensor([[2, 1], [2, 1], [0, 3]]); // prettier-ignore
  const live = (): number => memory()[x.device.name]?.liveBuffers ?? 0;
  const list = tensor([1, 2], { dtype: 'int32' });
  const before = live();
  const results = [
    ...unique(x, 0, { returnInverse: true, returnCounts: true }),
    uniqueConsecutive(x),
    bincount(list),
    histc(x),
    quantile(x, 0.5, 1),
  ];
  for (const result of results) result.dispose();
  expect(live()).toBe(before);
});

describe('on a device that is read asynchronously', () => {
  test('the forms that wait do', async () => {
    const x = tensor([3, 1, 3, 3], { dtype: 'int32', device: remote });
    const [values, inverse, counts] = await uniqueAsync(x, { returnInverse: true, returnCounts: true });
    expect(await values.toArray()).toEqual([1, 3]);
    expect(await inverse.toArray()).toEqual([1, 0, 1, 1]);
    expect(await counts.toArray()).toEqual([1, 3]);
    expect(await (await uniqueConsecutiveAsync(x)).toArray()).toEqual([3, 1, 3]);
    expect(await (await bincountAsync(x)).toArray()).toEqual([0, 1, 0, 3]);
  });

  test('the others say so', () => {
    const x = tensor([3, 1, 3, 3], { dtype: 'int32', device: remote });
    const reason = 'the shape of its result depends on data, and the "remote" backend cannot be read synchronously.';
    expect(() => unique(x)).toThrow(`unique: ${reason} Use \`await uniqueAsync(…)\`.`);
    expect(() => uniqueConsecutive(x)).toThrow(`uniqueConsecutive: ${reason} Use \`await uniqueConsecutiveAsync(…)\`.`);
    expect(() => bincount(x)).toThrow(`bincount: ${reason} Use \`await bincountAsync(…)\`.`);
  });
});

test('bad values are named', () => {
  expect(() => bincount(tensor([0, -1], { dtype: 'int32' }))).toThrow(
    'bincount: index -1 at position [1] is out of range for dim 0 of size 1. Use 0 … 0.',
  );
  expect(() => quantile(tensor([1, 2]), tensor([0.5, 2]))).toThrow('quantile: q is 2. Use numbers from 0 to 1.');
  expect(() => histc(tensor([1, Infinity]))).toThrow(
    'histc: the range ends at Infinity, which is not finite. Give the ends of a range.',
  );
});
