// A backend without scan and sort must give what one with them gives, bit for bit.

import { beforeAll, describe, expect, test } from 'vitest';
import { openBackend, tensor, type Backend, type Device, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

let [full, lacking] = [undefined, undefined] as unknown as [Device, Device];
const launched: string[] = [];

beforeAll(async () => {
  full = await openBackend(checked(reference()));
  const backend = await reference().create();
  const without: Backend = {
    ...backend,
    name: 'without scan and sort',
    supports: ({ kind }) => kind !== 'scan' && kind !== 'sort',
    run(launch) {
      launched.push(launch.program.kind);
      backend.run(launch);
    },
  };
  lacking = await openBackend(checked({ name: without.name, create: () => without }));
});

const special = [1, -0, NaN, 0, -Infinity, 3, NaN, 3, Infinity, -2, 1, 0];
const small = [3, 0, 255, 1, 0, 3, 7, 255, 1, 1, 0, 2];

const inputs: readonly (readonly [string, (device: Device) => Tensor])[] = [
  ['float32 with special values', (device) => tensor(special, { device })],
  ['float64 rows', (device) => tensor(special, { shape: [3, 4], dtype: 'float64', device })],
  ['transposed', (device) => tensor(special, { shape: [3, 4], device }).t()],
  ['one column', (device) => tensor(special, { shape: [12, 1], device })],
  ['one row', (device) => tensor(special, { shape: [1, 12], device })],
  ['one element', (device) => tensor([NaN], { device })],
  ['no rows', (device) => tensor([], { shape: [0, 3], device })],
  ['no columns', (device) => tensor([], { shape: [3, 0], device })],
  ['int32', (device) => tensor(small, { shape: [2, 2, 3], dtype: 'int32', device })],
  ['uint8, with zeros', (device) => tensor(small, { shape: [2, 6], dtype: 'uint8', device })],
  ['bool', (device) => tensor(small, { shape: [2, 6], dtype: 'bool', device })],
  ['float16', (device) => tensor(special, { shape: [2, 6], dtype: 'float16', device })],
];

const said = (x: Tensor): unknown => ({ shape: x.shape, dtype: x.dtype, data: [...x.dataSync()] });

const ops: Readonly<Record<string, (x: Tensor, dim: number) => Tensor[]>> = {
  cumsum: (x, dim) => [x.cumsum(dim)],
  cumprod: (x, dim) => [x.cumprod(dim)],
  cummax: (x, dim) => Object.values(x.cummax(dim)),
  cummin: (x, dim) => Object.values(x.cummin(dim)),
  sort: (x, dim) => Object.values(x.sort(dim)),
  'descending sort': (x, dim) => Object.values(x.sort(dim, { descending: true })),
};

describe.each(inputs)('%s', (_, make) => {
  test.each(Object.keys(ops))('%s', (name) => {
    const op = ops[name]!;
    const rank = make(full).shape.length;
    for (let dim = 0; dim < rank; dim++) {
      expect(op(make(lacking), dim).map(said)).toEqual(op(make(full), dim).map(said));
    }
  });
});

test('no scan and no sort was launched, and what they needed meanwhile is freed', () => {
  expect(new Set(launched)).toEqual(new Set(['loop', 'gather']));
  const x = tensor(special, { device: lacking });
  const before = lacking.memory().liveBuffers;
  const { values, indices } = x.sort();
  expect(lacking.memory().liveBuffers).toBe(before + 2);
  for (const y of [values, indices, x]) y.dispose();
});
