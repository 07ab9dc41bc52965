/** A share in per cent, for people. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A number as short as it tells something; what is none is shown for what it is. */
export function brief(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  const text = size >= 1e4 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
  return text.replaceAll('-', '−').replace('e+', 'e');
}
