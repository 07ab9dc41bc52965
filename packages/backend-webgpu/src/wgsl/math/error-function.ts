import { f, polynomial } from './literals.ts';

const border = 1.1;
// erf(x) / x − 1 in x², for |x| ≤ 1.1.
const near = [0.12837916612625122, -0.37612608075141907, 0.11283331364393234, -0.026842286810278893, 0.0051656668074429035, -0.0007808861555531621, 7.190409814938903e-05]; // prettier-ignore
// (⁴√erfc(x) − one) / x for 1.1 ≤ x ≤ 3.95, where erf is 1 in float32. It takes few terms, since the fourth power forgives the root
// its error ever more.
const one = 1.005204677581787;
const root = [-0.30763882398605347, -0.06530191749334335, -0.048814933747053146, 0.06525798887014389, -0.021951530128717422, 0.003191344439983368, -0.00017658231081441045]; // prettier-ignore

export const errorFunctions = {
  /** Near 0 an odd polynomial; beyond, 1 − g⁴. */
  errorFunction: `fn errorFunction(x: f32) -> f32 {
  let size = min(abs(x), 3.95f);
  let z = size * size;
  let curve = fma(size, ${polynomial('z', near)}, size);
  // Of tiny numbers the product may be flushed.
  let low = select(curve, size * ${f(2 / Math.sqrt(Math.PI))}, size < 1e-30f);
  let g = fma(${polynomial('size', root)}, size, ${f(one)});
  let square = g * g;
  let high = fma(square, -square, 1f);
  return keepNan(withSign(select(high, low, size < ${f(border)}), x), x);
}`,
} as const;
