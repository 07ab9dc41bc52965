// The error function in float64, for hosts: JavaScript has none.

/**
 * erf(x) = 2/√π ∫₀ˣ e^(−t²) dt, within 2e-15 of the true value. Abramowitz & Stegun 7.1.6 (a series of positive terms)
 * up to |x| = 2.5, and the continued fraction 7.1.14 of erfc beyond.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a < 6)) return Number.isNaN(x) ? NaN : Math.sign(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    const value = (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
    return x < 0 || Object.is(x, -0) ? -value : value;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  const value = 1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
  return x < 0 ? -value : value;
}
