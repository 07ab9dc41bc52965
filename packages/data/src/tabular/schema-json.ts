// What a schema is as JSON, and whether a value is such a thing: models are kept for years and come from strangers.

import { FormatError } from '../format-error.ts';

/** What becomes of missing values: see `FitOptions`. */
export type MissingPolicy = 'mean' | 'drop' | 'error';

/** A column of numbers: one feature, (x − mean) / std. */
export interface NumberFeature {
  readonly kind: 'number';
  /** Of the column. */
  readonly name: string;
  /** Of the training rows. */
  readonly mean: number;
  /** Of the training rows, dividing by their number; positive. */
  readonly std: number;
}

/** A column of yes and no: one feature, 1 or 0. */
export interface BooleanFeature {
  readonly kind: 'boolean';
  /** Of the column. */
  readonly name: string;
  /** The more frequent value, for where it is missing. */
  readonly usual: boolean;
}

/** A column of categories: one feature each, of which one is 1 and the others are 0. */
export interface CategoryFeature {
  readonly kind: 'category';
  /** Of the column. */
  readonly name: string;
  /** The categories, in the order of their features. */
  readonly values: readonly string[];
  /** As what values are compared: of numbers "2" and "2.0" are the same, and yes is true. */
  readonly of: 'text' | 'number' | 'boolean';
  /** Whether there is one more feature, after those of the values, for where the value is missing. */
  readonly missing: boolean;
  /** The most frequent value, for where it is missing and there is no feature for that. */
  readonly usual: string;
}

/** What a column becomes. */
export type Feature = NumberFeature | BooleanFeature | CategoryFeature;

/** What a network is to tell: one of some classes, or the number (y − mean) / std. */
export type Target =
  | {
      readonly task: 'classification';
      readonly name: string;
      readonly classes: readonly string[];
      /** Whether the classes are numbers, of which "2" and "2.0" are the same. */
      readonly numeric: boolean;
    }
  | { readonly task: 'regression'; readonly name: string; readonly mean: number; readonly std: number };

/** A column that is no feature, and why. */
export interface LeftOut {
  /** Of the column. */
  readonly name: string;
  /** In words, as part of a sentence. */
  readonly reason: string;
}

/** A `TableSchema` as plain JSON. */
export interface TableSchemaJSON {
  /** What the JSON is; the fields below are those of `TableSchema`. */
  readonly format: 'rushlight.table-schema';
  /** Of the format. */
  readonly version: 1;
  readonly missing: MissingPolicy;
  readonly features: readonly Feature[];
  readonly target: Target;
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly string[];
}

const policies: readonly unknown[] = ['mean', 'drop', 'error'] satisfies MissingPolicy[];

/** Checks and copies a schema from JSON. Throws a FormatError that says which part is wrong. */
export function parseSchema(json: unknown): TableSchemaJSON {
  const schema = new Part('the schema', json);
  const format = schema.field('format').value;
  if (format !== 'rushlight.table-schema') throw schema.field('format').refuse('"rushlight.table-schema"');
  const version = schema.field('version');
  if (version.value !== 1) throw version.refuse('1, the version that this release knows');
  const missing = schema.field('missing');
  if (!isPolicy(missing.value)) throw missing.refuse("'mean', 'drop' or 'error'");
  const features = schema.field('features').list(feature);
  if (features.length === 0) throw schema.field('features').refuse('at least one feature');
  const target = parseTarget(schema.field('target'));
  const names = [...features.map(({ name }) => name), target.name];
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw schema.field('features').refuse(`columns named once, but "${twice}" comes twice`);
  return {
    format,
    version: 1,
    missing: missing.value,
    features,
    target,
    leftOut: schema
      .field('leftOut')
      .list((part) => ({ name: part.field('name').text(), reason: part.field('reason').text() })),
    notes: schema.field('notes').list((part) => part.text()),
  };
}

function isPolicy(value: unknown): value is MissingPolicy {
  return policies.includes(value);
}

function feature(part: Part): Feature {
  const name = part.field('name').text();
  const kind = part.field('kind');
  if (kind.value === 'number') return { kind: 'number', name, ...scale(part) };
  if (kind.value === 'boolean') return { kind: 'boolean', name, usual: part.field('usual').flag() };
  if (kind.value !== 'category') throw kind.refuse("'number', 'boolean' or 'category'");
  const values = part.field('values').names(1);
  const usual = part.field('usual').text();
  if (!values.includes(usual)) throw part.field('usual').refuse('one of the values');
  const of = part.field('of');
  if (of.value !== 'text' && of.value !== 'number' && of.value !== 'boolean') {
    throw of.refuse("'text', 'number' or 'boolean'");
  }
  return { kind: 'category', name, values, of: of.value, missing: part.field('missing').flag(), usual };
}

function parseTarget(part: Part): Target {
  const name = part.field('name').text();
  const task = part.field('task');
  if (task.value === 'regression') return { task: 'regression', name, ...scale(part) };
  if (task.value !== 'classification') throw task.refuse("'classification' or 'regression'");
  return {
    task: 'classification',
    name,
    classes: part.field('classes').names(2),
    numeric: part.field('numeric').flag(),
  };
}

function scale(part: Part): { mean: number; std: number } {
  const [mean, std] = [part.field('mean').number(), part.field('std').number()];
  if (std <= 0) throw part.field('std').refuse('positive');
  return { mean, std };
}

/** A part of the JSON, with the way to it. */
class Part {
  readonly path: string;
  readonly value: unknown;

  constructor(path: string, value: unknown) {
    this.path = path;
    this.value = value;
  }

  field(key: string): Part {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw this.refuse('an object');
    }
    const value: unknown = Object.hasOwn(this.value, key) ? Reflect.get(this.value, key) : undefined;
    return new Part(this.path === 'the schema' ? key : `${this.path}.${key}`, value);
  }

  list<Item>(read: (part: Part) => Item): Item[] {
    if (!Array.isArray(this.value)) throw this.refuse('a list');
    return this.value.map((value: unknown, at) => read(new Part(`${this.path}[${at}]`, value)));
  }

  names(least: number): string[] {
    const names = this.list((part) => part.text());
    if (names.length < least || new Set(names).size < names.length) {
      throw this.refuse(`${least} or more different names`);
    }
    return names;
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.refuse('a text');
    return this.value;
  }

  flag(): boolean {
    if (typeof this.value !== 'boolean') throw this.refuse('true or false');
    return this.value;
  }

  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) throw this.refuse('a finite number');
    return this.value;
  }

  refuse(expected: string): FormatError {
    const shown = JSON.stringify(this.value) ?? 'missing';
    const found = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
    return new FormatError(
      'TableSchema',
      `${this.path} should be ${expected}, but is ${found}. Pass what toJSON() gave.`,
    );
  }
}
