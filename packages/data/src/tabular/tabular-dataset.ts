import { tensor, type Tensor } from '@rushlight/core';
import { checkIndex } from '../check-options.ts';
import { Dataset } from '../dataset.ts';
import type { FitOptions } from './fit-schema.ts';
import { TableSchema, type EncodedRows, type EncodeOptions } from './table-schema.ts';
import type { Table } from './table.ts';

/**
 * The rows of a table as samples `[features, target]`: features float32 [F]; target an int32 scalar, the class, or float32
 * [1], the scaled number, so that a batch [N, 1] has the shape of what `nn.Linear(…, 1)` gives. On the default device.
 * Throws as `TableSchema.encode` does.
 *
 * @example
 * const train = TabularDataset.fit(await readCsv(text), { target: 'species' });
 * const test = new TabularDataset(train.schema, await readCsv(otherText));
 */
export class TabularDataset extends Dataset<[features: Tensor, target: Tensor]> {
  /** How rows become numbers. */
  readonly schema: TableSchema;
  /** The numbers, outside of any device. */
  readonly data: EncodedRows & Required<Pick<EncodedRows, 'targets'>>;

  constructor(schema: TableSchema, table: Table, { unseen = 'error' }: Pick<EncodeOptions, 'unseen'> = {}) {
    super();
    const data = schema.encode(table, { targets: true, unseen });
    this.schema = schema;
    this.data = { ...data, targets: data.targets ?? new Int32Array() };
  }

  /** A schema fitted on these rows, and the rows. */
  static fit(table: Table, options: FitOptions): TabularDataset {
    return new TabularDataset(TableSchema.fit(table, options), table);
  }

  get length(): number {
    return this.data.shape[0];
  }

  get(index: number): [features: Tensor, target: Tensor] {
    const [features, targets] = this.getBatch([index]);
    return [features.select(0, 0), targets.select(0, 0)];
  }

  override getBatch(indices: readonly number[]): [features: Tensor, targets: Tensor] {
    const { features, targets, shape } = this.data;
    const width = shape[1];
    const values = new Float32Array(indices.length * width);
    indices.forEach((index, place) => {
      checkIndex('TabularDataset', index, this.length);
      values.set(features.subarray(index * width, (index + 1) * width), place * width);
    });
    const answer = (index: number) => targets[index] ?? 0;
    return [
      tensor(values, { shape: [indices.length, width] }),
      targets instanceof Int32Array
        ? tensor(Int32Array.from(indices, answer))
        : tensor(Float32Array.from(indices, answer), { shape: [indices.length, 1] }),
    ];
  }
}
