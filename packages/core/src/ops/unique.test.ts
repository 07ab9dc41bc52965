import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { addbmm, allcloseAsync, bincount, bincountAsync, combinations, diff, equalAsync, histc, isin, manualSeed, maskedSelect, memory, nanmean, nonzero, nonzeroAsync, openBackend, quantile, randint, record, tensor, tidy, unique, uniqueAsync, uniqueConsecutive, uniqueConsecutiveAsync, useBackend, type Backend, type Device, type Tensor } from '../index.ts'; // prettier-ignore
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

test('as many may be chosen as one likes', () => {
  expect(
    combinations(tensor([7]), { r: 20_000, withReplacement: true })
      .sum()
      .itemSync(),
  ).toBe(140_000);
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

test.each([
  ['uniqueAsync', (x: Tensor) => uniqueAsync(x)],
  ['uniqueAsync along a dim', (x: Tensor) => uniqueAsync(x, 0)],
  ['uniqueConsecutiveAsync', (x: Tensor) => uniqueConsecutiveAsync(x.t())],
  ['uniqueConsecutiveAsync of a view', (x: Tensor) => uniqueConsecutiveAsync(x.detach())],
  ['bincountAsync', (x: Tensor) => bincountAsync(x.select(1, 0))],
  ['nonzeroAsync', (x: Tensor) => nonzeroAsync(x)],
  ['equalAsync', (x: Tensor) => equalAsync(x, x)],
  ['allcloseAsync', (x: Tensor) => allcloseAsync(x, x)],
])('%s frees what it makes on the way, and not what it was given', async (_, run) => {
  const x = tensor([[2, 1], [2, 1], [0, 3]], { dtype: 'int32' }); // prettier-ignore
  const live = (): number => memory()[x.device.name]?.liveBuffers ?? 0;
  const before = live();
  const result = await run(x);
  if (typeof result !== 'boolean') result.dispose();
  expect(live()).toBe(before);
  expect(x.sum().itemSync()).toBe(9);
});

describe('a recording', () => {
  const record3 = (run: (x: Tensor) => Tensor): { x: Tensor; y: Tensor; replay: () => void } => {
    const x = tensor([2, 0, 1], { dtype: 'int32' });
    const made: Tensor[] = [];
    const recording = record(() => void made.push(tidy(() => run(x))));
    return { x, y: made[0] as Tensor, replay: () => recording.replay() };
  };

  test.each([
    ['unique', (x: Tensor) => unique(x), [3, 1, 0], [0, 1, 3]],
    ['uniqueConsecutive', (x: Tensor) => uniqueConsecutive(x), [3, 1, 0], [3, 1, 0]],
    ['nonzero', (x: Tensor) => nonzero(x), [0, 4, 9], [[1], [2]]],
    ['bincount', (x: Tensor) => bincount(x), [2, 2, 2], [0, 0, 3]],
  ])('%s looks at the elements again', (_, run, now, expected) => {
    const { x, y, replay } = record3(run);
    x.copy_(tensor(now, { dtype: 'int32' }));
    replay();
    expect(y.toArraySync()).toEqual(expected);
  });

  test('looks at a mask again that was there before', () => {
    const mask = tensor([true, false, true]);
    const { y, replay } = record3((x) => maskedSelect(x, mask));
    mask.copy_(tensor([false, true, true]));
    replay();
    expect(y.toArraySync()).toEqual([0, 1]);
  });

  test('is refused where the shape of its result has changed', () => {
    const all = [record3((x) => unique(x)), record3((x) => bincount(x))];
    for (const { x } of all) x.copy_(tensor([1, 1, 1], { dtype: 'int32' }));
    const [of, counts] = all.map(({ replay }) => replay);
    expect(of).toThrow('unique: it found 3 when it was recorded, now there are 1. Record it anew.');
    expect(counts).toThrow('bincount: the recording is of 3 counts, now there are 2. Record it anew.');
  });
});

test('what is given may be changed before it is read', async () => {
  const x = tensor([[2, 0], [1, 3], [2, 0]], { dtype: 'int32' }); // prettier-ignore
  const flat = x.view([6]);
  const all = Promise.all([uniqueAsync(x, 0), uniqueConsecutiveAsync(x), bincountAsync(flat, { weights: flat })]);
  x.fill_(9);
  const [slices, runs, counts] = await all;
  expect(slices.toArraySync()).toEqual([[1, 3], [2, 0]]); // prettier-ignore
  expect(runs.toArraySync()).toEqual([2, 0, 1, 3, 2, 0]);
  expect(counts.toArraySync()).toEqual([0, 1, 4, 3]);
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
  const list = [1, 2] as unknown as Tensor;
  const ints = tensor([0, 1], { dtype: 'int32' });
  const array = 'operand 2 is an array. It must be a tensor: make one with `tensor(…)`.';
  expect(() => bincount(ints, { weights: list })).toThrow(`bincount: ${array}`);
  expect(() => diff(ints, { append: list })).toThrow(`diff: ${array}`);
  expect(() => isin(ints, list)).toThrow(`isin: ${array}`);
  expect(() => bincount(ints, { weights: tensor([1, 2], { device: remote }) })).toThrow(
    'bincount: tensors live on different devices ("reference" and "remote").',
  );
  expect(() => addbmm(ints, ints.reshape([1, 1, 2]), ints.reshape([1, 2, 1]), { beta: 0.5 })).toThrow(
    "addbmm: beta is 0.5, computing in int32. Convert with `.to('float32')`.",
  );
  expect(() => nanmean(tensor([1, 2]), { dtype: 'int32' })).toThrow('nanmean: it is defined for floats, not int32.');
  expect(() => quantile(tensor([1, 2]), tensor([0.5, 2]))).toThrow('quantile: q is 2. Use numbers from 0 to 1.');
  expect(() => histc(tensor([1, Infinity]))).toThrow(
    'histc: the range ends at Infinity, which is not finite. Give the ends of a range.',
  );
});
