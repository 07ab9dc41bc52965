import { tensor, useBackend } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError } from '../format-error.ts';
import type { FitOptions } from './fit-schema.ts';
import { readCsv } from './read-csv.ts';
import { Table } from './table.ts';
import { TableSchema } from './table-schema.ts';

beforeAll(() => useBackend(reference()));

const birds = `bill,island,wild,species
40,Dream,yes,Gentoo
44,Biscoe,no,Adelie
42,Dream,yes,Adelie
46,,yes,Gentoo
`;
const table = (text: string, name = 'birds.csv') => readCsv(text, { name });
const fit = async (text: string, options: Partial<FitOptions> = {}) =>
  TableSchema.fit(await table(text), { target: 'species', ...options });
const columnOf = (features: Float32Array, width: number, at: number) =>
  [...features].filter((_, i) => i % width === at);

describe('TableSchema', () => {
  test('scales numbers, gives categories a place each, and classes their number in order', async () => {
    const schema = await fit(birds);
    expect(schema.featureNames).toEqual(['bill', 'island=Biscoe', 'island=Dream', 'island=(missing)', 'wild']);
    expect([schema.inputSize, schema.outputSize, schema.classes]).toEqual([5, 2, ['Adelie', 'Gentoo']]);
    const { features, shape, targets, rows } = schema.encode(await table(birds));
    const z = (x: number) => Math.fround((x - 43) / Math.sqrt(5));
    expect(shape).toEqual([4, 5]);
    expect([...features]).toEqual(
      [
        [z(40), 0, 1, 0, 1],
        [z(44), 1, 0, 0, 0],
        [z(42), 0, 1, 0, 1],
        [z(46), 0, 0, 1, 1],
      ].flat(),
    );
    expect(targets).toEqual(Int32Array.of(1, 0, 0, 1));
    expect(rows).toEqual(Int32Array.of(0, 1, 2, 3));
    expect(schema.notes).toEqual(['island: 1 value is missing of 4, taken as a category of their own.']);
  });

  test('scales any numbers to mean 0 and standard deviation 1', async () => {
    const numbers = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(numbers, (values) => {
        fc.pre(Math.max(...values) - Math.min(...values) > 1e-3);
        const records = values.map((x, i) => ({ x, y: i % 2 ? 'a' : 'b' }));
        const made = Table.fromRecords(records);
        const { features } = TableSchema.fit(made, { target: 'y' }).encode(made);
        const mean = features.reduce((sum, x) => sum + x / features.length, 0);
        const variance = features.reduce((sum, x) => sum + (x - mean) ** 2 / features.length, 0);
        expect(Math.abs(mean)).toBeLessThan(1e-5);
        expect(Math.abs(variance - 1)).toBeLessThan(1e-4);
      }),
    );
  });

  test('survives JSON, to the last bit', async () => {
    const schema = await fit(birds);
    const copy = TableSchema.fromJSON(JSON.stringify(schema));
    expect(copy.toJSON()).toEqual(schema.toJSON());
    expect(TableSchema.fromJSON(schema.toJSON()).encode(await table(birds))).toEqual(schema.encode(await table(birds)));
  });

  test('encodes rows without the target, in any order of columns, with others beside', async () => {
    const schema = await fit(birds);
    const { targets, features, shape } = schema.encode(await table('wild,extra,island,bill\nNO,7,Dream,43\n'));
    expect([targets, [...features], shape]).toEqual([undefined, [0, 0, 1, 0, 0], [1, 5]]);
    const form = Table.fromRecords([{ bill: 43, island: null, wild: true }]);
    expect([...schema.encode(form).features]).toEqual([0, 0, 0, 1, 1]);
  });

  test('a number as target is scaled, and scaled back', async () => {
    const schema = await fit('x,mpg\n1,10.5\n2,20\n3,30.5', { target: 'mpg' });
    const { mean, std } = schema.target as { mean: number; std: number };
    expect([schema.target.task, schema.outputSize, schema.classes]).toEqual(['regression', 1, []]);
    const { targets } = schema.encode(await table('x,mpg\n1,10.5\n2,20\n3,30.5'));
    expect(targets).toBeInstanceOf(Float32Array);
    expect([...targets!].map((y) => schema.denormalize(y))).toEqual([10.5, 20, 30.5].map((y) => expect.closeTo(y, 5)));
    expect(await schema.denormalize(tensor([0, 1])).toArray()).toEqual(
      [mean, mean + std].map((y) => expect.closeTo(y, 5)),
    );
    expect(() => TableSchema.fromJSON({ ...schema.toJSON(), target: classes }).denormalize(1)).toThrow(
      'TableSchema: denormalize: the target species is a class, not a number. Take the class of the largest output.',
    );
  });

  test('a few whole numbers are classes, in the order of numbers, unless the task is given', async () => {
    const text = 'x,y\n1,10\n5,9\n3,10.0\n2,2';
    const schema = await fit(text, { target: 'y' });
    expect(schema.classes).toEqual(['2', '9', '10']);
    expect(schema.encode(await table(text)).targets).toEqual(Int32Array.of(2, 1, 2, 0));
    expect(schema.notes).toEqual(["The target y is taken as 3 classes. Pass task: 'regression' to tell a number."]);
    expect((await fit(text, { target: 'y', task: 'regression' })).target.task).toBe('regression');
  });

  describe('missing values', () => {
    const holes = 'a,b,c,y\n1,x,yes,p\n,y,,q\n5,,no,p\n6,y,no,\n';

    test('the mean, a category of their own, and no row without a target', async () => {
      const schema = await fit(holes, { target: 'y' });
      expect(schema.featureNames).toEqual(['a', 'b=x', 'b=y', 'b=(missing)', 'c=false', 'c=true', 'c=(missing)']);
      const { features, rows } = schema.encode(await table(holes));
      expect([...rows]).toEqual([0, 1, 2]);
      expect([...features]).toEqual([-1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0]);
      expect(schema.notes).toEqual([
        '1 row without y left out (birds.csv, line 5).',
        'a: 1 value is missing of 3, taken as the mean, 3.',
        'b: 1 value is missing of 3, taken as a category of their own.',
        'c: 1 value is missing of 3, taken as a category of their own.',
      ]);
      expect(schema.encode(await table(holes), { targets: false }).shape).toEqual([4, 7]);
    });

    test('what training never missed becomes the mean or the most frequent', async () => {
      const schema = await fit('a,b,c,y\n1,x,yes,p\n2,z,no,q\n6,z,yes,p', { target: 'y' });
      const { features } = schema.encode(Table.fromRecords([{ a: null, b: '', c: undefined }]));
      expect([...features]).toEqual([0, 0, 1, 1]);
    });

    test('drop leaves rows out, and says which are left', async () => {
      const schema = await fit(holes, { target: 'y', missing: 'drop', columns: ['a', 'c'] }).catch((e: unknown) => e);
      // Both rows that are left have the target p.
      expect(String(schema)).toContain('the target y has the value "p" in every row. Pass rows that differ in it.');
      const text = 'a,y\n1,p\n,q\n3,q\n,p';
      const dropped = await fit(text, { target: 'y', missing: 'drop' });
      expect(dropped.notes).toEqual(['2 rows with missing values left out (birds.csv, line 3 and others).']);
      expect([...dropped.encode(await table(text)).rows]).toEqual([0, 2]);
      const narrow = await fit('a,b,y\n1,2,p\n3,2,q\n5,,p\n6,7,q\n4,9,', { target: 'y', missing: 'drop' });
      expect(narrow.featureNames).toEqual(['a', 'b']);
      const flat = await fit('a,b,y\n1,2,p\n3,2,q\n,7,p', { target: 'y', missing: 'drop' });
      expect(flat.leftOut).toEqual([{ name: 'b', reason: 'it is always "2"' }]);
      await expect(
        fit('a,b,y\n1,,p\n,2,q\n3,,p\n,5,q', { target: 'y', missing: 'drop', columns: ['a', 'b'] }),
      ).rejects.toThrow("every row of birds.csv lacks some value, a in 2 of 4. Drop columns, or pass missing: 'mean'.");
    });

    test('error names the line', async () => {
      await expect(fit(holes, { target: 'y', missing: 'error' })).rejects.toThrow(
        "TableSchema: birds.csv, line 5: y is missing. Fill it in, or fit with missing: 'mean' or 'drop'.",
      );
      await expect(fit('a,y\n1,p\n,q\n4,q', { target: 'y', missing: 'error' })).rejects.toThrow(
        'birds.csv, line 3: a is missing. Fill it in',
      );
      const strict = await fit('a,y\n1,p\n4,q', { target: 'y', missing: 'error' });
      expect(() => strict.encode(Table.fromRecords([{ a: 1 }, { a: null }]))).toThrow(
        'the table, row 1: a is missing.',
      );
    });
  });

  describe('columns', () => {
    const wide = [
      'id,name,ten,flat,gap,x,y',
      ...Array.from({ length: 30 }, (_, i) => `${i + 1},n${i},c${i % 10},5,,${i % 7},${i % 2 ? 'p' : 'q'}`),
    ].join('\n');

    test('leaves out names, numbers of rows, and what never varies, and says so', async () => {
      const schema = await fit(wide, { target: 'y' });
      expect(schema.leftOut).toEqual([
        { name: 'id', reason: 'it numbers the rows' },
        { name: 'name', reason: '30 of its 30 values are distinct, as of names' },
        { name: 'flat', reason: 'it is always "5"' },
        { name: 'gap', reason: 'every value is missing' },
      ]);
      expect(schema.notes[0]).toBe('id is left out: it numbers the rows.');
      expect(schema.inputSize).toBe(11);
    });

    test('takes a column for numbers of rows by its name alone where that is one', async () => {
      const names = ['userId', 'order_id', 'paid', 'humid', 'grid'];
      const rows = Array.from({ length: 20 }, (_, k) =>
        [...names.map((_name, c) => 100 * c + k), k % 2 ? 'a' : 'b'].join(','),
      );
      const schema = await fit([[...names, 'y'].join(','), ...rows].join('\n'), { target: 'y' });
      expect(schema.leftOut.map(({ name }) => name)).toEqual(['userId', 'order_id']);
    });

    test('takes the ones it is told, in that order, and reads them as it is told', async () => {
      expect((await fit(wide, { target: 'y', columns: ['x', 'id'] })).featureNames).toEqual(['x', 'id']);
      const schema = await fit(wide, { target: 'y', drop: ['id', 'name', 'ten'], kinds: { x: 'category' } });
      expect(schema.featureNames).toEqual(['x=0', 'x=1', 'x=2', 'x=3', 'x=4', 'x=5', 'x=6']);
      expect(schema.encode(Table.fromRecords([{ x: '3.0' }])).features).toEqual(Float32Array.of(0, 0, 0, 1, 0, 0, 0));
      expect((await fit(wide, { target: 'y', kinds: { name: 'category' } })).inputSize).toBe(41);
    });

    test('minds no column named as what objects inherit', async () => {
      const schema = await fit('constructor,toString,y\n1,a,p\n2,b,q', {
        target: 'y',
        kinds: { toString: 'category' as const },
      });
      expect(schema.featureNames).toEqual(['constructor', 'toString=a', 'toString=b']);
      expect((await fit(wide, { target: 'y', columns: ['x', 'x'] })).featureNames).toEqual(['x']);
      expect(Table.fromRecords([{ toString: 1 }, {}]).column('toString').text).toEqual(['1', null]);
      const form = Table.fromRecords([{ a: ' 7 ' }, { a: ' ' }, { a: ' n/a' }, { a: NaN }]);
      expect(form.column('a')).toEqual({ name: 'a', kind: 'number', text: ['7', null, null, null] });
      expect(Table.fromRecords([{ a: '-' }, { a: '+' }, {}], { missing: [] }).column('a').text).toEqual([
        '-',
        '+',
        null,
      ]);
      await expect(fit(wide, { target: 'y', maxCategories: 0 })).rejects.toThrow('maxCategories should be a positive');
    });

    test('says when a column is the answer in other words', async () => {
      const { notes } = await fit('x,alive,survived\n1,no,0\n2,yes,1\n9,no,0\n8,no,0\n6,yes,1\n6,no,0', {
        target: 'survived',
      });
      expect(notes[0]).toBe('alive tells survived in every row. Drop it if it is the answer in other words.');
    });

    test('refuses a slip of the pen among numbers', async () => {
      const text = [
        'x,y',
        ...Array.from({ length: 20 }, (_, i) => `${i === 7 ? 'unknown' : i},${i % 2 ? 'p' : 'q'}`),
      ].join('\n');
      await expect(fit(text, { target: 'y' })).rejects.toThrow(
        'TableSchema: birds.csv, line 9: x is "unknown", and 19 of 20 values are numbers. Correct it, add it to readCsv\'s missing, or pass kinds: { "x": "category" }.',
      );
    });
  });

  test('refuses targets and columns that cannot be', async () => {
    await expect(fit(birds, { target: 'speces' })).rejects.toThrow(
      'Table: birds.csv has no column "speces". Its columns are: bill, island, wild, species.',
    );
    await expect(fit(birds, { drop: ['sex'] })).rejects.toThrow('has no column "sex"');
    await expect(fit(birds, { columns: ['bill', 'species'] })).rejects.toThrow(
      'TableSchema: species is the target and among the columns. Leave it out there.',
    );
    await expect(fit('x,y\n1,p\n2,p', { target: 'y' })).rejects.toThrow(
      'TableSchema: birds.csv: the target y has the value "p" in every row. Pass rows that differ in it.',
    );
    await expect(fit('x,y\n1,\n2,', { target: 'y' })).rejects.toThrow(
      'TableSchema: birds.csv: the target y is missing in every row. Pass rows with a target.',
    );
    await expect(fit('x,y\n3,p\n3,q', { target: 'y' })).rejects.toThrow(
      'TableSchema: birds.csv has no column to learn from: x (it is always "3"). Add columns.',
    );
    await expect(fit('x,y\ninf,p\n3,q', { target: 'y' })).rejects.toThrow('line 2: x is not a finite number.');
    await expect(fit('x,y\na,p\n3,q', { target: 'y', kinds: { x: 'number' } })).rejects.toThrow(
      'birds.csv, line 2: x is "a", not a number. Correct it.',
    );
    await expect(fit('x,y\na,p\n3,q', { target: 'y', task: 'regression' })).rejects.toThrow('y is "p", not a number');
    const names = Array.from({ length: 30 }, (_, i) => `${i},n${i}`).join('\n');
    await expect(fit(`x,y\n${names}`, { target: 'y' })).rejects.toThrow(
      "the target y has 30 different values in 30 rows, too many for classes. Choose another target, or pass task: 'classification'.",
    );
  });

  test('encoding names the row, the column, the value and what is known', async () => {
    const schema = await fit(birds);
    const encode = async (text: string) => schema.encode(await table(text, 'new.csv'));
    await expect(encode('bill,island,wild\n40,Dream,yes\n41,Dreem,no')).rejects.toThrow(
      'TableSchema: new.csv, line 3: island is "Dreem", and the training rows had "Biscoe", "Dream". Correct it, or pass unseen: \'missing\'.',
    );
    await expect(encode('bill,island,wild\nlong,Dream,yes')).rejects.toThrow(
      'new.csv, line 2: bill is "long", not a number.',
    );
    await expect(encode('bill,island,wild\n1e300,Dream,yes')).rejects.toThrow(
      'bill is 1e300, too large beside the mean 43',
    );
    await expect(encode('bill,island,wild\n1,Dream,maybe')).rejects.toThrow(
      'wild is "maybe", neither yes nor no. Correct it.',
    );
    await expect(encode('bill,wild\n1,yes')).rejects.toThrow(
      'new.csv lacks the column island, which the schema needs; its columns are: bill, wild. Add what lacks.',
    );
    await expect(encode('bill,island,wild,species\n1,Dream,yes,Rook')).rejects.toThrow(
      'the target species is "Rook", and the training rows had "Adelie", "Gentoo". Correct it or leave the row out.',
    );
    await expect(encode('bill,island,wild,species\n1,Dream,yes,')).rejects.toThrow(
      'the target species is missing in every row. Pass targets: false to encode rows for a prediction.',
    );
    const unseen = schema.encode(await table('bill,island,wild\n43,Dreem,no'), { unseen: 'missing' });
    expect(columnOf(unseen.features, 5, 3)).toEqual([1]);
  });

  const classes = { task: 'classification', name: 'species', classes: ['a', 'b'], numeric: false };
  const number = { kind: 'number', name: 'x', mean: 0, std: 1 };
  const sound = {
    format: 'rushlight.table-schema',
    version: 1,
    missing: 'mean',
    features: [number],
    target: classes,
    leftOut: [],
    notes: [],
  };

  test.each([
    [[], 'the schema should be an object, but is [].'],
    ['{', 'the schema is not JSON ('],
    [{ ...sound, format: 'x' }, 'format should be "rushlight.table-schema", but is "x". Pass what toJSON() gave.'],
    [{ ...sound, version: 2 }, 'version should be 1, the version that this release knows, but is 2.'],
    [{ ...sound, missing: 'zero' }, "missing should be 'mean', 'drop' or 'error', but is \"zero\"."],
    [{ ...sound, features: [] }, 'features should be at least one feature, but is [].'],
    [{ ...sound, features: [{ ...number, std: 0 }] }, 'features[0].std should be positive, but is 0.'],
    [{ ...sound, features: [{ ...number, mean: null }] }, 'features[0].mean should be a finite number, but is null.'],
    [{ ...sound, features: [number, number] }, 'features should be columns named once, but "x" comes twice'],
    [
      { ...sound, features: [{ kind: 'category', name: 'c', values: ['a', 'a'] }] },
      'features[0].values should be 1 or more different names',
    ],
    [{ ...sound, target: { ...classes, classes: ['a'] } }, 'target.classes should be 2 or more different names'],
    [{ ...sound, target: undefined }, 'target should be an object, but is missing.'],
    [{ ...sound, notes: [1] }, 'notes[0] should be a text, but is 1.'],
  ])('refuses JSON that is no schema (%#)', (json, message) => {
    expect(TableSchema.fromJSON(sound).inputSize).toBe(1);
    expect(() => TableSchema.fromJSON(json)).toThrow(FormatError);
    expect(() => TableSchema.fromJSON(json)).toThrow(`TableSchema: ${message}`);
  });
});
