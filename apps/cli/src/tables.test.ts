// CSV files and points: trained on, evaluated, predicted from.

import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { csv } from './testing/files.ts';
import { inOwnFolder, rushlight, type Ran } from './testing/in-process.ts';

const at = inOwnFolder();
const cpu = ['--backend', 'cpu'];
const train = (file: string, ...args: string[]) => rushlight(['train', '--dataset', file, ...cpu, ...args]);
const predict = (run: string, ...args: string[]) => rushlight(['predict', run, ...args, ...cpu]);

beforeAll(() => writeFileSync(at('things.csv'), csv(200)));

describe('classes', () => {
  let trained: Ran | undefined;
  beforeAll(async () => {
    trained = await train('things.csv', '--target', 'colour', '--drop', 'y', '--run-dir', 'colour');
  });

  test('are trained on; what a column is not used for is said', () => {
    expect(trained?.err).toContain('name is left out');
    expect(trained?.code).toBe(0);
  });

  test('are evaluated', async () => {
    const { out } = await rushlight(['eval', 'colour', ...cpu]);
    expect(out).toMatch(/colour[\\/]best\.safetensors, 40 samples\nAverage loss: \d\.\d{4}, Accuracy: (3\d|40)\/40/);
    expect(out).toMatch(/blue +\d\.\d{3} +\d\.\d{3} +\d\.\d{3} +\d+\n/);
    expect((await rushlight(['eval', 'colour', '--data', 'things.csv', ...cpu])).out).toContain('200 samples');
    expect((await rushlight(['eval', 'colour', '--data', 'nowhere.csv', ...cpu])).err).toContain('nowhere.csv cannot be read (ENOENT'); // prettier-ignore
    writeFileSync(at('new.csv'), 'a,b\n2.2,0.1\n');
    expect((await rushlight(['eval', 'colour', '--data', 'new.csv', ...cpu])).err).toContain('new.csv lacks the column colour, which the schema needs; its columns are: a, b.'); // prettier-ignore
  });

  test('are predicted, with or without the column that is predicted', async () => {
    writeFileSync(at('new.csv'), 'a,b\n2.2,0.1\n0.1,1.8\n');
    const { out } = await predict('colour', 'new.csv');
    expect(out).toMatch(/^row,prediction,probability\n2,red,\d\.\d{4}\n3,blue,\d\.\d{4}\n$/);
    writeFileSync(at('known.csv'), 'colour,b,a\nblue,0.1,2.2\nwhat,1.8,0.1\n');
    expect((await predict('colour', 'known.csv')).out).toBe(out);
    const [line = ''] = (await predict('colour', 'new.csv', '--json')).out.split('\n');
    expect(JSON.parse(line)).toMatchObject({ input: 'new.csv, line 2', prediction: 'red', probabilities: { blue: expect.any(Number) } }); // prettier-ignore
    expect((await predict('colour', 'new.csv', 'known.csv')).out).toMatch(/^file,row,prediction,probability\nnew\.csv,2,red,.+\nnew\.csv,3,.+\nknown\.csv,2,red,.+\nknown\.csv,3,.+\n$/); // prettier-ignore
    writeFileSync(at('many.csv'), `a,b\n${'2.2,0.1\n'.repeat(2500)}`);
    expect((await predict('colour', 'many.csv')).out.split('\n')).toHaveLength(2502);
  });

  test.each([
    ['a,b\n1,2\n1\n', 'bad.csv, line 3 has 1 field, and the header has 2.'],
    ['a,b\n1,2\n1,two\n', 'bad.csv, line 3: b is "two", not a number.'],
    ['a\n1\n', 'bad.csv lacks the column b, which the schema needs; its columns are: a.'],
    ['a,b\n', 'bad.csv has the names of 2 columns and no rows.'],
    ['', 'bad.csv is empty.'],
  ])('cannot be predicted from %j', async (text, message) => {
    writeFileSync(at('bad.csv'), text);
    for (const form of [[], ['--json']]) {
      const { err, code, out } = await predict('colour', 'bad.csv', ...form);
      expect(err).toContain(`rushlight: ${message}`);
      expect([code, out]).toEqual([1, '']);
    }
  });
});

