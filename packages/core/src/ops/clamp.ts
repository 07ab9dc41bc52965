// Bounds from one side or both, each a number or a tensor.

import { ValueError } from '../errors.ts';
import { constant, maximum, minimum, override, select, type DType } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { applyInplace, ternary, type Arg } from './elementwise-op.ts';
import { clampMax, clampMin } from './elementwise.ts';

const between = ternary(
  'clamp',
  (x, low, high) => {
    const unit = constant(1, x.dtype);
    return override(minimum(maximum(x, low), high), [
      [x, select(x.ge(low).and(x.le(high)), unit, 0)],
      [low, select(x.lt(low).and(low.lt(high)), unit, 0)],
      [high, select(x.gt(high).or(high.lt(low)), unit, 0)],
    ]);
  },
  { domain: 'number' },
);

export interface ClampOptions {
  readonly min?: Arg | undefined;
  readonly max?: Arg | undefined;
}

const ranges: Partial<Record<DType, readonly [low: number, high: number]>> = {
  uint8: [0, 255],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

/** A bound as the dtype of an integer tensor holds it: what lies beyond all its numbers, on the side where that is no bound. */
function held(x: Tensor, value: Arg, isMin: boolean): Arg {
  const range = ranges[x.dtype];
  // A bound that is no whole number makes the result a float.
  if (!range || typeof value !== 'number' || !Number.isInteger(value)) return value;
  const [low, high] = range;
  if (isMin ? value <= high : value >= low) return Math.min(Math.max(value, low), high);
  throw new ValueError('clamp', `${isMin ? 'min' : 'max'} ${value} is no ${x.dtype}. Use one from ${low} to ${high}.`);
}

function bound(x: Tensor, { min, max }: ClampOptions): readonly [fn: object, ...bounds: Arg[]] {
  if (min === undefined && max === undefined)
    throw new ValueError('clamp', 'neither min nor max is given. Give at least one.');
  if (max === undefined) return [clampMin, held(x, min as Arg, true)];
  const high = held(x, max, false);
  return min === undefined ? [clampMax, high] : [between, held(x, min, true), high];
}

/**
 * x, not below `min` nor above `max`; `max` where they cross. At the bounds the gradient is x's, outside it is the bound's.
 * Throws ValueError if neither is given, and for a `min` above or a `max` below all that an
 * integer dtype holds. torch.clamp
 */
export function clamp(x: Tensor, options: ClampOptions): Tensor {
  const [fn, ...bounds] = bound(x, options);
  return (fn as (...args: Arg[]) => Tensor)(x, ...bounds);
}

/** `clamp` in place. torch.Tensor.clamp_ */
export function clamp_(x: Tensor, options: ClampOptions): Tensor {
  const [fn, ...bounds] = bound(x, options);
  return applyInplace(fn, x, bounds);
}
