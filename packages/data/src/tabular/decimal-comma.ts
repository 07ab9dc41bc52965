import { parseNumber } from './column.ts';

/** `1,234`, which in many countries is a thousand. */
const grouped = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+$/;

type Values = readonly (string | null)[];

/**
 * The columns, of which those that hold numbers with decimal commas alone have decimal points. Where every comma of a column could
 * part thousands, it stays as it is, unless another column tells that the table writes decimal commas, or `isSaid`.
 */
export function readDecimalCommas(columns: readonly Values[], isSaid: boolean): Values[] {
  const decimal = columns.map(hasDecimalCommas);
  const sure = isSaid || columns.some((values, at) => decimal[at] && !values.every(isDoubtful));
  return columns.map((values, at) =>
    sure && decimal[at] ? values.map((value) => value?.replace(',', '.') ?? null) : values,
  );
}

const isDoubtful = (value: string | null) => !value?.includes(',') || grouped.test(value);

function hasDecimalCommas(values: Values): boolean {
  const present = values.filter((value) => value !== null);
  const isNumber = (value: string) => !value.includes('.') && parseNumber(value.replace(',', '.')) !== undefined;
  return present.some((value) => value.includes(',')) && present.every(isNumber);
}
