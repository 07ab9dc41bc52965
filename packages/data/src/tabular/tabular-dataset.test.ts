import { Generator, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { DataLoader } from '../data-loader.ts';
import { splitRows } from './split-rows.ts';
import { Table } from './table.ts';
import { TabularDataset } from './tabular-dataset.ts';

beforeAll(() => useBackend(reference()));

const flowers = Table.fromRecords(
  Array.from({ length: 12 }, (_, i) => ({ petal: i, size: i / 2 + (i % 5), species: ['a', 'b', 'c'][i % 3] })),
  { name: 'flowers' },
);

describe('TabularDataset', () => {
  test('gives features and an int32 class, one by one and in batches', async () => {
    const dataset = TabularDataset.fit(flowers, { target: 'species' });
    expect(dataset.length).toBe(12);
    const [features, target] = dataset.get(4);
    expect([features.dtype, features.shape, target.dtype, target.shape]).toEqual(['float32', [2], 'int32', []]);
    expect(await target.item()).toBe(1);
    const [x, y] = dataset.getBatch([4, 2]);
    expect([x.shape, await y.toArray()]).toEqual([
      [2, 2],
      [1, 2],
    ]);
    expect(await x.select(0, 0).toArray()).toEqual(await features.toArray());
    expect(dataset.getBatch([])[0].shape).toEqual([0, 2]);
    expect(() => dataset.get(12)).toThrow('TabularDataset: index 12 is out of range: the data set has 0 to 11.');
    for await (const [batch] of new DataLoader(dataset, { batchSize: 5, dropLast: true }))
      expect(batch.shape).toEqual([5, 2]);
  });

  test('gives a number as float32 [1], as a linear layer of one output does', async () => {
    const dataset = TabularDataset.fit(flowers, { target: 'size' });
    expect(dataset.get(0)[1].shape).toEqual([1]);
    const [, y] = dataset.getBatch([0, 1, 2]);
    expect([y.dtype, y.shape]).toEqual(['float32', [3, 1]]);
  });

  test('another table is encoded by the schema of the first', async () => {
    const { train, test } = splitRows(flowers, { test: 0.25, seed: 1 });
    const fitted = TabularDataset.fit(train, { target: 'species' });
    const held = new TabularDataset(fitted.schema, test);
    expect([fitted.length, held.length]).toEqual([9, 3]);
    const { mean, std } = fitted.schema.features[0] as { mean: number; std: number };
    expect(await held.get(0)[0].select(0, 0).item()).toBeCloseTo(
      (Number(test.column('petal').text[0]) - mean) / std,
      5,
    );
  });
});

describe('splitRows', () => {
  const petals = (table: Table) => table.column('petal').text.map(Number);

  test('every row comes in one of the tables, of the size asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: 80 }),
        fc.integer({ min: 20, max: 80 }),
        fc.nat(),
        (rows, percent, seed) => {
          const records = Array.from({ length: rows }, (_, petal) => ({ petal, species: petal % 3 }));
          const table = Table.fromRecords(records);
          const split = splitRows(table, { test: percent / 100, seed, stratify: 'species' });
          expect([...petals(split.train), ...petals(split.test)].toSorted((a, b) => a - b)).toEqual(petals(table));
          expect(split.test.length).toBe(Math.round((percent / 100) * rows));
          for (const value of ['0', '1', '2']) {
            const count = (part: Table) => part.column('species').text.filter((text) => text === value).length;
            expect(Math.abs(count(split.test) - (split.test.length / rows) * count(table))).toBeLessThan(1);
          }
        },
      ),
    );
  });

  test('numbers come in both tables by their tenths', () => {
    const table = Table.fromRecords(Array.from({ length: 100 }, (_, petal) => ({ petal })));
    const { test: held } = splitRows(table, { test: 0.2, seed: 0, stratify: 'petal' });
    const tenths = petals(held).map((petal) => Math.floor(petal / 10));
    expect(tenths.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => Math.floor(i / 2)));
  });

  test('the same seed, or a generator seeded alike, splits alike', () => {
    const one = petals(splitRows(flowers, { seed: 3 }).test);
    expect(petals(splitRows(flowers, { seed: 3 }).test)).toEqual(one);
    expect(petals(splitRows(flowers, { generator: new Generator().manualSeed(3) }).test)).toEqual(one);
    expect(splitRows(flowers, { seed: 3 }).test.place(0)).toBe(`flowers, row ${one[0]}`);
  });

  test('refuses parts that leave nothing, and options that exclude each other', () => {
    expect(() => splitRows(flowers, { test: 1 })).toThrow(
      'splitRows: test should be between 0 and 1, but is 1. Pass a part such as 0.2.',
    );
    expect(() => splitRows(flowers, { test: 0.01 })).toThrow(
      'splitRows: 0.01 of the 12 rows of flowers makes 12 rows to train on and 0 to test with. Use more rows.',
    );
    expect(() => splitRows(flowers, { seed: 0, generator: new Generator() })).toThrow('seed is mutually exclusive');
    expect(() => splitRows(flowers, { stratify: 'color' })).toThrow('flowers has no column "color".');
  });
});

describe('Table', () => {
  test('refuses columns that do not fit together, and rows that are not there', () => {
    const column = (name: string, length: number) =>
      ({ name, kind: 'number', text: Array.from({ length }, () => '1') }) as const;
    expect(() => new Table([column('a', 1), column('b', 2)], { name: 't' })).toThrow(
      'Table: t: the column b has 2 values, the table 1 rows. Pass columns of one length.',
    );
    expect(() => new Table([column('a', 1), column('a', 1)])).toThrow(
      'Table: the table has two columns named "a". Give each a name of its own.',
    );
    expect(() => flowers.rows([12])).toThrow('Table: flowers has 12 rows, and none is 12. Pass rows from 0.');
  });

  test('gives numbers, NaN where missing', () => {
    const table = Table.fromRecords([{ x: 1.5 }, { x: null }, { x: '-2' }]);
    expect([...table.numbers('x')]).toEqual([1.5, Number.NaN, -2]);
    expect(() => flowers.numbers('species')).toThrow(
      'Table: flowers, row 0: species is "a", not a number. Correct it.',
    );
  });
});
