// Numbers as people read them in a terminal: short, and of a width that hardly changes.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 8,000. */
export const showCount = (count: number): string => whole.format(count);

/** A loss or a metric in at most 9 characters: 0.1042, 12.3456, 1.23e-7. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value).replace('Infinity', 'inf');
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2);
  return value.toFixed(size < 100 ? 4 : 1);
}

/** A learning rate to three digits: 0.00196, 1e-7. */
export function showRate(value: number): string {
  const short = Number(value.toPrecision(3));
  return short !== 0 && Math.abs(short) < 1e-4 ? short.toExponential() : String(short);
}

/** 0.9712 as 97.12 %. */
export const showShare = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Seconds: 3.1s, 42s, 1m 05s, 2h 05m, 3d 04h. */
export function showSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const two = (count: number): string => String(Math.floor(count)).padStart(2, '0');
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded}s`;
  if (rounded < 3600) return `${Math.floor(rounded / 60)}m ${two(rounded % 60)}s`;
  if (rounded < 86_400) return `${Math.floor(rounded / 3600)}h ${two((rounded % 3600) / 60)}m`;
  return `${Math.floor(rounded / 86_400)}d ${two((rounded % 86_400) / 3600)}h`;
}

/** 512 B, 20.5 KiB, 1.2 MiB. */
export function showBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'] as const;
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}

/** `1 epoch`, `3 epochs`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${showCount(count)} ${count === 1 ? one : many}`;
