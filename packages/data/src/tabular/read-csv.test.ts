import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../format-error.ts';
import { readCsv, type ReadCsvOptions } from './read-csv.ts';

const rowsOf = async (source: string | Uint8Array, options: ReadCsvOptions = {}) => {
  const { columns } = await readCsv(source, options);
  return Object.fromEntries(columns.map(({ name, kind, text }) => [`${name}: ${kind}`, text]));
};
const bytes = (text: string) => new TextEncoder().encode(text);

describe('readCsv', () => {
  test('reads names, values and kinds', async () => {
    expect(await rowsOf('x,ok,species\n1,yes,Gentoo\n-2.5e3,No,"Adelie, small"\n')).toEqual({
      'x: number': ['1', '-2.5e3'],
      'ok: boolean': ['yes', 'No'],
      'species: category': ['Gentoo', 'Adelie, small'],
    });
  });

  test.each([
    ['a byte order mark', '\uFEFFa,b\n1,2'],
    ['CRLF', 'a,b\r\n1,2\r\n'],
    ['CR alone', 'a,b\r1,2\r'],
    ['mixed line ends', 'a,b\r\n1,2\n'],
    ['blank lines, before, between and after', '\n \na,b\n\n1,2\n\n\n'],
    ['blanks around fields', ' a , b \n 1 ,\t2 '],
    ['quotes around everything', '"a","b"\n"1", "2"\n'],
    ['semicolons', 'a;b\n1;2'],
    ['tabs', 'a\tb\n1\t2'],
    ['vertical bars', 'a|b\n1|2'],
    ['a delimiter at the end of each line', 'a,b,\n1,2,\n'],
  ])('takes %s', async (_, text) => {
    const expected = { 'a: number': ['1'], 'b: number': ['2'] };
    expect(await rowsOf(text)).toEqual(expected);
    expect(await rowsOf(bytes(text))).toEqual(expected);
    expect(await rowsOf(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toEqual(expected);
  });

  test('keeps delimiters, line ends and quotation marks inside of quotes', async () => {
    const text = 'a,b\n"x, ""y""\r\nz",5" pipe\n1,2';
    const table = await readCsv(text, { name: 't.csv' });
    expect(table.columns.map((column) => column.text)).toEqual([
      ['x, "y"\nz', '1'],
      ['5" pipe', '2'],
    ]);
    expect([table.place(0), table.place(1)]).toEqual(['t.csv, line 2', 't.csv, line 4']);
  });

  test('knows what is missing, and takes other marks', async () => {
    const marks = [
      '',
      ' ',
      'NA',
      'N/A',
      'n/a',
      '#N/A',
      '#NA',
      '<NA>',
      'NaN',
      'nan',
      '-nan',
      'null',
      'NULL',
      'None',
      '?',
      '-',
    ];
    expect(await rowsOf(['a,b', ...marks.map((mark) => `${mark},${mark}`), '-3,none'].join('\n'))).toEqual({
      'a: number': [...marks.map(() => null), '-3'],
      'b: category': [...marks.map(() => null), 'none'],
    });
    expect(await rowsOf('a,b\n-999,NA\n1,none', { missing: ['-999', 'None'] })).toEqual({
      'a: number': [null, '1'],
      'b: category': ['NA', null],
    });
  });

  test('takes names from the first line, from a list or from numbers, and names an index as pandas does', async () => {
    expect(Object.keys(await rowsOf('1,2\n3,4', { header: false }))).toEqual(['0: number', '1: number']);
    expect(await rowsOf('1,2\n3,4', { header: ['x', 'y'] })).toEqual({
      'x: number': ['1', '3'],
      'y: number': ['2', '4'],
    });
    expect(Object.keys(await rowsOf(',x\n0,5'))).toEqual(['Unnamed: 0: number', 'x: number']);
  });

  test('guesses the delimiter outside of quotes, and takes the one it is given', async () => {
    expect(Object.keys(await rowsOf('"a,b,c";d\n1;2'))).toEqual(['a,b,c: number', 'd: number']);
    expect(Object.keys(await rowsOf('a|b\n1|2', { delimiter: '|' }))).toEqual(['a: number', 'b: number']);
    expect(Object.keys(await rowsOf('one\n1\n2'))).toEqual(['one: number']);
    // Not the commas of the numbers.
    const options = { header: false };
    expect(await rowsOf('1,5;2,5\n3,5;4,5', options)).toEqual({
      '0: number': ['1.5', '3.5'],
      '1: number': ['2.5', '4.5'],
    });
    expect(Object.keys(await rowsOf('a,b,c|d\n1,2,3\n4,5,6'))).toEqual(['a: number', 'b: number', 'c|d: number']);
  });

  describe('decimal commas', () => {
    test.each([';', '\t', '|'])('are read where %j parts the fields', async (delimiter) => {
      const text = ['x;y;name', '1,5;-0,25e3;a', ' 2 ;+,5;b', ';1,;c'].join('\n').replaceAll(';', delimiter);
      expect(await rowsOf(text)).toEqual({
        'x: number': ['1.5', '2', null],
        'y: number': ['-0.25e3', '+.5', '1.'],
        'name: category': ['a', 'b', 'c'],
      });
      expect((await readCsv(text)).numbers('x')).toEqual(Float64Array.of(1.5, 2, NaN));
    });

    test('only where all of a column is written so', async () => {
      const text = 'a;b;c;d\n1,5;1,5;1,5;1.5\nx;1.5;1,2,3;2\n';
      expect(Object.keys(await rowsOf(text))).toEqual(['a: category', 'b: category', 'c: category', 'd: number']);
    });

    test('are not told from thousands, unless another column or the user tells', async () => {
      expect(await rowsOf('a;b\n1,234;x\n56;y')).toEqual({ 'a: category': ['1,234', '56'], 'b: category': ['x', 'y'] });
      expect(await rowsOf('a;b\n1,234;0,5\n56;1')).toEqual({ 'a: number': ['1.234', '56'], 'b: number': ['0.5', '1'] });
      const options = { decimal: ',' } as const;
      expect(await rowsOf('a;b\n1,234;x\n56;y', options)).toMatchObject({ 'a: number': ['1.234', '56'] });
      expect(await rowsOf('a,b\n"1,5",x', options)).toMatchObject({ 'a: number': ['1.5'] });
      expect(await rowsOf('a,b\n"1,5",x')).toMatchObject({ 'a: category': ['1,5'] });
      expect(await rowsOf('a;b\n1,5;x', { decimal: '.' })).toMatchObject({ 'a: category': ['1,5'] });
      await expect(readCsv('a\n1', { decimal: ';' as ',' })).rejects.toThrow(
        "readCsv: decimal is \";\". Pass '.' or ','.",
      );
    });
  });

  test.each([
    ['nothing', '', 'readCsv: t.csv is empty. Pass a table with a line of column names.'],
    ['blank lines', '\n\n', 't.csv is empty.'],
    ['a header alone', 'a,b\n', 't.csv has the names of 2 columns and no rows. Pass one with rows.'],
    ['too few fields', 'a,b\n1,2\n\n3', 't.csv, line 4 has 1 field, and the header has 2. Correct the line, or pass'],
    ['too many', 'a,b\n"1\n",2\n1,2,3', 't.csv, line 4 has 3 fields, and the header has 2.'],
    [
      'two columns of one name',
      'a,b,a\n1,2,3',
      't.csv, line 1 names two columns "a". Rename one, or pass header: false',
    ],
    ['an open quote', 'a,b\n1,"2\n3,4', 't.csv: a quotation mark after line 1 is never closed. Close it'],
    [
      'text after a quote',
      'a,b\n1,"2"x',
      't.csv, line 2: text follows a closing quotation mark. Write quotation marks',
    ],
    ['zero bytes', 'a,b\0', 't.csv holds zero bytes and is not text.'],
  ])('refuses %s', async (_, text, message) => {
    const error: unknown = await readCsv(bytes(text), { name: 't.csv' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toContain(message);
  });

  test('refuses what is no text, and options that make no sense', async () => {
    await expect(readCsv(Uint8Array.of(0x61, 0xe9, 0x0a))).rejects.toThrow(
      'readCsv: the table is not text in UTF-8. Save it as CSV in UTF-8.',
    );
    await expect(readCsv(bytes('PK\u0003\u0004'), { name: 'a.xlsx' })).rejects.toThrow('a.xlsx is a zip archive');
    await expect(readCsv('a\n1', { delimiter: '||' })).rejects.toThrow(
      "readCsv: delimiter should be one character, but is \"||\". Pass ',', ';', '\\t' or '|'.",
    );
    await expect(readCsv('1,2', { header: ['a', 'a'] })).rejects.toThrow(
      'the table, the list of names has two columns "a". Rename one',
    );
    await expect(readCsv('1,2,3', { header: ['a', 'b'] })).rejects.toThrow(
      'line 1 has 3 fields, and the list of names has 2.',
    );
  });

  test('gives back every table that was written', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\n', ' ', '1', '\t') });
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom(',', ';', '\t', '|'), async (rows, delimiter) => {
        const names = (rows[0] ?? []).map((_, at) => `c${at}`);
        const quoted = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`));
        const text = [names, ...quoted].map((row) => row.join(delimiter)).join('\n');
        const { columns } = await readCsv(text, { delimiter, missing: [], decimal: '.' });
        expect(columns.map((column) => column.text)).toEqual(names.map((_, at) => rows.map((row) => row[at])));
      }),
    );
  });
});
