// The functions of torch.special that are no lines of the other tables: each line is the operation.

import { constant, log as ln, log1p as ln1p, override, select } from '../kernel/index.ts';
import * as bessel from './bessel-formulas.ts';
import { binary, unary } from './elementwise-op.ts';
import { float } from './formulas.ts';
import { zetaOf } from './gamma-formulas.ts';
import * as normal from './normal-tails.ts';

// Entropies

/** −x·ln x, 0 at 0, −∞ below. torch.special.entr */
export const entr = unary(
  'entr',
  (x) => {
    const value = select(x.gt(0), x.neg().mul(ln(x)), select(x.eq(0), 0, constant(-Infinity, x.dtype)));
    return override(select(x.isNaN(), x, value), [[x, ln(x).neg().sub(1)]]);
  },
  float,
);
/** x · ln(1 + y), 0 where x is 0. torch.special.xlog1py */
export const xlog1py = binary(
  'xlog1py',
  (x, y) => {
    const value = select(y.isNaN(), y, select(x.eq(0), 0, x.mul(ln1p(y))));
    return override(value, [[x, select(x.eq(0).and(y.le(-1)), 0, ln1p(y))], [y, x.div(y.add(1))]]);
  },
  float,
); // prettier-ignore

// The normal distribution

/** e^(x²)·erfc(x), finite where erfc is 0. torch.special.erfcx */
export const erfcx = unary('erfcx', normal.erfcxOf, float);
/** The area under the standard normal density left of x. torch.special.ndtr */
export const ndtr = unary('ndtr', normal.ndtrOf, float);
/** ln ndtr(x), finite where ndtr is 0. torch.special.log_ndtr */
export const logNdtr = unary('logNdtr', normal.logNdtrOf, float);
/** The inverse of ndtr: ∓∞ at 0 and 1, NaN outside. torch.special.ndtri */
export const ndtri = unary('ndtri', normal.ndtriOf, float);

// Zeta

/** Σ over k ≥ 0 of (q + k)^−x: ∞ at x = 1, NaN for x < 1. torch.special.zeta */
export const zeta = binary('zeta', zetaOf, float);

// Bessel and Airy

/** e^−|x|·I₀(x). torch.special.i0e */
export const i0e = unary('i0e', bessel.i0eOf, float);
/** The modified Bessel function of order 1. torch.special.i1 */
export const i1 = unary('i1', bessel.i1Of, float);
/** e^−|x|·I₁(x). torch.special.i1e */
export const i1e = unary('i1e', bessel.i1eOf, float);
/** The Bessel function of the first kind of order 0. torch.special.bessel_j0 */
export const besselJ0 = unary('besselJ0', bessel.j0Of, float);
/** The Bessel function of the first kind of order 1. torch.special.bessel_j1 */
export const besselJ1 = unary('besselJ1', bessel.j1Of, float);
/** The Bessel function of the second kind of order 0: −∞ at 0, NaN below. torch.special.bessel_y0 */
export const besselY0 = unary('besselY0', bessel.y0Of, float);
/** The Bessel function of the second kind of order 1: −∞ at 0, NaN below. torch.special.bessel_y1 */
export const besselY1 = unary('besselY1', bessel.y1Of, float);
/** The modified Bessel function of the second kind of order 0: ∞ at 0, NaN below. torch.special.modified_bessel_k0 */
export const modifiedBesselK0 = unary('modifiedBesselK0', (x) => bessel.k0Of(x, false), float);
/** The modified Bessel function of the second kind of order 1: ∞ at 0, NaN below. torch.special.modified_bessel_k1 */
export const modifiedBesselK1 = unary('modifiedBesselK1', (x) => bessel.k1Of(x, false), float);
/** e^x·K₀(x). torch.special.scaled_modified_bessel_k0 */
export const scaledModifiedBesselK0 = unary('scaledModifiedBesselK0', (x) => bessel.k0Of(x, true), float);
/** e^x·K₁(x). torch.special.scaled_modified_bessel_k1 */
export const scaledModifiedBesselK1 = unary('scaledModifiedBesselK1', (x) => bessel.k1Of(x, true), float);
/** sin x / x, 1 at 0. torch.special.spherical_bessel_j0 */
export const sphericalBesselJ0 = unary('sphericalBesselJ0', bessel.sphericalJ0Of, float);
/** Airy's function Ai. torch.special.airy_ai */
export const airyAi = unary('airyAi', bessel.airyOf, float);
