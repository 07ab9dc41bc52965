import { ValueError } from '@rushlight/core';
import { inferColumn, parseNumber, type Column } from './column.ts';
import { missingMarks } from './missing-marks.ts';

/** One row given by hand: what `readCsv` would read of a line. */
export type TableRecord = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What messages say of a table. */
export interface TableOptions {
  /** What messages call it: the name of the file. Default `the table`. */
  readonly name?: string;
  /** Where each row comes from, for messages: its line of the file, or its row in the table. Default: rows from 0. */
  readonly places?: { readonly unit: 'line' | 'row'; readonly numbers: readonly number[] };
}

/**
 * Columns of one length, as they were read: text with a kind per column. What a network is trained on is made of it by
 * `TableSchema`. Throws a ValueError for columns of unequal length or two of one name.
 */
export class Table {
  /** What messages call it. */
  readonly name: string;
  /** The columns, in their order. */
  readonly columns: readonly Column[];
  /** How many rows there are. */
  readonly length: number;
  readonly #places: NonNullable<TableOptions['places']>;

  constructor(columns: readonly Column[], { name = 'the table', places }: TableOptions = {}) {
    this.name = name;
    this.columns = columns;
    this.length = columns[0]?.text.length ?? 0;
    this.#places = places ?? { unit: 'row', numbers: Array.from({ length: this.length }, (_, row) => row) };
    columns.forEach((column, at) => {
      if (column.text.length !== this.length) {
        const lengths = `${column.text.length} values, the table ${this.length} rows`;
        throw new ValueError('Table', `${name}: the column ${column.name} has ${lengths}. Pass columns of one length.`);
      }
      if (columns.findIndex((other) => other.name === column.name) !== at) {
        throw new ValueError('Table', `${name} has two columns named "${column.name}". Give each a name of its own.`);
      }
    });
  }

  /**
   * The table of rows given as objects, such as one filled-in form, read as `readCsv` reads fields: without blanks around. What a row
   * lacks is missing, and so are null, NaN, blank texts and the marks that `readCsv` takes, or those that are given.
   *
   * @example
   * schema.encode(Table.fromRecords([{ bill_length_mm: 39.1, island: 'Biscoe' }]), { targets: false });
   */
  static fromRecords(
    records: readonly TableRecord[],
    { name, missing }: Pick<TableOptions, 'name'> & { readonly missing?: readonly string[] } = {},
  ): Table {
    const isMissing = missingMarks(missing);
    const text = (value: TableRecord[string]) => {
      const written = value === null || value === undefined || Number.isNaN(value) ? '' : String(value).trim();
      return written === '' || isMissing(written) ? null : written;
    };
    const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
    const columns = names.map((key) =>
      inferColumn(
        key,
        records.map((record) => text(Object.hasOwn(record, key) ? record[key] : null)),
      ),
    );
    return new Table(columns, name === undefined ? {} : { name });
  }

  /** Whether there is a column of this name. */
  has(name: string): boolean {
    return this.columns.some((column) => column.name === name);
  }

  /** The column of this name. Throws a ValueError that lists the names there are. */
  column(name: string): Column {
    const column = this.columns.find((candidate) => candidate.name === name);
    if (column) return column;
    const names = this.columns.map((candidate) => candidate.name).join(', ') || 'none';
    throw new ValueError('Table', `${this.name} has no column "${name}". Its columns are: ${names}.`);
  }

  /** The numbers of a column, NaN where missing. Throws a ValueError at the first value that is no number. */
  numbers(name: string): Float64Array {
    return Float64Array.from(this.column(name).text, (text, row) => {
      if (text === null) return Number.NaN;
      const value = parseNumber(text);
      if (value === undefined) {
        throw new ValueError('Table', `${this.place(row)}: ${name} is "${text}", not a number. Correct it.`);
      }
      return value;
    });
  }

  /** The rows of these numbers, in this order; the kinds stay those of the whole table. Throws a ValueError for a number out of range. */
  rows(indices: ArrayLike<number>): Table {
    const chosen = Array.from(indices);
    for (const index of chosen) {
      if (!Number.isInteger(index) || index < 0 || index >= this.length) {
        throw new ValueError('Table', `${this.name} has ${this.length} rows, and none is ${index}. Pass rows from 0.`);
      }
    }
    const columns = this.columns.map(({ text, ...column }) => ({
      ...column,
      text: chosen.map((i) => text[i] ?? null),
    }));
    const { unit, numbers } = this.#places;
    return new Table(columns, { name: this.name, places: { unit, numbers: chosen.map((i) => numbers[i] ?? i) } });
  }

  /** Where a row is, as messages say it: `penguins.csv, line 5`. */
  place(row: number): string {
    return `${this.name}, ${this.#places.unit} ${this.#places.numbers[row]}`;
  }
}
