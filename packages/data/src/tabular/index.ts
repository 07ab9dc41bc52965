export type { Column, ColumnKind } from './column.ts';
export type { UnseenPolicy } from './encode-feature.ts';
export type { FitOptions } from './fit-schema.ts';
export { readCsv, type ReadCsvOptions } from './read-csv.ts';
export type {
  BooleanFeature,
  CategoryFeature,
  Feature,
  LeftOut,
  MissingPolicy,
  NumberFeature,
  TableSchemaJSON,
  Target,
} from './schema-json.ts';
export { splitRows, type SplitRowsOptions } from './split-rows.ts';
export { Table, type TableOptions, type TableRecord } from './table.ts';
export { TableSchema, type EncodedRows, type EncodeOptions } from './table-schema.ts';
export { TabularDataset } from './tabular-dataset.ts';
