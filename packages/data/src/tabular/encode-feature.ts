import { ValueError } from '@rushlight/core';
import { parseBoolean, parseNumber } from './column.ts';
import { canonical } from './fit-features.ts';
import type { CategoryFeature, Feature, Target } from './schema-json.ts';
import type { Table } from './table.ts';

/** What becomes of a category that the training rows did not have. */
export type UnseenPolicy = 'error' | 'missing';

/** How many numbers a column becomes. */
export function widthOf(feature: Feature): number {
  return feature.kind === 'category' ? feature.values.length + Number(feature.missing) : 1;
}

/** The names of these numbers: `body_mass_g`, `island=Dream`, `island=(missing)`. */
export function namesOf(feature: Feature): string[] {
  if (feature.kind !== 'category') return [feature.name];
  const values = feature.missing ? [...feature.values, '(missing)'] : feature.values;
  return values.map((value) => `${feature.name}=${value}`);
}

/** Writes a column's features of every row: `out[row · width + offset …]`. */
export function encodeFeature(
  table: Table,
  feature: Feature,
  unseen: UnseenPolicy,
  { out, width, offset }: { readonly out: Float32Array; readonly width: number; readonly offset: number },
): void {
  const write = writer(table, feature, unseen);
  table.column(feature.name).text.forEach((text, row) => {
    const [place, value] = write(text, row);
    out[row * width + offset + place] = value;
  });
}

type Writer = (text: string | null, row: number) => readonly [place: number, value: number];

function writer(table: Table, feature: Feature, unseen: UnseenPolicy): Writer {
  const { name } = feature;
  if (feature.kind === 'number') {
    return (text, row) => [0, text === null ? 0 : scaled(table, name, text, row, feature)];
  }
  if (feature.kind === 'boolean') {
    return (text, row) => {
      const value = text === null ? feature.usual : parseBoolean(text);
      if (value !== undefined) return [0, Number(value)];
      throw refuse(table, row, `${name} is "${text}", neither yes nor no. Correct it`);
    };
  }
  const places = new Map(feature.values.map((value, place) => [value, place]));
  const usual = feature.missing ? feature.values.length : (places.get(feature.usual) ?? 0);
  return (text, row) => {
    const place = text === null ? usual : places.get(compared(text, feature));
    if (place !== undefined) return [place, 1];
    if (unseen === 'missing') return [usual, 1];
    const known = `${name} is "${text}", and the training rows had ${list(feature.values)}`;
    throw refuse(table, row, `${known}. Correct it, or pass unseen: 'missing'`);
  };
}

function compared(text: string, { of }: CategoryFeature): string {
  if (of === 'text') return text;
  return of === 'number' ? canonical(text) : String(parseBoolean(text) ?? text);
}

/** The target of every row: the number of its class, or the scaled number. */
export function encodeTarget(table: Table, target: Target): Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
  const { name } = target;
  const { text: values } = table.column(name);
  if (target.task === 'regression') {
    return Float32Array.from(values, (text, row) => scaled(table, name, text ?? '', row, target));
  }
  const classes = new Map(target.classes.map((value, at) => [value, at]));
  return Int32Array.from(values, (text, row) => {
    const found = classes.get(target.numeric ? canonical(text ?? '') : (text ?? ''));
    if (found !== undefined) return found;
    const known = `the target ${name} is "${text}", and the training rows had ${list(target.classes)}`;
    throw refuse(table, row, `${known}. Correct it or leave the row out`);
  });
}

function scaled(
  table: Table,
  name: string,
  text: string,
  row: number,
  { mean, std }: { readonly mean: number; readonly std: number },
): number {
  const value = parseNumber(text);
  if (value === undefined) {
    throw refuse(table, row, `${name} is "${text}", not a number. Correct it, or add it to readCsv's missing`);
  }
  const result = Math.fround((value - mean) / std);
  if (Number.isFinite(result)) return result;
  throw refuse(table, row, `${name} is ${text}, too large beside the mean ${mean} of the training rows. Correct it`);
}

function refuse(table: Table, row: number, what: string): ValueError {
  return new ValueError('TableSchema', `${table.place(row)}: ${what}.`);
}

function list(values: readonly string[]): string {
  const some = values.slice(0, 8).map((value) => `"${value}"`);
  return [...some, ...(values.length > 8 ? [`${values.length - 8} more`] : [])].join(', ');
}