test('numbers', async () => {
  const { out, code } = await rushlight(['train', '--dataset', 'csv', '--data-dir', 'things.csv', '--target', 'y', '--drop', 'colour', '--run-dir', 'y', ...cpu]); // prettier-ignore
  expect(code).toBe(0);
  expect(Number(/R2: ([\d.]+), MAE: [\d.]+\n\n?$/.exec(out)?.[1])).toBeGreaterThan(0.9);
  writeFileSync(at('one.csv'), 'a,b\n1,1\n');
  const [, line] = (await predict('y', 'one.csv')).out.split('\n');
  expect(Math.abs(Number(line?.split(',')[1]) - 1)).toBeLessThan(0.4);
  expect((await rushlight(['eval', 'y', ...cpu])).out).toMatch(/Average loss: \d\.\d{4}, R2: 0\.9\d+, MAE: 0\.\d+\n$/);
});

test('few whole numbers are classes, unless it is said that they are numbers', async () => {
  const rows = Array.from({ length: 60 }, (_, k) => `${k / 10},${1 + (k % 3)}`);
  writeFileSync(at('rated.csv'), ['a,rating', ...rows, ''].join('\n'));
  const args = ['--target', 'rating', '--epochs', '1', '--run-dir'];
  const classes = await train('rated.csv', ...args, 'classes');
  expect(classes.err).toContain('The target rating is taken as 3 classes. Pass --task regression to tell a number.');
  expect(classes.out).toContain('Accuracy: ');
  expect((await train('rated.csv', ...args, 'told', '--task', 'regression')).out).toContain('R2: ');
  expect((await train('rated.csv', ...args, 'told', '--task', 'ranking')).err).toContain('--task is "ranking". It must be one of classification, regression.'); // prettier-ignore
});

test('R2 needs two rows', async () => {
  writeFileSync(at('five.csv'), csv(5));
  const small = await train('five.csv', '--target', 'y', '--run-dir', 'five');
  expect(small.err).toBe('rushlight: five.csv leaves one row to test with, and R2 needs two. Use more rows, or a larger --test-split.\n'); // prettier-ignore
  await train(
    'five.csv',
    '--target',
    'y',
    '--drop',
    'name,colour',
    '--test-split',
    '0.5',
    '--epochs',
    '1',
    '--run-dir',
    'five',
  );
  writeFileSync(at('row.csv'), csv(1));
  expect((await rushlight(['eval', 'five', '--data', 'row.csv', ...cpu])).err).toBe('rushlight: row.csv has one row, and R2 needs two. Pass more.\n'); // prettier-ignore
});

describe('a category that the training rows did not have', () => {
  beforeAll(async () => {
    const kinds = Array.from({ length: 60 }, (_, k) => `${['low', 'mid', 'high'][k % 3]},${k % 2 ? 'yes' : 'no'},${k}`);
    writeFileSync(at('kinds.csv'), ['level,ok,n', ...kinds, ''].join('\n'));
    writeFileSync(at('unseen.csv'), 'level,ok,n\nlow,yes,1\nhuge,no,2\n');
    await train('kinds.csv', '--target', 'ok', '--epochs', '1', '--run-dir', 'kinds');
  });

  test('is refused with its row, its column, its value and the known ones', async () => {
    for (const args of [['predict', 'kinds', 'unseen.csv'], ['eval', 'kinds', '--data', 'unseen.csv']]) {
      const { err, code } = await rushlight([...args, ...cpu]);
      expect(err).toBe('rushlight: unseen.csv, line 3: level is "huge", and the training rows had "high", "low", "mid". Correct it, or pass --unseen missing.\n'); // prettier-ignore
      expect(code).toBe(1);
    }
  }); // prettier-ignore

  test('or treated as missing', async () => {
    expect((await predict('kinds', 'unseen.csv', '--unseen', 'missing')).out.split('\n')).toHaveLength(4);
    expect((await rushlight(['eval', 'kinds', '--data', 'unseen.csv', '--unseen', 'missing', ...cpu])).out).toContain('2 samples'); // prettier-ignore
    expect((await rushlight(['eval', 'kinds', '--unseen', 'missing', ...cpu])).err).toContain('--unseen applies with --data, which is not given. Leave it out.'); // prettier-ignore
    expect((await predict('kinds', 'unseen.csv', '--unseen', 'all')).err).toContain('Allowed choices are error, missing.'); // prettier-ignore
  });
});

