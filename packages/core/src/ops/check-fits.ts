import { ValueError } from '../errors.ts';
import type { DType } from '../kernel/index.ts';

/** Refuses a number that an integer dtype would wrap. What is behind the point is cut off, as in PyTorch. */
export function checkFits(op: string, value: number, dtype: DType, position?: number): void {
  if (dtype !== 'int32' && dtype !== 'uint8') return;
  const whole = Math.trunc(value);
  if (dtype === 'uint8' ? whole >= 0 && whole <= 255 : whole === (whole | 0)) return;
  const at = position === undefined ? '' : ` at position ${position}`;
  throw new ValueError(op, `the value ${value}${at} does not fit ${dtype}. Use a dtype that holds it.`);
}
