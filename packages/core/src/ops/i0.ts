import { i0Of } from './bessel-formulas.ts';
import { unary } from './elementwise-op.ts';
import { float } from './formulas.ts';

/** The modified Bessel function of the first kind of order 0. torch.i0 */
export const i0 = unary('i0', i0Of, float);