test.each([
  [['--target', 'size'], csv(30), 2, 'bad.csv has no column "size" to learn. It has name, a, b, y, colour.'],
  [['--target', 'color'], csv(30), 2, 'bad.csv has no column "color" to learn. Did you mean colour?'],
  [[], csv(30), 2, 'which column to learn was not said. Pass --target with one of name, a, b, y, colour.'],
  [['--target', 'y'], `${csv(20)}thing,1\n`, 1, 'bad.csv, line 22 has 2 fields, and the header has 5.'],
  [
    ['--target', 'y', '--drop', 'size'],
    csv(30),
    1,
    'bad.csv has no column "size". Its columns are: name, a, b, y, colour.',
  ],
  [
    ['--target', 'y'],
    `${csv(30)}x,1,2,3,red,\n`,
    1,
    'bad.csv, line 32 has 6 fields, and the header has 5. Correct the line.',
  ],
  [['--target', 'y'], 'y,y\n1,2\n', 1, 'bad.csv, line 1 names two columns "y". Rename one.'],
  [
    ['--target', 'y'],
    csv(60).replaceAll(/,1\.1,/g, ',oops,'),
    1,
    ': a is "oops", and 46 of 48 values are numbers. Correct it, or leave the column out: --drop "a".',
  ],
  [
    ['--target', 'name'],
    csv(60),
    1,
    'the target name has 48 different values in 48 rows, too many for classes. Choose another target, or pass --task classification.',
  ],
  [['--target', 'y'], 'x,y\n', 1, 'bad.csv has the names of 2 columns and no rows.'],
  [['--target', 'y'], 'x,y\n1,2\n', 1, '0.2 of the 1 rows of bad.csv makes 1 rows to train on and 0 to test with.'],
])('a file that cannot be trained on: %j', async (args, text, code, message) => {
  writeFileSync(at('bad.csv'), text);
  const ran = await train('bad.csv', ...args);
  expect(ran.err).toContain(message);
  expect(ran.err).toMatch(/^rushlight: [^\n]+\n$/);
  expect(ran.code).toBe(code);
});

describe('points', () => {
  beforeAll(async () => void (await train('moons', '--epochs', '1', '--run-dir', 'moons')));

  test('may begin with a minus sign', async () => {
    const { out, code } = await predict('moons', '-0.5,1.2', '0.5,-1', '-.5,-1e-1');
    expect(out).toMatch(/^-0\.5,1\.2: \d \(\d+\.\d%, .*\n0\.5,-1: .*\n-\.5,-1e-1: .*\n$/);
    expect(code).toBe(0);
    expect((await predict('moons', '--json', '-0.5,1.2')).out).toContain('"input":"-0.5,1.2"');
    expect((await rushlight(['predict', 'moons', ...cpu, '--', '-0.5,1.2'])).out).toContain('-0.5,1.2: ');
  });

  test.each([
    ['1', '"1" is no point. Pass two numbers with a comma between them: 0.5,-1.2.'],
    ['1,', '"1," is no point.'],
    ['-1,2,3', '"-1,2,3" is no point.'],
    ['1,x', '"1,x" is no point.'],
    ['--jsn', "unknown option '--jsn'"],
    ['-x', "unknown option '-x'"],
  ])('%j is none', async (input, message) => {
    const { err, code } = await predict('moons', input);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  test('are not what a table or pictures are', async () => {
    expect((await rushlight(['eval', 'moons', '--data', 'things.csv', ...cpu])).err).toContain('--data is things.csv, but the run was not trained on a CSV file. Leave it out.'); // prettier-ignore
    expect((await predict('moons')).err).toContain("missing required argument 'inputs'");
    expect((await predict('nowhere', '1,2')).err).toContain('nowhere is not there.');
  });
});
