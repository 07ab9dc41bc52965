import { isTensor, ValueError, type Tensor } from '@rushlight/core';
import { FormatError } from '../format-error.ts';
import { encodeFeature, encodeTarget, namesOf, widthOf, type UnseenPolicy } from './encode-feature.ts';
import { missingValue } from './complete-rows.ts';
import { fitSchema, type FitOptions } from './fit-schema.ts';
import {
  parseSchema,
  type Feature,
  type LeftOut,
  type MissingPolicy,
  type TableSchemaJSON,
  type Target,
} from './schema-json.ts';
import type { Table } from './table.ts';

/** Options of `TableSchema.encode`. */
export interface EncodeOptions {
  /** Whether to give the targets too. Default: whether the table has the column. */
  readonly targets?: boolean;
  /** A category that the training rows did not have is an error, or treated as missing. Default `error`. */
  readonly unseen?: UnseenPolicy;
}

/** Rows as numbers, outside of any device. */
export interface EncodedRows {
  /** float32 [rows, features], row by row. */
  readonly features: Float32Array<ArrayBuffer>;
  /** The sizes of `features`. */
  readonly shape: readonly [rows: number, features: number];
  /** Classes as int32 [rows], or scaled numbers as float32 [rows]; absent where they were not asked for. */
  readonly targets?: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** Which row of the table each is: some may have been left out. */
  readonly rows: Int32Array<ArrayBuffer>;
}

/**
 * How the rows of a table become numbers, learnt from the training rows alone: numbers x become (x − mean) / std, yes and no
 * 1 and 0, categories one-hot; the target a class in sorted order, or a number scaled likewise. It is plain JSON, to be kept
 * with the model that was trained on it.
 * https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.StandardScaler.html
 *
 * @example
 * const schema = TableSchema.fit(train, { target: 'species' });
 * const model = new nn.Sequential(new nn.Linear(schema.inputSize, 32), new nn.ReLU(), new nn.Linear(32, schema.outputSize));
 * const { features, shape } = schema.encode(await readCsv(text), { targets: false });
 * const logits = model(tensor(features, { shape }));
 */
export class TableSchema {
  /** What the columns that a network sees become, in the order of its inputs. */
  readonly features: readonly Feature[];
  /** What it is to tell. */
  readonly target: Target;
  /** The columns that are no features, and why. */
  readonly leftOut: readonly LeftOut[];
  /** What was decided that a user may want to know, in sentences. */
  readonly notes: readonly string[];
  /** What becomes of missing values. */
  readonly missing: MissingPolicy;

  private constructor({ features, target, leftOut, notes, missing }: TableSchemaJSON) {
    this.features = features;
    this.target = target;
    this.leftOut = leftOut;
    this.notes = notes;
    this.missing = missing;
  }

  /**
   * Learns the schema from the rows to train on. Throws a ValueError for a column that is not there, a target that never
   * varies, nothing to learn from, and, naming the line, a value that does not fit its column.
   */
  static fit(table: Table, options: FitOptions): TableSchema {
    return new TableSchema(fitSchema(table, options));
  }

  /** The schema that `toJSON` gave, as an object or as text. Throws a FormatError that says which part is wrong. */
  static fromJSON(json: unknown): TableSchema {
    if (typeof json !== 'string') return new TableSchema(parseSchema(json));
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FormatError('TableSchema', `the schema is not JSON (${reason}). Pass what toJSON() gave.`);
    }
    return new TableSchema(parseSchema(value));
  }

  /** The schema as plain JSON, for `fromJSON`. */
  toJSON(): TableSchemaJSON {
    const { missing, features, target, leftOut, notes } = this;
    return { format: 'rushlight.table-schema', version: 1, missing, features, target, leftOut, notes };
  }

  /** How many features a row has: the inputs of a network. */
  get inputSize(): number {
    return this.features.reduce((sum, feature) => sum + widthOf(feature), 0);
  }

  /** How many outputs a network needs: one per class, or one number. */
  get outputSize(): number {
    return this.target.task === 'classification' ? this.target.classes.length : 1;
  }

  /** What each feature is: `body_mass_g`, `island=Dream`. */
  get featureNames(): string[] {
    return this.features.flatMap(namesOf);
  }

  /** The names of the classes in their order; none where the target is a number. */
  get classes(): readonly string[] {
    return this.target.task === 'classification' ? this.target.classes : [];
  }

  /**
   * The rows as numbers, for training, evaluation or prediction; columns that the schema does not use may be anything or
   * absent. Throws a ValueError that names the row, the column and the value for what does not fit.
   */
  encode(table: Table, { targets = table.has(this.target.name), unseen = 'error' }: EncodeOptions = {}): EncodedRows {
    const names = this.features.map(({ name }) => name);
    const absent = [...names, ...(targets ? [this.target.name] : [])].filter((name) => !table.has(name));
    if (absent.length > 0) {
      const there = table.columns.map(({ name }) => name).join(', ') || 'none';
      const lacks = `${table.name} lacks the ${absent.length === 1 ? 'column' : 'columns'} ${absent.join(', ')}`;
      throw new ValueError(
        'TableSchema',
        `${lacks}, which the schema needs; its columns are: ${there}. Add what lacks.`,
      );
    }
    const needed = [...(this.missing === 'mean' ? [] : names), ...(targets ? [this.target.name] : [])];
    const columns = needed.map((name) => table.column(name));
    const kept = [...Array(table.length).keys()].filter((row) => {
      const hole = columns.find(({ text }) => text[row] === null);
      if (hole && this.missing === 'error') throw missingValue(table, row, hole.name);
      return !hole;
    });
    if (kept.length === 0 && table.length > 0 && targets && this.missing === 'mean') {
      const cure = 'Pass targets: false to encode rows for a prediction';
      throw new ValueError(
        'TableSchema',
        `${table.name}: the target ${this.target.name} is missing in every row. ${cure}.`,
      );
    }
    const chosen = table.rows(kept);
    const width = this.inputSize;
    const out = new Float32Array(kept.length * width);
    let offset = 0;
    for (const feature of this.features) {
      encodeFeature(chosen, feature, unseen, { out, width, offset });
      offset += widthOf(feature);
    }
    return {
      features: out,
      shape: [kept.length, width],
      ...(targets && { targets: encodeTarget(chosen, this.target) }),
      rows: Int32Array.from(kept),
    };
  }

  /** y · std + mean: what the network says, in the units of the target. Throws a ValueError where that is a class. */
  denormalize(value: number): number;
  denormalize(values: Tensor): Tensor;
  denormalize(value: number | Tensor): number | Tensor {
    if (this.target.task === 'classification') {
      const what = `the target ${this.target.name} is a class, not a number`;
      throw new ValueError('TableSchema', `denormalize: ${what}. Take the class of the largest output.`);
    }
    const { mean, std } = this.target;
    return isTensor(value) ? value.mul(std).add(mean) : value * std + mean;
  }
}
