import { ValueError } from '@rushlight/core';
import { FormatError } from '../format-error.ts';
import { decodeText } from './decode-text.ts';
import { inferColumn } from './column.ts';
import { readDecimalCommas } from './decimal-comma.ts';
import { missingMarks } from './missing-marks.ts';
import { Table } from './table.ts';

/** Options of `readCsv`. */
export interface ReadCsvOptions {
  /** What messages call it: the name of the file. Default `the table`. */
  readonly name?: string;
  /**
   * What stands between fields. Default: the one of comma, semicolon, tab and vertical bar that the first lines have the same number of,
   * else that the first line has most of.
   */
  readonly delimiter?: string;
  /**
   * What stands before the fraction of a number. Default: a point; and a comma in columns whose numbers are all written so, if the
   * delimiter is another.
   */
  readonly decimal?: '.' | ',';
  /** Whether the first line names the columns, or the names where it does not. False numbers them from 0. Default true. */
  readonly header?: boolean | readonly string[];
  /** What stands for a missing value, in upper or lower case. Default '', NA, N/A, #N/A, #NA, <NA>, NaN, null, ?, - and None. */
  readonly missing?: readonly string[];
}

const delimiters = [',', ';', '\t', '|'];

interface Line {
  readonly number: number;
  readonly fields: readonly string[];
}

/**
 * Reads a table of comma-separated values, as of RFC 4180: quoted fields, any line ends, a byte order mark. Blanks around a
 * field and empty lines do not count. The kind of a column follows from its values. Rejects with a FormatError that names the
 * line for text that is not such a table, and with a ValueError for options that make no sense.
 * https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html
 *
 * @example
 * const table = await readCsv(await readFile('penguins.csv'), { name: 'penguins.csv' });
 * const { train, test } = splitRows(table, { test: 0.2, stratify: 'species' });
 */
export async function readCsv(source: string | Uint8Array, options: ReadCsvOptions = {}): Promise<Table> {
  const { name = 'the table', header = true, decimal } = options;
  if (options.delimiter !== undefined && !/^[^"\r\n]$/.test(options.delimiter)) {
    const given = JSON.stringify(options.delimiter);
    throw new ValueError('readCsv', `delimiter should be one character, but is ${given}. Pass ',', ';', '\\t' or '|'.`);
  }
  if (decimal !== undefined && decimal !== '.' && decimal !== ',') {
    throw new ValueError('readCsv', `decimal is ${JSON.stringify(decimal)}. Pass '.' or ','.`);
  }
  // The parser counts each \r and each \n as a line.
  const text = decodeText('readCsv', name, source).replaceAll(/\r\n?/g, '\n');
  const delimiter = options.delimiter ?? findDelimiter(text);
  const lines = await parse(name, text, delimiter);
  const [first] = lines;
  if (!first) throw new FormatError('readCsv', `${name} is empty. Pass a table with a line of column names.`);

  const rows = header === true ? lines.slice(1) : lines;
  const named = header === true ? first.fields : header || first.fields.map((_, at) => String(at));
  for (const { number, fields } of rows) {
    if (fields.length !== named.length) {
      const expected = `${header === true ? 'the header' : header ? 'the list of names' : 'the first line'} has ${named.length}`;
      const found = `has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}`;
      const cure = 'Correct the line, or pass the delimiter if it was guessed wrongly';
      throw new FormatError('readCsv', `${name}, line ${number} ${found}, and ${expected}. ${cure}.`);
    }
  }
  if (rows.length === 0) {
    throw new FormatError(
      'readCsv',
      `${name} has the names of ${named.length} columns and no rows. Pass one with rows.`,
    );
  }

  const isMissing = missingMarks(options.missing);
  const read = named.map((_, at) =>
    rows.map(({ fields }) => {
      const field = fields[at] ?? '';
      return isMissing(field) ? null : field;
    }),
  );
  const withCommas = decimal === ',' || (decimal === undefined && delimiter !== ',');
  const texts = withCommas ? readDecimalCommas(read, decimal === ',') : read;
  const columns = named.flatMap((title, at) => {
    const values = texts[at] ?? [];
    // A delimiter at the end of every line makes a column of nothing.
    if (title === '' && values.every((value) => value === null)) return [];
    return [inferColumn(title || `Unnamed: ${at}`, values)];
  });
  checkNames(
    name,
    header === true ? `line ${first.number} names` : 'the list of names has',
    columns.map((column) => column.name),
  );
  return new Table(columns, { name, places: { unit: 'line', numbers: rows.map(({ number }) => number) } });
}

async function parse(name: string, text: string, delimiter: string): Promise<Line[]> {
  // The one build that runs in browsers and in Node; pages without tables do not download it.
  const csv = await import('csv-parse/browser/esm/sync');
  const lines: Line[] = [];
  try {
    csv.parse(text, {
      delimiter,
      trim: true,
      skip_empty_lines: true,
      relax_quotes: true,
      relax_column_count: true,
      on_record: (fields: string[], { lines: end }) => {
        const inside = fields.reduce((count, field) => count + field.split('\n').length - 1, 0);
        lines.push({ number: end - inside, fields });
        return null;
      },
    });
  } catch (cause) {
    if (!(cause instanceof csv.CsvError)) throw cause;
    const unclosed = cause.code === 'CSV_QUOTE_NOT_CLOSED';
    const line: unknown = Reflect.get(cause, 'lines');
    throw new FormatError(
      'readCsv',
      unclosed
        ? `${name}: a quotation mark after line ${lines.at(-1)?.number ?? 0} is never closed. Close it, or get the file anew.`
        : `${name}, line ${String(line)}: text follows a closing quotation mark. Write quotation marks inside of quotes twice.`,
    );
  }
  return lines;
}

/**
 * The delimiter that the first lines have the same number of, outside of quotes; a comma last, which may stand in numbers. Where there is
 * none, that of which the first line has most.
 */
function findDelimiter(text: string): string {
  const lines = text
    .replaceAll(/"[^"]*"/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 10);
  const counts = delimiters.map((delimiter) => lines.map((line) => line.split(delimiter).length - 1));
  const most = (fits: (at: number) => boolean) => {
    const found = counts.map(([first = 0], at) => (fits(at) ? first : 0));
    const best = Math.max(...found);
    return best > 0 ? delimiters[found.indexOf(best)] : undefined;
  };
  const isEven = (at: number) => new Set(counts[at]).size === 1;
  return most((at) => at > 0 && isEven(at)) ?? most(isEven) ?? most(() => true) ?? ',';
}

function checkNames(name: string, where: string, names: readonly string[]): void {
  const twice = names.find((title, at) => names.indexOf(title) !== at);
  if (twice === undefined) return;
  throw new FormatError(
    'readCsv',
    `${name}, ${where} two columns "${twice}". Rename one, or pass header: false if the first line holds values.`,
  );
}
