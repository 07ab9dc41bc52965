import { describe, type DType } from '../kernel/dtype.ts';
import { fixed, scientific } from './decimal.ts';
import type { PrintOptions } from './print-options.ts';

/** How all numbers of one tensor are written, so that they line up. */
export interface NumberFormat {
  width: number;
  write(x: number): string;
}

/**
 * The format that PyTorch chooses for these numbers: plain for integers, `1.` for floats that are all integers, scientific where
 * they span a factor of 1,000 or are huge or tiny, else with `precision` decimals.
 */
export function numberFormat(values: readonly number[], dtype: DType, options: PrintOptions): NumberFormat {
  const { kind } = describe(dtype);
  const write = kind === 'float' ? floatWriter(values, options) : kind === 'bool' ? writeBool : String;
  // Numbers that are zero or not finite have no say in the width, nor has a sciMode that was asked for.
  const measured = kind === 'float' ? values.filter(isPlain) : values;
  const measure = kind === 'float' ? floatWriter(values, { ...options, sciMode: null }) : write;
  const width = measured.reduce((widest, x) => Math.max(widest, measure(x).length), 1);
  return { width, write: (x) => write(x).padStart(width) };
}

const writeBool = (x: number) => (x ? 'true' : 'false');

const isPlain = (x: number) => x !== 0 && Number.isFinite(x);

function floatWriter(values: readonly number[], { precision, sciMode }: PrintOptions): (x: number) => string {
  let [least, greatest, integers] = [Infinity, 0, true];
  for (const x of values) {
    if (!isPlain(x)) continue;
    least = Math.min(least, Math.abs(x));
    greatest = Math.max(greatest, Math.abs(x));
    integers &&= Number.isInteger(x);
  }
  const wide = greatest / least > 1000 || greatest > 1e8 || (!integers && least < 1e-4);
  // Where no number is plain, PyTorch does not look at sciMode.
  if (greatest > 0 && (sciMode ?? wide)) return (x) => scientific(x, precision);
  if (integers) return (x) => fixed(x, 0) + (Number.isFinite(x) ? '.' : '');
  return (x) => fixed(x, precision);
}
