/** What all values of a column can be read as: numbers, yes or no, or names of categories. */
export type ColumnKind = 'number' | 'boolean' | 'category';

/** A column of a `Table`. */
export interface Column {
  /** As the header names it. */
  readonly name: string;
  /** The narrowest kind that fits every value; `category` where there is none. */
  readonly kind: ColumnKind;
  /** The values as they were written, without blanks around, numbers with decimal points; null where missing. */
  readonly text: readonly (string | null)[];
}

const number = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)$/i;

const truth = new Map([
  ['true', true],
  ['false', false],
  ['yes', true],
  ['no', false],
  ['t', true],
  ['f', false],
  ['y', true],
  ['n', false],
]);

/** The number that a text is, with decimal point; undefined if it is none. */
export function parseNumber(text: string): number | undefined {
  if (!number.test(text)) return undefined;
  const value = Number(text);
  return Number.isNaN(value) ? (text.startsWith('-') ? -Infinity : Infinity) : value;
}

/** What true, yes, t, y and their opposites mean, in upper or lower case; undefined for other texts. */
export function parseBoolean(text: string): boolean | undefined {
  return truth.get(text.toLowerCase());
}

/** The column of these values, of the kind that fits them all. */
export function inferColumn(name: string, text: readonly (string | null)[]): Column {
  const present = text.filter((value) => value !== null);
  const all = (fits: (value: string) => boolean) => present.length > 0 && present.every(fits);
  if (all((value) => parseNumber(value) !== undefined)) return { name, kind: 'number', text };
  if (all((value) => parseBoolean(value) !== undefined)) return { name, kind: 'boolean', text };
  return { name, kind: 'category', text };
}
