// Divisors of whole numbers.

import { DTypeError } from '../errors.ts';
import { abs as absolute, describe, type Expr, mod, select } from '../kernel/index.ts';
import { binary } from './elementwise-op.ts';
import { integer } from './formulas.ts';

/** Euclid's steps, as many as the two largest numbers of the dtype need: consecutive ones of Fibonacci. */
function greatest(op: string, x: Expr, y: Expr): Expr {
  const { kind, bits } = describe(x.dtype);
  if (kind === 'bool') throw new DTypeError(op, "it is not defined for bool. Convert with `.to('int32')`.");
  let [a, b] = [x, y];
  for (let step = 0; step < (bits === 8 ? 13 : 46); step++) [a, b] = [select(b.eq(0), a, b), mod(a, b)];
  return absolute(a);
}

/** The greatest common divisor, ≥ 0; of 0 and 0 it is 0. Throws DTypeError for floats and bool. torch.gcd */
export const gcd = binary('gcd', (x, y) => greatest('gcd', x, y), integer);
/** The least common multiple, ≥ 0. Throws DTypeError for floats and bool. torch.lcm */
export const lcm = binary('lcm', (x, y) => absolute(x.div(greatest('lcm', x, y)).mul(y)), integer);
