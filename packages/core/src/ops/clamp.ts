// Bounds from one side or both, each a number or a tensor.

import { ValueError } from '../errors.ts';
import { constant, maximum, minimum, override, select } from '../kernel/index.ts';
import type { Tensor } from '../tensor.ts';
import { checkFits } from './check-fits.ts';
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

function bound(x: Tensor, { min, max }: ClampOptions): readonly [fn: object, ...bounds: Arg[]] {
  // A bound that is no whole number makes the result a float.
  for (const value of [min, max]) if (Number.isInteger(value)) checkFits('clamp', Number(value), x.dtype);
  if (min === undefined && max === undefined)
    throw new ValueError('clamp', 'neither min nor max is given. Give at least one.');
  if (max === undefined) return [clampMin, min as Arg];
  return min === undefined ? [clampMax, max] : [between, min, max];
}

/**
 * x, not below `min` nor above `max`; `max` where they cross. At the bounds the gradient is x's, outside it is the bound's.
 * Throws ValueError if neither is given, and for a bound that the dtype does not hold. torch.clamp
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
