// How numbers are shown, and read.

/** Four digits behind the point, powers of ten where these say little, and the words for what is no number. */
export function numeral(value: number | undefined, digits = 4): string {
  if (value === undefined) return '…';
  if (Number.isNaN(value)) return 'NaN';
  const size = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  if (size === Infinity) return `${sign}∞`;
  if (size >= 1e5 || (size > 0 && size < 0.5 * 10 ** -digits)) {
    const [mantissa = '', exponent = ''] = size.toExponential(1).split('e');
    return `${sign}${mantissa}e${exponent.replace('+', '').replace('-', '−')}`;
  }
  return sign + size.toFixed(digits);
}

export type Parsed =
  | { readonly values: readonly number[] }
  | { readonly wrong: 'count' }
  | { readonly wrong: string[] };

/** Two to eight numbers with commas or spaces between them; else what is wrong: how many there are, or what is no number. */
export function parseLogits(text: string): Parsed {
  const words = text.split(/[\s,;\uff0c\u3001\uff1b]+/).filter((word) => word !== '');
  const values = words.map((word) => Math.fround(Number(word.replace('−', '-'))));
  const bad = words.filter((_, k) => !Number.isFinite(values[k]));
  if (bad.length > 0) return { wrong: bad };
  return values.length >= 2 && values.length <= 8 ? { values } : { wrong: 'count' };
}

/** So many numbers: those that there are, and `filler` for the others. */
export const fitted = (values: readonly number[], count: number, filler: number): number[] =>
  Array.from({ length: count }, (_, k) => values[k] ?? filler);

/** A distribution of which one part is moved: the others keep their proportions, and all still add up to 1. */
export function redistributed(shares: readonly number[], moved: number, value: number): number[] {
  const rest = shares.reduce((sum, share, k) => (k === moved ? sum : sum + share), 0);
  const left = 1 - value;
  return shares.map((share, k) => {
    if (k === moved) return value;
    return rest > 0 ? (share / rest) * left : left / (shares.length - 1);
  });
}

/** Fewer digits for addresses. */
export const rounded = (values: readonly number[], digits = 3): number[] =>
  values.map((value) => Number(value.toFixed(digits)));

/** Evenly spaced, both ends included. */
export const range = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => from + ((to - from) * k) / (count - 1));
