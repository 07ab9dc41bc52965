import { ValueError } from '../errors.ts';
import { maxDigits } from './decimal.ts';

export interface PrintOptions {
  /** Decimals of floating-point numbers. */
  precision: number;
  /** How many elements are still printed in full. */
  threshold: number;
  /** How many elements a summary shows at either end of each dim. */
  edgeitems: number;
  /** Characters per line. */
  linewidth: number;
  /** Scientific notation always (true), never (false), or where the numbers call for it (null). */
  sciMode: boolean | null;
}

export interface SetPrintOptions extends Partial<PrintOptions> {
  /** A set of values to start from; what else is given goes over it. */
  profile?: keyof typeof profiles;
}

const profiles = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Infinity, edgeitems: 3, linewidth: 80 },
} as const;

let current: Readonly<PrintOptions> = { ...profiles.default, sciMode: null };

/** How tensors are printed at present. */
export function printOptions(): Readonly<PrintOptions> {
  return current;
}

/**
 * Says how tensors are to be printed from now on. What is left out stays as it is, except `sciMode`, which goes back to null.
 * Throws a ValueError for a number that makes no sense.
 * https://pytorch.org/docs/1.13/generated/torch.set_printoptions.html
 */
export function setPrintOptions({ profile, ...options }: SetPrintOptions): void {
  current = withOptions({ ...current, ...(profile && profiles[profile]), sciMode: null }, options);
}

/** `base` with what `options` defines. */
export function withOptions(base: PrintOptions, options: Partial<PrintOptions>): PrintOptions {
  const merged = { ...base, ...options };
  const atLeast = { precision: 0, threshold: 0, edgeitems: 1, linewidth: 1 } as const;
  for (const [name, least] of Object.entries(atLeast) as [keyof typeof atLeast, number][]) {
    const value = merged[name];
    const most = name === 'precision' ? maxDigits : Infinity;
    if (!(value >= least && value <= most) || (name !== 'threshold' && !Number.isInteger(value))) {
      const bounds = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new ValueError('setPrintOptions', `${name} is ${value}. Pass an integer ${bounds}.`);
    }
  }
  return merged;
}
